//! What do requests inside a call do?

use std::sync::Arc;

use super::{Call, State};
use crate::api::{CallEvent, EndedBy};
use crate::core::net::Net;
use crate::text::address;
use crate::text::message::Request;
use crate::text::method::Method;

impl Call {
    /// Whether a request of this Call-ID and our tag really is of this dialog: their tag decides.
    pub(crate) fn is_theirs(&self, request: &Request) -> bool {
        let tag = request.headers.get("From").and_then(address::tag).unwrap_or_default();
        tag == self.dialog.remote_tag
    }

    /// A request inside the call, but for ACK and CANCEL.
    pub(crate) fn within(&mut self, net: &mut Net, key: &Arc<str>, request: &Request) {
        if matches!(self.state, State::Ending | State::Over) {
            net.reply(key, if request.method == Method::Bye { 200 } else { 481 });
            return;
        }
        let seq = request.cseq();
        if self.dialog.remote_seq.is_some_and(|last| seq < last) {
            // Out of order (RFC 3261, 12.2.2).
            net.reply(key, 500);
            return;
        }
        self.dialog.remote_seq = Some(seq);
        match request.method {
            Method::Invite | Method::Update => self.offered(net, key, request),
            Method::Bye => self.left(net, key, request),
            Method::Prack => self.confirm(net, key, request),
            Method::Info => self.informed(net, key, request),
            Method::Notify => self.notified(net, key, request),
            Method::Refer => self.referred(net, key, request),
            Method::Options => net.reply(key, 200),
            _ => net.reply(key, 405),
        }
        self.wait(net);
    }

    fn left(&mut self, net: &mut Net, key: &Arc<str>, request: &Request) {
        net.reply(key, 200);
        if self.outlives() {
            return;
        }
        self.give_up_leg(net);
        if let Some(invite) = self.invite.clone().filter(|invite| net.is_open(invite)) {
            net.reply(&invite, 487);
        }
        if let Some(pending) = self.pending.take() {
            net.reply(&pending.key, 487);
        }
        let reason = request.headers.get("Reason").unwrap_or_default().to_owned();
        self.tell_end(net, EndedBy::Peer, None, &reason);
    }

    /// The acknowledgement of a 2xx of ours.
    pub(crate) fn acknowledgement(&mut self, net: &mut Net, ack: &Request) {
        let seq = ack.cseq();
        let Some(at) = self.unacknowledged.iter().position(|(known, _)| *known == seq) else { return };
        let (_, key) = self.unacknowledged.remove(at);
        net.acknowledged(&key);
        self.acknowledged = true;
        if self.late.take_if(|late| *late == key).is_some() && self.state == State::Talking {
            if ack.body.is_empty() {
                // An offer without an answer is no session.
                self.lost(net, "the acknowledgement carried no session");
                return;
            }
            net.event(self.id, CallEvent::Answer { sdp: ack.body.clone() });
        }
        if self.state == State::Ending {
            self.send_late_bye(net);
        }
        self.wait(net);
    }
}
