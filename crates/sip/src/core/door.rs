//! Who and what is let in, and what do the others get?

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Core;
use super::call::Call;
use super::io::{Flow, Output, Way};
use super::net::Net;
use crate::api::{Invitation, Party};
use crate::options::reason_of;
use crate::text::address::Address;
use crate::text::check::{self, Fault};
use crate::text::message::Request;
use crate::text::method::Method;
use crate::text::uri::Uri;

/// Refusals a second to those who may not call; beyond them there is silence, so that nobody uses us as an echo.
const REFUSALS: u32 = 10;

/// Counts refusals of the running second.
#[derive(Debug)]
pub(crate) struct Refusals {
    since: Instant,
    sent: u32,
}

impl Refusals {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, sent: 0 }
    }

    /// Whether one more may be sent.
    pub(crate) fn one_more(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        self.sent += 1;
        self.sent <= REFUSALS
    }
}

impl Net {
    /// Answers a request with what is wrong with it.
    pub(crate) fn refuse(&mut self, key: &Arc<str>, fault: &Fault) {
        self.count(reason_of(fault.status));
        if let Some(mut response) = self.draft(key, fault.status) {
            if let Some((name, value)) = &fault.header {
                response.headers.push(name, &**value);
            }
            if fault.status == 505 || fault.status == 400 {
                response.headers.push("Warning", format!("399 tom \"{}\"", fault.why));
            }
            self.send_reply(key, &response);
        }
    }

    /// Answers without remembering anything: what is broken, or comes from strangers.
    pub(crate) fn refuse_once(&mut self, request: &Request, flow: Flow, fault: &Fault) {
        self.count(reason_of(fault.status));
        if request.method == Method::Ack {
            return;
        }
        let mut response = request.respond(fault.status, Some("tom"));
        if let Some((name, value)) = &fault.header {
            response.headers.push(name, &**value);
        }
        self.out.push_back(Output::Send { way: Way::Back(flow), bytes: response.write(), branch: None });
    }
}

impl Core {
    /// The trunk whose calls come from an address.
    pub(super) fn trunk_of(&self, ip: IpAddr) -> Option<usize> {
        let ip = ip.to_canonical();
        self.lines.iter().position(|line| {
            line.as_ref().is_some_and(|line| line.addresses.iter().any(|known| known.to_canonical() == ip))
        })
    }

    /// Whether an address may begin something with us.
    pub(super) fn may_call(&self, ip: IpAddr) -> bool {
        self.net.options.allow.iter().any(|network| network.contains(ip)) || self.trunk_of(ip).is_some()
    }

    /// An INVITE that begins a call.
    pub(super) fn invite(&mut self, key: &Arc<str>, request: &Request, flow: Flow) {
        if self.closed {
            self.unavailable(key);
            return;
        }
        let fault = check::sdp_body(request).and_then(|()| check::takes_sdp(request)).err();
        let fault = fault.or_else(|| super::call::too_small(request));
        if let Some(fault) = fault {
            self.net.refuse(key, &fault);
            return;
        }
        if let Some(replaces) = request.headers.get("Replaces") {
            let Some(id) = self.replaced(replaces) else {
                self.net.reply(key, 481);
                return;
            };
            self.net.reply(key, 100);
            self.with_call(id, |call, net| call.replaced(net, key, request, flow));
            return;
        }
        self.net.reply(key, 100);
        let id = self.next_call;
        self.next_call += 2;
        let trunk = self.trunk_of(flow.peer.ip());
        let mut call = Call::invited(id, &mut self.net, key, request, flow);
        call.lean_on(trunk, &self.net);
        self.net.dialogs.insert((call.dialog.call_id.clone(), call.dialog.local_tag.clone()), id);
        self.calls.insert(id, call);
        let invitation = self.invitation(request, flow, trunk);
        self.net.out.push_back(Output::Incoming(id, Box::new(invitation)));
    }

    /// No new calls for now.
    pub(super) fn unavailable(&mut self, key: &Arc<str>) {
        self.net.count("closed");
        if let Some(mut response) = self.net.draft(key, 503) {
            response.headers.push("Retry-After", "10");
            self.net.send_reply(key, &response);
        }
    }

    /// The call a Replaces header names: from our side its to-tag is ours.
    fn replaced(&self, header: &str) -> Option<u64> {
        let (call_id, params) = header.split_once(';')?;
        let params = crate::text::scan::params(params).ok()?;
        let tag = |name: &str| params.iter().find(|(known, _)| known == name)?.1.clone();
        let (ours, theirs) = (tag("to-tag")?, tag("from-tag")?);
        let id = *self.net.dialogs.get(&(call_id.trim().to_owned(), ours))?;
        self.calls.get(&id).filter(|call| call.dialog.remote_tag == theirs).map(|call| call.id)
    }

    fn invitation(&self, request: &Request, flow: Flow, trunk: Option<usize>) -> Invitation {
        let header = |name| request.headers.get(name).unwrap_or_default();
        let asked = Uri::read(&request.uri).ok().filter(|uri| uri.user.is_some());
        let to = asked.map_or_else(
            || party(header("To")),
            |uri| Party { name: None, number: uri.who(), host: uri.host },
        );
        Invitation {
            from: party(header("From")),
            to,
            offer: (!request.body.is_empty()).then(|| request.body.clone()),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            peer: flow.peer,
            transport: flow.transport,
            local: self.net.here(flow.transport, Some(flow.peer.ip())).0,
            trunk: trunk.and_then(|at| self.net.options.trunks.get(at)).map(|trunk| trunk.name.clone()),
        }
    }
}

fn party(header: &str) -> Party {
    let Ok(address) = Address::read(header) else { return Party::default() };
    let uri = address.target().ok();
    Party {
        name: address.name.filter(|name| !name.is_empty()),
        number: uri.as_ref().map(Uri::who).unwrap_or_default(),
        host: uri.map(|uri| uri.host).unwrap_or_default(),
    }
}
