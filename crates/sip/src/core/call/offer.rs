//! How is the session of a running call changed, by them or by us?

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Call, State};
use crate::api::CallEvent;
use crate::core::client::Answer;
use crate::core::dialog::Dialog;
use crate::core::net::Net;
use crate::random;
use crate::text::check;
use crate::text::message::Request;
use crate::text::method::Method;

/// An offer of theirs, or their wish for one of ours.
#[derive(Debug)]
pub(super) struct Pending {
    /// The request that waits for the answer.
    pub(super) key: Arc<str>,
    /// Whether we are to offer.
    pub(super) wanted: bool,
    /// The dialog that takes this one's place (Replaces).
    pub(super) replaces: Option<Box<Dialog>>,
}

/// An offer of ours.
#[derive(Debug)]
pub(super) struct Ours {
    sdp: Vec<u8>,
    /// When to try (again); none: it is under way.
    pub(super) again: Option<Instant>,
    /// It changes nothing: a refresh nobody needs to hear of.
    quiet: bool,
}

impl Call {
    /// A re-INVITE or UPDATE of theirs.
    pub(super) fn offered(&mut self, net: &mut Net, key: &Arc<str>, request: &Request) {
        let invites = request.method == Method::Invite;
        if invites && self.state != State::Talking {
            self.retry_later(net, key);
            return;
        }
        if let Err(fault) = check::sdp_body(request) {
            net.refuse(key, &fault);
            return;
        }
        if let Some(fault) = self.timer.too_small(request) {
            net.refuse(key, &fault);
            return;
        }
        let session = invites || !request.body.is_empty();
        if session && self.ours.as_ref().is_some_and(|ours| ours.again.is_none()) {
            net.reply(key, 491);
            return;
        }
        if session && (self.pending.is_some() || self.state != State::Talking || self.late.is_some()) {
            self.retry_later(net, key);
            return;
        }
        self.dialog.retarget(&request.headers);
        self.timer.of_request(net, request);
        if let Some(tx) = net.servers.get_mut(key) {
            tx.call = Some(self.id);
        }
        if !session {
            self.accept(net, key, None);
            return;
        }
        let wanted = request.body.is_empty();
        self.pending = Some(Pending { key: key.clone(), wanted, replaces: None });
        let event =
            if wanted { CallEvent::OfferWanted } else { CallEvent::Offer { sdp: request.body.clone() } };
        net.event(self.id, event);
    }

    fn retry_later(&self, net: &mut Net, key: &Arc<str>) {
        if let Some(mut response) = net.draft(key, 500) {
            response.headers.push("Retry-After", (random::number() % 10).to_string());
            net.send_reply(key, &response);
        }
    }

    /// Our answer to their offer, or the offer they wanted.
    pub(super) fn answer_offer(&mut self, net: &mut Net, sdp: Option<Vec<u8>>) {
        let Some(pending) = self.pending.take() else { return };
        let Some(sdp) = sdp else {
            net.reply(&pending.key, 488);
            return;
        };
        if let Some(dialog) = pending.replaces {
            self.move_to(net, *dialog, &pending.key);
        }
        if pending.wanted {
            self.late = Some(pending.key.clone());
        }
        self.sdp = Some(sdp.clone());
        self.accept(net, &pending.key, Some(sdp));
    }

    fn accept(&mut self, net: &mut Net, key: &Arc<str>, sdp: Option<Vec<u8>>) {
        let Some(mut response) = net.draft(key, 200) else { return };
        self.dress(&mut response);
        self.timer.write_response(&mut response);
        if let Some(sdp) = sdp {
            response = response.with_body("application/sdp", sdp);
        }
        net.send_reply(key, &response);
        self.expect_ack(net, key);
        self.timer.start(net.now);
    }

    /// We change the session.
    pub(super) fn offer(&mut self, net: &mut Net, sdp: Vec<u8>) {
        self.try_offer(net, sdp, false);
    }

    /// Tells our session again, so that both know the other lives.
    pub(super) fn offer_again(&mut self, net: &mut Net) {
        if let Some(sdp) = self.sdp.clone()
            && self.ours.is_none()
        {
            self.try_offer(net, sdp, true);
        }
    }

    fn try_offer(&mut self, net: &mut Net, sdp: Vec<u8>, quiet: bool) {
        if self.state != State::Talking {
            return;
        }
        let busy = self.pending.is_some()
            || self.late.is_some()
            || !self.acknowledged
            || self.ours.as_ref().is_some_and(|ours| ours.again.is_none());
        if busy {
            // The other offer goes first; a second is enough for it.
            self.ours = Some(Ours { sdp, again: Some(net.now + Duration::from_secs(1)), quiet });
            return;
        }
        let mut invite = self.dialog.request(Method::Invite);
        self.timer.write_request(net, &mut invite, true);
        invite.headers.push("Content-Type", "application/sdp");
        invite.body.clone_from(&sdp);
        self.ours = Some(Ours { sdp, again: None, quiet });
        self.branch = self.send(net, invite);
    }

    /// The moment to try again has come.
    pub(super) fn offer_due(&mut self, net: &mut Net) {
        if let Some(ours) = self.ours.take_if(|ours| ours.again.is_some_and(|at| at <= net.now)) {
            self.try_offer(net, ours.sdp, ours.quiet);
        }
    }

    /// What came back to our re-INVITE or UPDATE.
    pub(super) fn offer_answered(&mut self, net: &mut Net, answer: &Answer) {
        let invites = answer.request.method == Method::Invite;
        let status = answer.response.as_ref().map_or(408, |response| response.status);
        if invites && (200..300).contains(&status) {
            if self.repeated(net, answer) {
                return;
            }
            self.acknowledge(net, answer);
        }
        let response = answer.response.as_ref().filter(|response| response.status >= 200);
        match (status, response) {
            (100..=199, _) => {}
            (200..=299, Some(response)) => {
                self.dialog.retarget(&response.headers);
                self.timer.of_response(net, response);
                if let Some(ours) = self.ours.take_if(|_| invites) {
                    self.sdp = Some(ours.sdp);
                    if !ours.quiet {
                        net.event(self.id, CallEvent::Answer { sdp: response.body.clone() });
                    }
                }
            }
            (491, _) => {
                // RFC 3261, 14.1: who chose the Call-ID waits longer.
                let (least, span) = if self.incoming { (0, 2000) } else { (2100, 1900) };
                let wait = Duration::from_millis(least + random::number() % span);
                match &mut self.ours {
                    Some(ours) if invites => ours.again = Some(net.now + wait),
                    _ => self.timer.again(net.now + wait),
                }
            }
            (422, Some(response)) => {
                self.ours.take_if(|_| invites);
                if response.headers.number("Min-SE").is_some_and(|least| self.timer.raise(least)) {
                    self.timer.again(net.now);
                }
            }
            (408 | 481, _) => self.lost(net, "no answer to a change of the session"),
            (status, _) => {
                if let Some(ours) = self.ours.take_if(|_| invites)
                    && !ours.quiet
                {
                    net.event(self.id, CallEvent::OfferRefused { status });
                }
                self.timer.start(net.now);
            }
        }
    }

    /// A 2xx that came before, or that of another branch of our call. Whether it was.
    fn repeated(&mut self, net: &mut Net, answer: &Answer) -> bool {
        let seq = answer.request.cseq();
        let Some((_, way, bytes)) = self.ack.clone().filter(|(known, ..)| *known == seq) else {
            return false;
        };
        let tag =
            answer.response.as_ref().and_then(|r| r.headers.get("To")).and_then(crate::text::address::tag);
        if tag.as_ref().is_none_or(|tag| *tag == self.dialog.remote_tag) {
            net.out.push_back(crate::core::io::Output::Send { way, bytes, branch: None });
            return true;
        }
        // Two answered: the second is told that we have somebody (RFC 3261, 13.2.2.4).
        if let Some(response) = &answer.response {
            let mut other = self.dialog.clone();
            other.learn(response);
            let bye = other.request(Method::Bye);
            let ack = other.numbered(Method::Ack, seq);
            if let Some(way) = other.way() {
                let mut ack = ack;
                net.sign(&mut ack, &way, &random::branch());
                let bytes = ack.write();
                net.out.push_back(crate::core::io::Output::Send { way: way.clone(), bytes, branch: None });
                net.request(bye, way, crate::core::client::Sent::Nobody);
            }
        }
        true
    }
}
