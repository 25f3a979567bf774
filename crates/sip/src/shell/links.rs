//! Over which socket or connection does a message leave?

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tom_tls::{Trust, TrustError};

use super::run::Word;
use super::stream;
use crate::api::Transport;
use crate::core::io::Flow;

/// Messages that wait for one connection. Full: it is given up, its peer does not read.
pub(super) const QUEUE: usize = 64;

/// Takes what is sent over a connection, with the branch of a request.
pub(super) type Writer = mpsc::Sender<(Vec<u8>, Option<String>)>;

/// The sockets and connections.
pub(super) struct Links {
    sockets: Vec<UdpSocket>,
    streams: HashMap<u64, (Transport, SocketAddr, Writer)>,
    by_peer: HashMap<(Transport, SocketAddr), u64>,
    words: mpsc::Sender<Word>,
    stop: CancellationToken,
    trust: Result<Trust, TrustError>,
    /// Who is trusted besides, for hosts of trunks.
    trusts: Vec<(String, Trust)>,
}

impl Links {
    pub(super) fn new(
        sockets: Vec<UdpSocket>,
        words: mpsc::Sender<Word>,
        stop: CancellationToken,
        trust: Result<Trust, TrustError>,
        trusts: Vec<(String, Trust)>,
    ) -> Self {
        Self { sockets, streams: HashMap::new(), by_peer: HashMap::new(), words, stop, trust, trusts }
    }

    /// Whether datagrams can be sent.
    pub(super) fn has_datagrams(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// A connection stands.
    pub(super) fn up(&mut self, transport: Transport, peer: SocketAddr, link: u64, writer: Writer) {
        self.streams.insert(link, (transport, peer, writer));
        self.by_peer.insert((transport, peer), link);
    }

    /// A connection is gone.
    pub(super) fn down(&mut self, link: u64) {
        if let Some((transport, peer, _)) = self.streams.remove(&link)
            && self.by_peer.get(&(transport, peer)) == Some(&link)
        {
            self.by_peer.remove(&(transport, peer));
        }
    }

    /// Sends where something came from. Whether it left, or will.
    pub(super) fn back(&mut self, flow: Flow, bytes: Vec<u8>, branch: Option<String>) -> bool {
        if flow.transport == Transport::Udp {
            let socket = usize::try_from(flow.link).ok().and_then(|at| self.sockets.get(at));
            return socket.is_some_and(|socket| socket.send_to(&bytes, flow.peer).is_ok());
        }
        self.write(flow.link, bytes, branch)
    }

    /// Sends to an address, over a new connection if there is none.
    pub(super) fn to(
        &mut self,
        transport: Transport,
        address: SocketAddr,
        name: &str,
        bytes: Vec<u8>,
        branch: Option<String>,
    ) -> bool {
        if transport == Transport::Udp {
            return self.sockets.iter().any(|socket| {
                let to = socket.local_addr().ok().and_then(|local| reachable(local, address));
                to.is_some_and(|to| socket.send_to(&bytes, to).is_ok())
            });
        }
        if let Some(link) = self.by_peer.get(&(transport, address)).copied() {
            return self.write(link, bytes, branch);
        }
        let (writer, queue) = mpsc::channel(QUEUE);
        let link = stream::number();
        let own = self.trusts.iter().find(|(host, _)| host == name).map(|(_, trust)| Ok(trust.clone()));
        let trust = own.unwrap_or_else(|| self.trust.clone());
        let tls = (transport == Transport::Tls).then(|| (trust, name.to_owned()));
        let (words, stop) = (self.words.clone(), self.stop.clone());
        tokio::spawn(stream::connect(transport, address, tls, link, queue, words, stop));
        self.up(transport, address, link, writer);
        self.write(link, bytes, branch)
    }

    fn write(&mut self, link: u64, bytes: Vec<u8>, branch: Option<String>) -> bool {
        let Some((_, _, writer)) = self.streams.get(&link) else { return false };
        let taken = writer.try_send((bytes, branch)).is_ok();
        if !taken {
            // Its queue ends with the writer, and the connection with its queue.
            self.down(link);
        }
        taken
    }
}

/// The address as a socket can reach it, if it can.
fn reachable(local: SocketAddr, to: SocketAddr) -> Option<SocketAddr> {
    match (local.ip(), to.ip()) {
        (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => Some(to),
        (IpAddr::V6(ours), IpAddr::V4(ip)) if ours.is_unspecified() => {
            Some(SocketAddr::new(IpAddr::V6(ip.to_ipv6_mapped()), to.port()))
        }
        _ => None,
    }
}
