//! How does one know that the news of ringing arrived (100rel, RFC 3262)?

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Call, State};
use crate::api::EndedBy;
use crate::core::io::{Output, Way};
use crate::core::net::Net;
use crate::text::message::{Request, Response};
use crate::text::method::Method;

/// What both sides know of reliable progress.
#[derive(Debug, Default)]
pub(crate) struct Reliable {
    required: bool,
    supported: bool,
    /// The number of the last one, of ours or, in a call we make, of theirs.
    number: u32,
    open: Option<Open>,
    /// The final answer that waits for the confirmation.
    pub(super) answer: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Open {
    bytes: Vec<u8>,
    again: Instant,
    wait: Duration,
    dies: Instant,
}

impl Reliable {
    pub(super) fn of_invite(&mut self, invite: &Request) {
        self.required = invite.headers.lists("Require", "100rel");
        self.supported = self.required || invite.headers.lists("Supported", "100rel");
    }

    /// Whether one waits for its confirmation.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.again.min(open.dies))
    }
}

impl Call {
    /// Sends progress: reliably where that is required, or where it carries a session and is possible.
    pub(super) fn send_progress(&mut self, net: &mut Net, key: &Arc<str>, mut response: Response) {
        let wanted = self.reliable.required || (self.reliable.supported && !response.body.is_empty());
        if !wanted {
            net.send_reply(key, &response);
            return;
        }
        if self.reliable.is_open() {
            // One at a time (RFC 3262, 3); ringing twice tells nothing new.
            return;
        }
        self.reliable.number = match self.reliable.number {
            0 => 1 + u32::try_from(crate::random::number() % 1_000_000).unwrap_or(0),
            number => number + 1,
        };
        response.headers.push("Require", "100rel");
        response.headers.push("RSeq", self.reliable.number.to_string());
        let t1 = net.options.t1;
        let dies = net.now + net.patience();
        self.reliable.open = Some(Open { bytes: response.write(), again: net.now + t1, wait: t1, dies });
        net.send_reply(key, &response);
    }

    /// They confirm (PRACK).
    pub(super) fn confirm(&mut self, net: &mut Net, key: &Arc<str>, prack: &Request) {
        let invite = self.invite.as_ref().and_then(|key| net.servers.get(key)).map(|tx| tx.request.cseq());
        let named =
            prack.headers.get("RAck").map(|value| value.split_whitespace().map(str::to_owned).collect());
        let named: Vec<String> = named.unwrap_or_default();
        let fits = match &*named {
            [number, seq, method] => {
                number.parse() == Ok(self.reliable.number) && seq.parse().ok() == invite && method == "INVITE"
            }
            _ => false,
        };
        if !fits || !self.reliable.is_open() {
            net.reply(key, 481);
            return;
        }
        self.reliable.open = None;
        // An offer inside a confirmation is left to an UPDATE.
        net.reply(key, if prack.body.is_empty() { 200 } else { 488 });
        if let Some(sdp) = self.reliable.answer.take() {
            self.answer(net, sdp);
        }
    }

    /// Sends what is not confirmed again, and gives up in the end.
    pub(super) fn reliable_due(&mut self, net: &mut Net) {
        let Some(open) = &mut self.reliable.open else { return };
        let Some(key) = self.invite.clone().filter(|_| self.state == State::Invited) else {
            self.reliable.open = None;
            return;
        };
        if open.dies <= net.now {
            net.reply(&key, 504);
            self.tell_end(net, EndedBy::Lost, Some(504), "progress was never confirmed");
            return;
        }
        if open.again <= net.now {
            open.wait *= 2;
            open.again = net.now + open.wait;
            let bytes = open.bytes.clone();
            if let Some(flow) = net.servers.get(&key).map(|tx| tx.flow) {
                net.out.push_back(Output::Send { way: Way::Back(flow), bytes, branch: None });
            }
        }
    }

    /// Confirms progress of a call we make. False: it came before, or out of order.
    pub(super) fn confirm_progress(&mut self, net: &mut Net, response: &Response) -> bool {
        let Some(number) = response.headers.number("RSeq") else { return true };
        if !response.headers.lists("Require", "100rel") {
            return true;
        }
        if self.reliable.number != 0 && number != self.reliable.number + 1 {
            return false;
        }
        self.reliable.number = number;
        let invite = crate::text::message::cseq(&response.headers).map_or(0, |(number, _)| number);
        let mut prack = self.dialog.request(Method::Prack);
        prack.headers.push("RAck", format!("{number} {invite} INVITE"));
        self.send(net, prack);
        true
    }
}
