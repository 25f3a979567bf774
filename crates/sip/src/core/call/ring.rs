//! A call came in: how is it let ring, answered or refused?

use std::sync::Arc;

use super::{Call, OUR_PATIENCE, State};
use crate::api::EndedBy;
use crate::core::dialog::Dialog;
use crate::core::io::Flow;
use crate::core::net::Net;
use crate::text::message::{Request, Response};
use crate::text::method::Method;

impl Call {
    /// The call an INVITE begins.
    pub(crate) fn invited(id: u64, net: &mut Net, key: &Arc<str>, invite: &Request, flow: Flow) -> Self {
        let tag = net.servers.get(key).map(|tx| tx.tag.clone()).unwrap_or_default();
        let mut call = Self::new(id, Dialog::of_invite(net, invite, flow, &tag), true);
        if let Some(tx) = net.servers.get_mut(key) {
            tx.call = Some(id);
        }
        call.invite = Some(key.clone());
        call.rings_until = Some(net.now + OUR_PATIENCE);
        call.peer = super::peer::Peer::of(&invite.headers);
        call.reliable.of_invite(invite);
        call.timer.of_request(net, invite);
        if invite.body.is_empty() {
            call.late = Some(key.clone());
        }
        call.wait(net);
        call
    }

    /// Tells that it rings, with a session for early media or without.
    pub(super) fn ringing(&mut self, net: &mut Net, sdp: Option<Vec<u8>>) {
        let Some(key) = self.invite.clone().filter(|_| self.state == State::Invited) else { return };
        let status = if sdp.is_some() { 183 } else { 180 };
        let Some(mut response) = net.draft(&key, status) else { return };
        self.dress(&mut response);
        if let Some(sdp) = sdp {
            self.sdp = Some(sdp.clone());
            response = response.with_body("application/sdp", sdp);
        }
        self.send_progress(net, &key, response);
    }

    /// Answers it, or as soon as a session told reliably before was confirmed.
    pub(super) fn answer(&mut self, net: &mut Net, sdp: Vec<u8>) {
        let Some(key) = self.invite.clone().filter(|_| self.state == State::Invited) else { return };
        if self.reliable.is_open() {
            self.reliable.answer = Some(sdp);
            return;
        }
        let Some(mut response) = net.draft(&key, 200) else { return };
        self.dress(&mut response);
        self.timer.write_response(&mut response);
        self.sdp = Some(sdp.clone());
        net.send_reply(&key, &response.with_body("application/sdp", sdp));
        self.expect_ack(net, &key);
        self.state = State::Talking;
        self.rings_until = None;
        self.timer.start(net.now);
    }

    /// Refuses it.
    pub(super) fn reject(&mut self, net: &mut Net, status: u16, reason: &str, retry_after: Option<u32>) {
        let Some(key) = self.invite.clone().filter(|_| self.state == State::Invited) else { return };
        let status = if (300..700).contains(&status) { status } else { 480 };
        if let Some(mut response) = net.draft(&key, status) {
            if !reason.is_empty() {
                response.headers.push("Reason", format!("SIP;cause={status};text=\"{}\"", plain(reason)));
            }
            if let Some(seconds) = retry_after {
                response.headers.push("Retry-After", seconds.to_string());
            }
            net.send_reply(&key, &response);
        }
        self.tell_end(net, EndedBy::Us, Some(status), reason);
    }

    /// The caller gave up before our answer.
    pub(crate) fn cancelled(&mut self, net: &mut Net) {
        let Some(key) = self.invite.clone().filter(|_| self.state == State::Invited) else { return };
        net.reply(&key, 487);
        self.tell_end(net, EndedBy::Cancelled, Some(487), "");
        self.wait(net);
    }

    /// Our 2xx was never acknowledged (RFC 3261, 13.3.1.4).
    pub(crate) fn unacknowledged(&mut self, net: &mut Net) {
        self.lost(net, "no acknowledgement");
        self.wait(net);
    }

    /// What answers to an INVITE of a dialog carry.
    pub(super) fn dress(&self, response: &mut Response) {
        response.headers.push("Contact", &*self.dialog.contact);
        response.headers.push("Allow", Method::ALLOW);
        response.headers.push("Supported", "timer, 100rel, replaces");
        response.headers.push("X-TOM-AI", "1");
    }
}

/// Text that may stand between quotes.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').take(100).collect()
}
