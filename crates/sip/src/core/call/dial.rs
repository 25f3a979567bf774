//! We call somebody: what is sent, and what do the answers mean?

use std::sync::Arc;
use std::time::Duration;

use super::peer::Peer;
use super::{Call, State};
use crate::api::{CallEvent, Dial, Ended, EndedBy, Transport};
use crate::core::client::{Answer, Sent};
use crate::core::dialog::Dialog;
use crate::core::io::Way;
use crate::core::net::{Net, bracket, peer, target};
use crate::core::uplink;
use crate::text::message::{Request, Response};
use crate::text::method::Method;
use crate::text::uri::Uri;

/// How long it may ring where nothing else is said.
const PATIENCE: u32 = 120;

impl Call {
    /// Calls somebody.
    pub(crate) fn dial(id: u64, net: &mut Net, dial: Dial) -> Result<Self, Ended> {
        let trunk = uplink::choose(net, &dial)?;
        let line = trunk.and_then(|at| net.options.trunks.get(at)).cloned();
        let registrar = line.as_ref().and_then(uplink::registrar);
        let to = callee(&dial.to, registrar.as_ref())
            .ok_or_else(|| refused(EndedBy::Refused, "neither a number for a trunk nor a SIP address"))?;
        let first = net.options.listen.first().map_or(Transport::Udp, |(transport, _)| *transport);
        let usual = trunk.and_then(|at| *net.ways.get(at)?).unwrap_or(first);
        let proxy = line.as_ref().and_then(uplink::proxy);
        let hop = target(proxy.as_ref().or(registrar.as_ref()).unwrap_or(&to), usual);
        let transport = hop.transport;
        let way = Way::To(hop);
        let user = line.as_ref().map_or("", |line| &line.username).to_owned();
        let contact = net.contact(&user, transport, peer(&way));
        let from = match (&registrar, &line) {
            (Some(registrar), Some(line)) => format!("sip:{}@{}", line.username, registrar.host),
            _ => format!("sip:tom@{}", bracket(net.here(transport, peer(&way)).0)),
        };
        let mut call = Self::new(id, Dialog::to_make(&from, &to.to_string(), transport, contact), false);
        call.lean_on(trunk, net);
        net.dialogs.insert((call.dialog.call_id.clone(), call.dialog.local_tag.clone()), id);
        let mut invite = call.dialog.request(Method::Invite);
        if let Some(proxy) = &proxy {
            invite.headers.push("Route", uplink::route(proxy));
        }
        call.timer.write_request(net, &mut invite, false);
        for (name, value) in &dial.headers {
            invite.headers.push(name, &**value);
        }
        invite.headers.push("Content-Type", "application/sdp");
        invite.body.clone_from(&dial.offer);
        call.sdp = Some(dial.offer);
        call.branch = Some(net.request(invite, way, Sent::Call(id)));
        let patience = if dial.patience == 0 { PATIENCE } else { dial.patience };
        call.rings_until = Some(net.now + Duration::from_secs(patience.into()));
        call.wait(net);
        Ok(call)
    }

    /// Whether a request that failed may be tried at another place: only the INVITE that begins a call, while anybody
    /// wants it.
    pub(crate) fn goes_elsewhere(&self, answer: &Answer) -> bool {
        if answer.request.method != Method::Invite {
            return false;
        }
        let first = !self.incoming && !self.connected && self.state == State::Calling && !self.cancel;
        first || self.is_of_leg(&answer.request)
    }

    /// It is tried there, under this branch.
    pub(crate) fn went_elsewhere(&mut self, request: &Request, branch: Arc<str>) {
        if self.is_of_leg(request) {
            self.leg_went_elsewhere(branch);
        } else {
            self.branch = Some(branch);
        }
    }

    /// Something came back to our first INVITE, or nothing.
    pub(super) fn dial_answered(&mut self, net: &mut Net, answer: &Answer) {
        let Some(response) = &answer.response else {
            let why = answer.why.as_deref().unwrap_or("nobody answered the INVITE");
            self.tell_end(net, EndedBy::Lost, Some(408), why);
            self.state = State::Over;
            return;
        };
        match response.status {
            100..=199 => self.progress(net, response),
            200..=299 => self.picked_up(net, answer, response),
            422 if self.raise(net, answer, response) => {}
            status => {
                self.tell_end(net, EndedBy::of_status(status), Some(status), &response.reason);
                self.state = State::Over;
            }
        }
    }

    fn progress(&mut self, net: &mut Net, response: &Response) {
        if self.cancel {
            self.send_cancel(net);
            return;
        }
        if response.status == 100 {
            return;
        }
        if response.headers.get("To").and_then(crate::text::address::tag).is_some() {
            self.dialog.learn(response);
        }
        if self.confirm_progress(net, response) {
            let sdp = (!response.body.is_empty()).then(|| response.body.clone());
            net.event(self.id, CallEvent::Progress { status: response.status, sdp });
        }
    }

    fn picked_up(&mut self, net: &mut Net, answer: &Answer, response: &Response) {
        self.dialog.learn(response);
        self.connected = true;
        self.rings_until = None;
        self.acknowledge(net, answer);
        if self.cancel {
            // It crossed our CANCEL.
            self.state = State::Ending;
            self.send_bye(net, "");
            return;
        }
        self.state = State::Talking;
        self.acknowledged = true;
        self.branch = None;
        self.peer = Peer::of(&response.headers);
        self.timer.of_response(net, response);
        let sdp = (!response.body.is_empty()).then(|| response.body.clone());
        net.event(self.id, CallEvent::Answered { sdp });
    }

    /// Acknowledges a 2xx (RFC 3261, 13.2.2.4), and keeps that for when the 2xx comes again.
    pub(super) fn acknowledge(&mut self, net: &mut Net, answer: &Answer) {
        let seq = answer.request.cseq();
        let mut ack = self.dialog.numbered(Method::Ack, seq);
        for name in ["Authorization", "Proxy-Authorization"] {
            if let Some(value) = answer.request.headers.get(name) {
                ack.headers.push(name, value);
            }
        }
        let Some(way) = self.dialog.way() else { return };
        net.sign(&mut ack, &way, &crate::random::branch());
        let bytes = ack.write();
        net.out.push_back(crate::core::io::Output::Send {
            way: way.clone(),
            bytes: bytes.clone(),
            branch: None,
        });
        self.ack = Some((seq, way, bytes));
    }

    /// Asks again with the interval the other side wants at least (RFC 4028, 7.4).
    fn raise(&mut self, net: &mut Net, answer: &Answer, response: &Response) -> bool {
        let Some(least) = response.headers.number("Min-SE").filter(|least| self.timer.raise(*least)) else {
            return false;
        };
        let mut again = answer.request.clone();
        again.headers.set("Session-Expires", least.to_string());
        again.headers.set("Min-SE", least.to_string());
        self.dialog.seq += 1;
        again.headers.set("CSeq", format!("{} INVITE", self.dialog.seq));
        self.branch = Some(net.request(again, answer.way.clone(), Sent::Call(self.id)));
        true
    }

    /// It rang long enough.
    pub(super) fn not_answered(&mut self, net: &mut Net) {
        match self.state {
            State::Invited => self.reject(net, 480, "nobody answered", None),
            State::Calling => {
                self.cancel_dialing(net, EndedBy::NoAnswer, "nobody answered");
            }
            State::Talking => self.leg_late(net),
            _ => {}
        }
    }

    /// Gives up a call that is not answered yet.
    pub(super) fn cancel_dialing(&mut self, net: &mut Net, by: EndedBy, reason: &str) {
        self.cancel = true;
        self.tell_end(net, by, None, reason);
        self.state = State::Ending;
        if self.branch.as_ref().is_some_and(|branch| net.is_proceeding(branch)) {
            self.send_cancel(net);
        }
    }

    fn send_cancel(&mut self, net: &mut Net) {
        if let Some(branch) = self.branch.take() {
            net.cancel(&branch);
        }
    }
}

/// Whom to call: an address as it is, or a number at the trunk.
fn callee(to: &str, registrar: Option<&Uri>) -> Option<Uri> {
    match Uri::read(to) {
        Ok(uri) if uri.scheme != "tel" => Some(uri),
        Ok(tel) => number_at(&tel.who(), registrar?),
        Err(_) => number_at(to, registrar?),
    }
}

/// The address of a number at a host.
pub(super) fn number_at(number: &str, host: &Uri) -> Option<Uri> {
    let number: String = number.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '(' | ')' | '.')).collect();
    let good = !number.is_empty()
        && number
            .chars()
            .enumerate()
            .all(|(at, c)| c.is_ascii_alphanumeric() || "*#_".contains(c) || (c == '+' && at == 0));
    let user = Some(number.replace('#', "%23"));
    good.then(|| Uri { scheme: "sip".into(), user, params: Vec::new(), headers: None, ..host.clone() })
}

fn refused(by: EndedBy, reason: &str) -> Ended {
    Ended { by, status: None, reason: reason.to_owned() }
}

/// For tests of what is dialled.
#[cfg(test)]
mod tests;
