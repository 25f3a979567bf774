//! How does a call end?

use super::ring::plain;
use super::{Call, State};
use crate::api::EndedBy;
use crate::core::net::Net;
use crate::text::message::Response;
use crate::text::method::Method;

impl Call {
    /// We want it to end, however far it is.
    pub(crate) fn hang_up(&mut self, net: &mut Net, reason: &str) {
        match self.state {
            State::Invited => self.reject(net, 480, reason, None),
            State::Calling => self.cancel_dialing(net, EndedBy::Us, reason),
            State::Talking => {
                let alone = self.give_up_leg(net);
                self.tell_end(net, EndedBy::Us, None, reason);
                if alone {
                    return;
                }
                self.state = State::Ending;
                if self.acknowledged {
                    self.send_bye(net, reason);
                } else {
                    // Not before their acknowledgement (RFC 3261, 15).
                    self.bye = Some(reason.to_owned());
                }
            }
            State::Ending | State::Over => {}
        }
        self.wait(net);
    }

    /// Sends the BYE that waited for an acknowledgement.
    pub(super) fn send_late_bye(&mut self, net: &mut Net) {
        if let Some(reason) = self.bye.take() {
            self.send_bye(net, &reason);
        }
    }

    pub(super) fn send_bye(&mut self, net: &mut Net, reason: &str) {
        if let Some(pending) = self.pending.take() {
            net.reply(&pending.key, 487);
        }
        let mut bye = self.dialog.request(Method::Bye);
        if !reason.is_empty() {
            bye.headers.push("Reason", format!("Q.850;cause=16;text=\"{}\"", plain(reason)));
        }
        if self.send(net, bye).is_none() {
            self.state = State::Over;
        }
    }

    /// The other side vanished: say goodbye into the dark.
    pub(super) fn lost(&mut self, net: &mut Net, why: &str) {
        if !matches!(self.state, State::Talking | State::Ending) {
            return;
        }
        self.give_up_leg(net);
        self.tell_end(net, EndedBy::Lost, None, why);
        self.state = State::Ending;
        self.bye = None;
        self.send_bye(net, "");
    }

    /// The answer to our BYE, or none: the call is over either way, but for a challenge we have answered.
    pub(super) fn bye_answered(&mut self, response: Option<&Response>) {
        if response.is_none_or(|response| response.status >= 200) {
            self.state = State::Over;
        }
    }

    /// An answer to a request inside the call tells that the other side knows nothing of it (RFC 3261, 12.2.1.2).
    pub(super) fn check_lost(&mut self, net: &mut Net, response: Option<&Response>) {
        match response.map_or(408, |response| response.status) {
            408 => self.lost(net, "no answer inside the call"),
            481 => self.lost(net, "the other side does not know the call"),
            _ => {}
        }
    }
}
