//! What do both sides of a call agree on, so that requests find their way (RFC 3261, 12)?

use std::net::IpAddr;

use super::io::{Flow, Way};
use super::net::{Net, target};
use crate::api::Transport;
use crate::random;
use crate::text::address::Address;
use crate::text::headers::Headers;
use crate::text::message::{Request, Response};
use crate::text::method::Method;
use crate::text::uri::{Uri, host_ip};

/// One dialog.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    /// Our From or To, tag included.
    pub(crate) local: String,
    pub(crate) local_tag: String,
    /// Theirs, tag included as soon as it is known.
    pub(crate) remote: String,
    pub(crate) remote_tag: String,
    /// The number of our last request.
    pub(crate) seq: u32,
    /// The number of their last request.
    pub(crate) remote_seq: Option<u32>,
    /// Where requests to them are addressed.
    pub(crate) target: String,
    pub(crate) routes: Vec<String>,
    /// The way their requests come.
    pub(crate) flow: Option<Flow>,
    pub(crate) transport: Transport,
    /// The value of our Contact.
    pub(crate) contact: String,
}

impl Dialog {
    /// The dialog an INVITE asks for; `tag` is ours.
    pub(crate) fn of_invite(net: &Net, invite: &Request, flow: Flow, tag: &str) -> Self {
        let header = |name| invite.headers.get(name).unwrap_or_default();
        let (from, to) = (header("From"), header("To"));
        let contact = invite.headers.list("Contact").first().and_then(|value| Address::read(value).ok());
        let user = Uri::read(&invite.uri).ok().and_then(|uri| uri.user).unwrap_or_default();
        let local =
            if crate::text::address::tag(to).is_some() { to.to_owned() } else { format!("{to};tag={tag}") };
        Self {
            call_id: header("Call-ID").to_owned(),
            local,
            local_tag: tag.to_owned(),
            remote: from.to_owned(),
            remote_tag: crate::text::address::tag(from).unwrap_or_default(),
            seq: 0,
            remote_seq: Some(invite.cseq()),
            target: contact.map_or_else(|| bare(from), |contact| contact.uri),
            routes: invite.headers.list("Record-Route"),
            flow: Some(flow),
            transport: flow.transport,
            contact: net.contact(&user, flow.transport, Some(flow.peer.ip())),
        }
    }

    /// The dialog we ask for.
    pub(crate) fn to_make(from: &str, to: &str, transport: Transport, contact: String) -> Self {
        let tag = random::hex(12);
        Self {
            call_id: format!("{}@tom", random::hex(24)),
            local: format!("<{from}>;tag={tag}"),
            local_tag: tag,
            remote: format!("<{to}>"),
            remote_tag: String::new(),
            seq: 0,
            remote_seq: None,
            target: to.to_owned(),
            routes: Vec::new(),
            flow: None,
            transport,
            contact,
        }
    }

    /// Takes what a response to our INVITE tells: tag, address, route (RFC 3261, 12.1.2).
    pub(crate) fn learn(&mut self, response: &Response) {
        if let Some(to) = response.headers.get("To") {
            self.remote = to.to_owned();
            self.remote_tag = crate::text::address::tag(to).unwrap_or_default();
        }
        self.retarget(&response.headers);
        self.routes = response.headers.list("Record-Route");
        self.routes.reverse();
    }

    /// The other side moved: a Contact in a re-INVITE, an UPDATE or an answer to one.
    pub(crate) fn retarget(&mut self, headers: &Headers) {
        let contact = headers.list("Contact").first().and_then(|value| Address::read(value).ok());
        if let Some(contact) = contact.filter(|contact| contact.target().is_ok()) {
            self.target = contact.uri;
        }
    }

    /// The next request, without a body.
    pub(crate) fn request(&mut self, method: Method) -> Request {
        self.seq += 1;
        self.numbered(method, self.seq)
    }

    /// A request of a given number: the acknowledgement has that of its INVITE.
    pub(crate) fn numbered(&self, method: Method, seq: u32) -> Request {
        let mut headers = Headers::default();
        headers.push("Max-Forwards", "70");
        headers.push("From", &*self.local);
        headers.push("To", &*self.remote);
        headers.push("Call-ID", &*self.call_id);
        headers.push("CSeq", format!("{seq} {}", method.name()));
        let strict = self.routes.first().and_then(|route| strict(route));
        for route in self.routes.iter().skip(usize::from(strict.is_some())) {
            headers.push("Route", &**route);
        }
        let uri = match strict {
            Some(first) => {
                headers.push("Route", format!("<{}>", self.target));
                first
            }
            None => self.target.clone(),
        };
        if matches!(method, Method::Invite | Method::Update | Method::Refer) {
            headers.push("Contact", &*self.contact);
        }
        if matches!(method, Method::Invite | Method::Update) {
            headers.push("Allow", Method::ALLOW);
            headers.push("Supported", "timer, 100rel, replaces");
        }
        Request { method, uri, headers, body: Vec::new() }
    }

    /// Which way requests go.
    pub(crate) fn way(&self) -> Option<Way> {
        let hop = self.routes.first().and_then(|route| Address::read(route).ok()).map(|route| route.uri);
        let hop = Uri::read(hop.as_deref().unwrap_or(&self.target)).ok();
        if let Some(flow) = self.flow {
            let hidden = hop.as_ref().and_then(|hop| host_ip(&hop.host)).is_some_and(is_inside);
            let behind_nat = hidden && !is_inside(flow.peer.ip());
            if flow.transport.is_stream() || behind_nat || hop.is_none() {
                return Some(Way::Back(flow));
            }
        }
        Some(Way::To(target(&hop?, self.transport)))
    }
}

/// The address of a route without `lr`: a router of RFC 2543, which wants to be the Request-URI.
fn strict(route: &str) -> Option<String> {
    let uri = Address::read(route).ok()?.uri;
    let read = Uri::read(&uri).ok()?;
    read.param("lr").is_none().then_some(uri)
}

fn bare(from: &str) -> String {
    Address::read(from).map(|address| address.uri).unwrap_or_default()
}

/// Whether an address means something inside one house only.
fn is_inside(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
