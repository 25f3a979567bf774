//! What do transactions, calls and trunks share: time, settings, what is to be sent?

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::ClientTx;
use super::io::{Flow, Output, Target, Way};
use super::server::ServerTx;
use super::timers::Timers;
use crate::api::{CallEvent, Transport};
use crate::dns::Seek;
use crate::options::Options;
use crate::text::uri::{Uri, host_ip};

/// What every part of the core works with.
pub(crate) struct Net {
    pub(crate) options: Options,
    /// Our address where none is advertised and we listen on all.
    pub(crate) default_ip: IpAddr,
    pub(crate) now: Instant,
    pub(crate) out: VecDeque<Output>,
    pub(crate) timers: Timers,
    pub(crate) servers: HashMap<Arc<str>, ServerTx>,
    pub(crate) clients: HashMap<Arc<str>, ClientTx>,
    /// Which call a dialog is, by Call-ID and our tag.
    pub(crate) dialogs: HashMap<(String, String), u64>,
    /// How each trunk is reached, as its name says; none: that is not known yet, or it has no name.
    pub(crate) ways: Vec<Option<Transport>>,
    /// What names were found to have more than one place, and how many.
    pub(crate) places: Vec<(Seek, Transport, usize)>,
}

impl Net {
    pub(crate) fn new(options: Options, default_ip: IpAddr, now: Instant) -> Self {
        Self {
            options,
            default_ip,
            now,
            out: VecDeque::new(),
            timers: Timers::default(),
            servers: HashMap::new(),
            clients: HashMap::new(),
            dialogs: HashMap::new(),
            ways: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Whether we can send datagrams.
    pub(crate) fn sends_datagrams(&self) -> bool {
        self.options.listen.iter().any(|(transport, _)| *transport == Transport::Udp)
    }

    /// 64 times T1: how long a lost peer is waited for.
    pub(crate) fn patience(&self) -> Duration {
        self.options.t1 * 64
    }

    pub(crate) fn count(&self, reason: &'static str) {
        (self.options.count)(reason);
    }

    pub(crate) fn event(&mut self, call: u64, event: CallEvent) {
        self.out.push_back(Output::Event(call, event));
    }

    /// Our address and port as a peer sees them.
    pub(crate) fn here(&self, transport: Transport, peer: Option<IpAddr>) -> (IpAddr, u16) {
        let listens = self.options.listen.iter().find(|(known, _)| *known == transport);
        let listens = listens.or_else(|| self.options.listen.first()).map(|(_, address)| *address);
        let port = listens.map_or(5060, |address| address.port());
        let bound = listens.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
        if let Some(bound) = bound.filter(IpAddr::is_loopback) {
            return (bound, port);
        }
        if peer.is_some_and(|peer| peer.is_loopback()) && bound.is_none() {
            return (peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), port);
        }
        (self.options.advertise.or(bound).unwrap_or(self.default_ip), port)
    }

    /// The value of our Contact for a peer.
    pub(crate) fn contact(&self, user: &str, transport: Transport, peer: Option<IpAddr>) -> String {
        let (ip, port) = self.here(transport, peer);
        let user = if user.is_empty() { "tom" } else { user };
        let how = if transport == Transport::Udp {
            String::new()
        } else {
            format!(";transport={}", transport.name())
        };
        format!("<sip:{user}@{}:{port}{how}>", bracket(ip))
    }
}

/// An address as it stands in a URI.
pub(crate) fn bracket(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Where a request to an address goes.
pub(crate) fn target(uri: &Uri, otherwise: Transport) -> Target {
    let secure = uri.scheme == "sips";
    let named = uri.param("transport").and_then(Transport::parse);
    let transport = if secure { Transport::Tls } else { named.unwrap_or(otherwise) };
    let port = uri.port.unwrap_or(if transport == Transport::Tls { 5061 } else { 5060 });
    let host = uri.param("maddr").map_or_else(|| uri.host.clone(), str::to_owned);
    let named = uri.port.is_none() && host_ip(&host).is_none();
    Target { transport, host, port, named }
}

/// The address a way leads to, if it is known without asking.
pub(crate) fn peer(way: &Way) -> Option<IpAddr> {
    match way {
        Way::Back(Flow { peer, .. }) => Some(peer.ip()),
        Way::To(target) => host_ip(&target.host),
    }
}
