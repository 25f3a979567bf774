//! They ask us to call somebody in their place (REFER, RFC 3515 and 5589): who is called, and what are they told of it?

use std::sync::Arc;
use std::time::Duration;

use super::peer::Peer;
use super::transfer::notify;
use super::{Call, State};
use crate::api::{CallEvent, EndedBy, Party};
use crate::core::client::{Answer, Sent};
use crate::core::dialog::Dialog;
use crate::core::io::Way;
use crate::core::net::{Net, target};
use crate::core::uplink;
use crate::text::address::Address;
use crate::text::message::{Request, Response};
use crate::text::method::Method;
use crate::text::uri::Uri;

/// How long it may ring there; the one who asked waits, and so does the conversation.
const PATIENCE: Duration = Duration::from_secs(60);

/// A wish of theirs that we call somebody, or that call under way.
#[derive(Debug)]
pub(super) struct Referral {
    /// The REFER; it waits for our word as long as there is no leg.
    key: Arc<str>,
    /// They want to be told how it goes.
    tells: bool,
    to: Uri,
    /// The call at the other end whose place ours takes, and who asked.
    replaces: Option<String>,
    by: Option<String>,
    leg: Option<Leg>,
    /// The one who asked has hung up: there is only the new call, or none.
    alone: bool,
}

#[derive(Debug)]
struct Leg {
    dialog: Dialog,
    branch: Arc<str>,
    offer: Vec<u8>,
    /// An answer that came before the call was taken.
    early: Option<Vec<u8>>,
}

impl Call {
    /// A REFER came. Whoever carries the call decides.
    pub(super) fn referred(&mut self, net: &mut Net, key: &Arc<str>, request: &Request) {
        if !net.options.refer || self.state != State::Talking {
            net.reply(key, 603);
            return;
        }
        if self.referral.is_some() || self.pending.is_some() {
            net.reply(key, 491);
            return;
        }
        let to = request.headers.get("Refer-To").and_then(|value| Address::read(value).ok());
        let to = to.and_then(|to| to.target().ok()).filter(|to| to.scheme != "tel");
        let Some(mut to) = to.filter(|_| request.headers.all("Refer-To").nth(1).is_none()) else {
            net.reply(key, 400);
            return;
        };
        if to.param("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
            net.reply(key, 603);
            return;
        }
        let replaces = to.headers.take().and_then(|headers| header_of(&headers, "replaces"));
        to.params.retain(|(name, _)| name != "method");
        let near = self.is_near(net, &to.host);
        let party = Party { name: None, number: to.who(), host: to.host.clone() };
        let header = |name: &str| request.headers.get(name).map(str::to_owned);
        self.referral = Some(Referral {
            key: key.clone(),
            tells: header("Refer-Sub").is_none_or(|wanted| !wanted.trim().eq_ignore_ascii_case("false")),
            to,
            replaces,
            by: header("Referred-By"),
            leg: None,
            alone: false,
        });
        net.event(self.id, CallEvent::Referred { to: party, near });
    }

    /// Whether a host is that of the other side, or of the trunk it came by.
    fn is_near(&self, net: &Net, host: &str) -> bool {
        let trunk = self.trunk.and_then(|at| net.options.trunks.get(at));
        let registrar = trunk.and_then(uplink::registrar).map(|uri| uri.host);
        let theirs = Address::read(&self.dialog.remote).ok().and_then(|remote| remote.target().ok());
        let contact = Uri::read(&self.dialog.target).ok();
        let peer = self.dialog.flow.map(|flow| crate::core::net::bracket(flow.peer.ip()));
        let hosts = [registrar, theirs.map(|uri| uri.host), contact.map(|uri| uri.host), peer];
        hosts.iter().flatten().any(|known| known == host)
    }

    /// We do not call.
    pub(super) fn stay(&mut self, net: &mut Net, status: u16) {
        if let Some(referral) = self.referral.take_if(|referral| referral.leg.is_none()) {
            net.reply(&referral.key, status);
        }
    }

    /// We call, with this offer.
    pub(super) fn follow(&mut self, net: &mut Net, offer: Vec<u8>) {
        let Some(mut referral) = self.referral.take_if(|referral| referral.leg.is_none()) else { return };
        if self.state != State::Talking {
            net.reply(&referral.key, 603);
            return;
        }
        if let Some(mut response) = net.draft(&referral.key, 202) {
            if !referral.tells {
                response.headers.push("Refer-Sub", "false");
            }
            net.send_reply(&referral.key, &response);
        }
        let line = self.trunk.and_then(|at| net.options.trunks.get(at));
        let registrar = line.and_then(uplink::registrar).filter(|at| at.host == referral.to.host);
        let proxy = registrar.as_ref().and(line).and_then(uplink::proxy);
        let usual = self.trunk.and_then(|at| *net.ways.get(at)?).unwrap_or(self.dialog.transport);
        let hop = target(proxy.as_ref().or(registrar.as_ref()).unwrap_or(&referral.to), usual);
        let from = Address::read(&self.dialog.local).map(|local| local.uri).unwrap_or_default();
        let to = referral.to.to_string();
        let mut dialog = Dialog::to_make(&from, &to, hop.transport, self.dialog.contact.clone());
        net.dialogs.insert((dialog.call_id.clone(), dialog.local_tag.clone()), self.id);
        let mut invite = dialog.request(Method::Invite);
        // No reliable progress: nothing is played before the call is taken.
        invite.headers.set("Supported", "timer, replaces");
        self.timer.write_request(net, &mut invite, false);
        if let Some(proxy) = &proxy {
            invite.headers.push("Route", uplink::route(proxy));
        }
        for (name, value) in [("Replaces", &referral.replaces), ("Referred-By", &referral.by)] {
            if let Some(value) = value {
                invite.headers.push(name, &**value);
            }
        }
        invite.headers.push("Content-Type", "application/sdp");
        invite.body.clone_from(&offer);
        let branch = net.request(invite, Way::To(hop), Sent::Call(self.id));
        referral.leg = Some(Leg { dialog, branch, offer, early: None });
        self.rings_until = Some(net.now + PATIENCE);
        self.referral = Some(referral);
        self.report(net, 100, "Trying");
    }

    /// Tells the one who asked how it goes: the first line of a response as body (RFC 3515, 2.4.4).
    fn report(&mut self, net: &mut Net, status: u16, reason: &str) {
        if self.referral.as_ref().is_some_and(|referral| referral.tells && !referral.alone) {
            notify(net, &mut self.dialog, status, reason);
        }
    }

    /// Whether a request belongs to the call we make in their place.
    pub(super) fn is_of_leg(&self, request: &Request) -> bool {
        let leg = self.referral.as_ref().and_then(|referral| referral.leg.as_ref());
        leg.is_some_and(|leg| request.headers.get("Call-ID") == Some(&*leg.dialog.call_id))
    }

    /// It is tried at another place, under this branch.
    pub(super) fn leg_went_elsewhere(&mut self, branch: Arc<str>) {
        if let Some(leg) = self.referral.as_mut().and_then(|referral| referral.leg.as_mut()) {
            leg.branch = branch;
        }
    }

    /// Something came back to that call's INVITE, or nothing.
    pub(super) fn leg_answered(&mut self, net: &mut Net, answer: &Answer) {
        let Some(response) = &answer.response else { return self.stays(net, 408, "Request Timeout") };
        match response.status {
            100 => {}
            101..=199 => {
                if let Some(leg) = self.referral.as_mut().and_then(|referral| referral.leg.as_mut())
                    && !response.body.is_empty()
                {
                    leg.early = Some(response.body.clone());
                }
                self.report(net, response.status, &response.reason);
            }
            200..=299 => self.moves(net, answer, response),
            401 | 407 if self.leg_retry(net, answer, response) => {}
            status => self.stays(net, status, &response.reason),
        }
    }

    /// Answers a challenge to that INVITE. Whether it did.
    fn leg_retry(&mut self, net: &mut Net, answer: &Answer, response: &Response) -> bool {
        let Some(mut referral) = self.referral.take() else { return false };
        let mut tried = false;
        if let Some(leg) = &mut referral.leg {
            // The numbers and the branch are those of the new call.
            std::mem::swap(&mut self.dialog, &mut leg.dialog);
            let before = self.branch.take();
            tried = self.retry(net, &answer.request, response, &answer.way);
            if let Some(branch) = std::mem::replace(&mut self.branch, before) {
                leg.branch = branch;
            }
            std::mem::swap(&mut self.dialog, &mut leg.dialog);
        }
        self.referral = Some(referral);
        tried
    }

    /// It was taken: the call goes on there, and the one who asked is let go.
    fn moves(&mut self, net: &mut Net, answer: &Answer, response: &Response) {
        self.report(net, response.status, &response.reason);
        let Some(Referral { leg: Some(mut leg), alone, .. }) = self.referral.take() else { return };
        leg.dialog.learn(response);
        let mut before = std::mem::replace(&mut self.dialog, leg.dialog);
        self.acknowledge(net, answer);
        if !alone {
            let bye = before.request(Method::Bye);
            if let Some(way) = before.way() {
                net.request(bye, way, Sent::Nobody);
            }
        }
        // Their goodbye crosses ours: it finds no call any more, 481, and both know.
        net.dialogs.remove(&(before.call_id, before.local_tag));
        (self.incoming, self.connected, self.acknowledged) = (false, true, true);
        (self.invite, self.late, self.rings_until) = (None, None, None);
        self.unacknowledged.clear();
        self.sdp = Some(leg.offer);
        self.peer = Peer::of(&response.headers);
        self.timer.of_response(net, response);
        let sdp = Some(response.body.clone()).filter(|body| !body.is_empty()).or(leg.early);
        match sdp {
            Some(sdp) => net.event(self.id, CallEvent::Answer { sdp }),
            None => self.lost(net, "the answer carries no session"),
        }
    }

    /// It was not taken: the call goes on with the one who asked, if that one is still there.
    fn stays(&mut self, net: &mut Net, status: u16, reason: &str) {
        self.report(net, status, reason);
        let alone = self.referral.as_ref().is_some_and(|referral| referral.alone);
        self.forget_leg(net);
        if alone {
            self.tell_end(net, EndedBy::Peer, Some(status), "transferred to somebody who did not answer");
        } else {
            net.event(self.id, CallEvent::OfferRefused { status });
        }
    }

    /// It rang long enough there.
    pub(super) fn leg_late(&mut self, net: &mut Net) {
        self.cancel_leg(net);
        self.stays(net, 408, "Request Timeout");
    }

    /// The one who asked hangs up. Whether the call goes on without.
    pub(super) fn outlives(&mut self) -> bool {
        let Some(referral) = self.referral.as_mut().filter(|referral| referral.leg.is_some()) else {
            return false;
        };
        referral.alone = true;
        self.timer = super::refresh::Timer::default();
        true
    }

    /// We hang up, or the call ends: nobody is called. Whether nobody is left to say goodbye to.
    pub(super) fn give_up_leg(&mut self, net: &mut Net) -> bool {
        let alone = self.referral.as_ref().is_some_and(|referral| referral.alone);
        self.stay(net, 603);
        self.cancel_leg(net);
        self.forget_leg(net);
        alone
    }

    fn cancel_leg(&mut self, net: &mut Net) {
        let leg = self.referral.as_ref().and_then(|referral| referral.leg.as_ref());
        if let Some(leg) = leg.filter(|leg| net.is_proceeding(&leg.branch)) {
            net.cancel(&leg.branch);
        }
    }

    fn forget_leg(&mut self, net: &mut Net) {
        self.rings_until = None;
        if let Some(leg) = self.referral.take().and_then(|referral| referral.leg) {
            net.dialogs.remove(&(leg.dialog.call_id, leg.dialog.local_tag));
        }
    }
}

/// A header that stands in an address, its escapes resolved.
fn header_of(headers: &str, name: &str) -> Option<String> {
    let (_, value) = headers
        .split('&')
        .filter_map(|one| one.split_once('='))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    // What Uri::who does for a user: escapes, and no control characters.
    let text = Uri { user: Some(value.replace(';', "%3B")), ..Uri::read("sip:x").ok()? }.who();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
