//! How does the user agent answer to messages, wishes and time, without sockets or a clock of its own?
//!
//! The core is a state machine: [`Core::handle`] takes what happened and when, [`Core::take`] gives what is to be
//! done, [`Core::next`] says when it wants to be called again. Sockets, names and tasks are the shell's.

mod call;
mod client;
mod dialog;
mod door;
pub(crate) mod io;
pub(crate) mod net;
mod places;
mod server;
mod source;
mod timers;
pub(crate) mod trunk;
pub(crate) mod uplink;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use call::{Call, State};
use door::Refusals;
use io::{Flow, Input, Output};
use net::Net;
use server::{Arrived, Expired};
use source::note_source;
use timers::Waiter;
use trunk::Line;

use crate::api::{Ask, CallEvent, Dial};
use crate::options::{Options, reason_of};
use crate::text::check;
use crate::text::message::{self, Message, Request, Response};
use crate::text::method::Method;
use crate::text::parse::{self, Bad};
use crate::text::via::Via;

/// The user agent.
pub(crate) struct Core {
    net: Net,
    calls: HashMap<u64, Call>,
    lines: Vec<Option<Line>>,
    next_call: u64,
    /// No new calls.
    closed: bool,
    refusals: Refusals,
}

impl Core {
    /// A user agent that begins to register its trunks. `default_ip`: ours, where we listen on all.
    pub(crate) fn new(options: Options, default_ip: IpAddr, now: Instant) -> Self {
        let mut net = Net::new(options, default_ip, now);
        let lines = (0..net.options.trunks.len()).map(|at| Line::start(at, &mut net)).collect();
        // Calls that come in have odd numbers, those we make even ones, which the shell gives.
        Self { net, calls: HashMap::new(), lines, next_call: 1, closed: false, refusals: Refusals::new(now) }
    }

    /// What is to be done next.
    pub(crate) fn take(&mut self) -> Option<Output> {
        self.net.out.pop_front()
    }

    /// When to call [`Core::tick`] at the latest.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.net.timers.next()
    }

    /// Whether nothing is left to be said: no call, and no request of ours without an answer.
    pub(crate) fn is_idle(&self) -> bool {
        self.calls.is_empty() && !self.net.asks()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.net.now = self.net.now.max(now);
        while let Some(waiter) = self.net.timers.pop(self.net.now) {
            match waiter {
                Waiter::Server(key) => {
                    if let Expired::Unacknowledged(id) = self.net.server_due(&key) {
                        self.with_call(id, |call, net| call.unacknowledged(net));
                    }
                }
                Waiter::Client(branch) => {
                    if let Some(answer) = self.net.client_due(&branch) {
                        self.answered(answer);
                    }
                }
                Waiter::Call(id) => self.with_call(id, |call, net| call.due(net)),
                Waiter::Trunk(at) => {
                    if let Some(line) = self.lines.get_mut(at).and_then(Option::as_mut) {
                        line.due(&mut self.net);
                    }
                }
            }
        }
    }

    /// Takes in what happened.
    pub(crate) fn handle(&mut self, now: Instant, input: Input) {
        self.tick(now);
        match input {
            Input::Packet(flow, bytes) => self.packet(flow, &bytes),
            Input::Unsent(branch, why) => {
                if let Some(answer) = self.net.unsent(&branch, why) {
                    self.answered(answer);
                }
            }
            Input::Located(seek, found) => self.located(&seek, &found),
            Input::Ask(id, ask) => self.with_call(id, |call, net| call.ask(net, ask)),
            Input::Join(id, with) => {
                let partner = self.calls.get(&with).and_then(Call::partner);
                self.with_call(id, |call, net| call.join(net, partner));
            }
            Input::Dropped(id) => {
                self.with_call(id, |call, net| call.ask(net, Ask::HangUp { reason: String::new() }))
            }
            Input::Dial(id, dial) => self.dial(id, dial),
            Input::Closed(closed) => self.closed = closed,
            Input::Leave => self.leave(),
        }
    }

    fn dial(&mut self, id: u64, dial: Dial) {
        match Call::dial(id, &mut self.net, dial) {
            Ok(call) => {
                self.calls.insert(id, call);
            }
            Err(ended) => self.net.event(id, CallEvent::Ended(ended)),
        }
    }

    fn leave(&mut self) {
        self.closed = true;
        let ids: Vec<u64> = self.calls.keys().copied().collect();
        for id in ids {
            self.with_call(id, |call, net| call.hang_up(net, "the server stops"));
        }
        for line in self.lines.iter_mut().flatten() {
            line.leave(&mut self.net);
        }
    }

    fn packet(&mut self, flow: Flow, bytes: &[u8]) {
        match parse::message(bytes) {
            Ok(Message::Response(response)) => self.response(response, flow),
            Ok(Message::Request(mut request)) => {
                note_source(&mut request, flow);
                self.request(&request, flow);
            }
            Err(Bad::Noise) => self.net.count("noise"),
            Err(Bad::Request(request, status, why)) => {
                let mut request = *request;
                // Who has no Via, or is a stranger, gets silence.
                if request.headers.get("Via").is_none() || !self.may_call(flow.peer.ip()) {
                    self.net.count(reason_of(status));
                    return;
                }
                note_source(&mut request, flow);
                self.net.refuse_once(&request, flow, &check::Fault { status, why, header: None });
            }
        }
    }

    fn response(&mut self, response: Response, flow: Flow) {
        let via = response.headers.list("Via").first().and_then(|via| Via::read(via));
        let branch = via.as_ref().and_then(Via::branch).map(str::to_owned);
        let (Some(branch), Some((_, method))) = (branch, message::cseq(&response.headers)) else {
            self.net.count("stray_response");
            return;
        };
        match self.net.answered(response, &branch, &method, flow) {
            Some(answer) => self.answered(answer),
            None => self.net.count("stray_response"),
        }
    }

    fn request(&mut self, request: &Request, flow: Flow) {
        if request.headers.get("Via").is_none() {
            // Nobody could tell whose answer it is.
            self.net.count("malformed");
            return;
        }
        let known = self.dialog_of(request);
        if known.is_none() && !self.may_call(flow.peer.ip()) {
            let fault = check::Fault { status: 403, why: "not_allowed", header: None };
            if self.refusals.one_more(self.net.now) {
                self.net.refuse_once(request, flow, &fault);
            } else {
                self.net.count(reason_of(fault.status));
            }
            return;
        }
        match request.method {
            Method::Ack => return self.acknowledged(request, known),
            Method::Cancel => return self.cancelled(request, flow),
            _ => {}
        }
        if let Err(fault) = check::request(request) {
            self.net.refuse_once(request, flow, &fault);
            return;
        }
        let key = match self.net.arrive(request, flow) {
            Arrived::New(key) => key,
            Arrived::Again => return,
        };
        let inside = request.headers.get("To").and_then(crate::text::address::tag).is_some();
        match (known, &request.method) {
            (Some(id), _) => self.with_call(id, |call, net| call.within(net, &key, request)),
            (None, _) if inside => self.net.reply(&key, 481),
            (None, Method::Invite) => self.invite(&key, request, flow),
            (None, Method::Options) if self.closed => self.unavailable(&key),
            (None, Method::Options) => self.options(&key),
            (None, Method::Notify) => self.net.reply(&key, 489),
            (None, Method::Refer) => self.net.reply(&key, 603),
            (None, _) => self.net.reply(&key, 481),
        }
    }

    fn options(&mut self, key: &std::sync::Arc<str>) {
        let Some(mut response) = self.net.draft(key, 200) else { return };
        response.headers.push("Allow", Method::ALLOW);
        response.headers.push("Accept", "application/sdp");
        response.headers.push("Supported", "timer, 100rel, replaces");
        self.net.send_reply(key, &response);
    }

    /// The call a request belongs to.
    fn dialog_of(&self, request: &Request) -> Option<u64> {
        let tag = request.headers.get("To").and_then(crate::text::address::tag)?;
        let call_id = request.headers.get("Call-ID")?.to_owned();
        let id = *self.net.dialogs.get(&(call_id, tag))?;
        self.calls.get(&id).filter(|call| call.is_theirs(request)).map(|call| call.id)
    }

    fn acknowledged(&mut self, ack: &Request, known: Option<u64>) {
        // That of a refusal has the INVITE's branch, that of a 2xx has its own and is found by its dialog.
        let key = server::key(ack);
        if let Some(id) = known {
            self.with_call(id, |call, net| call.acknowledgement(net, ack));
        }
        self.net.acknowledged(&key);
    }

    fn cancelled(&mut self, cancel: &Request, flow: Flow) {
        if let Err(fault) = check::request(cancel) {
            self.net.refuse_once(cancel, flow, &fault);
            return;
        }
        let invite = server::key(cancel);
        let Some((tag, call)) = self.net.servers.get(&invite).map(|tx| (tx.tag.clone(), tx.call)) else {
            self.net.refuse_once(
                cancel,
                flow,
                &check::Fault { status: 481, why: "a CANCEL of nothing", header: None },
            );
            return;
        };
        let bytes = cancel.respond(200, Some(&tag)).write();
        self.net.out.push_back(Output::Send { way: io::Way::Back(flow), bytes, branch: None });
        if let Some(id) = call {
            self.with_call(id, |call, net| call.cancelled(net));
        }
    }

    /// Works on a call, and forgets it when it is over.
    fn with_call(&mut self, id: u64, work: impl FnOnce(&mut Call, &mut Net)) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        work(call, &mut self.net);
        if call.state == State::Over
            && let Some(call) = self.calls.remove(&id)
        {
            self.net.timers.set(Waiter::Call(id), None);
            self.net.dialogs.remove(&(call.dialog.call_id, call.dialog.local_tag));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
