//! How does a request get its answer, however often either is lost (RFC 3261, 17.2, and RFC 6026)?

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::io::{Flow, Output, Way};
use super::net::Net;
use super::timers::Waiter;
use crate::text::message::{Request, Response};
use crate::text::method::Method;
use crate::text::via::Via;

/// T2 is eight times T1 (RFC 3261, 17.1.2.2).
pub(crate) const T2_IN_T1: u32 = 8;

/// A request that came in, and what was answered.
#[derive(Debug)]
pub(crate) struct ServerTx {
    pub(crate) request: Request,
    pub(crate) flow: Flow,
    /// Our tag of the answers, where the request had none.
    pub(crate) tag: String,
    /// The call it belongs to.
    pub(crate) call: Option<u64>,
    state: State,
    last: Option<Vec<u8>>,
    again: Option<(Instant, Duration)>,
    dies: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No final answer yet.
    Open,
    /// 2xx to an INVITE: sent until the acknowledgement comes.
    Accepted,
    /// Another final answer to an INVITE: sent until the acknowledgement comes.
    Refused,
    /// Answered; requests that come again get the same answer.
    Done,
}

/// What becomes of a request.
pub(crate) enum Arrived {
    /// New: to be worked on, under this key.
    New(Arc<str>),
    /// Seen before; answered again where there is an answer.
    Again,
}

/// What a server transaction says when its moment comes.
pub(crate) enum Expired {
    /// Nothing of interest.
    Quietly,
    /// A 2xx was never acknowledged.
    Unacknowledged(u64),
}

/// The key of a request's transaction; an ACK or CANCEL has that of its INVITE.
pub(crate) fn key(request: &Request) -> Arc<str> {
    let via = request.headers.list("Via").first().and_then(|via| Via::read(via));
    let method = match request.method {
        Method::Ack | Method::Cancel => "INVITE",
        ref other => other.name(),
    };
    let branch = via.as_ref().and_then(Via::branch);
    let place =
        via.as_ref().map(|via| format!("{}:{}", via.host, via.port.unwrap_or(5060))).unwrap_or_default();
    match branch {
        Some(branch) => format!("{branch}|{place}|{method}").into(),
        // RFC 2543 had no unique branches (RFC 3261, 17.2.3).
        None => {
            let id = request.headers.get("Call-ID").unwrap_or_default();
            let from = request.headers.get("From").and_then(crate::text::address::tag).unwrap_or_default();
            format!("2543|{id}|{from}|{}|{place}|{method}", request.cseq()).into()
        }
    }
}

impl Net {
    /// Takes a request in, but for ACK and CANCEL.
    pub(crate) fn arrive(&mut self, request: &Request, flow: Flow) -> Arrived {
        let key = key(request);
        if let Some(tx) = self.servers.get(&key) {
            if let Some(bytes) = tx.last.clone() {
                self.out.push_back(Output::Send { way: Way::Back(tx.flow), bytes, branch: None });
            }
            return Arrived::Again;
        }
        let tx = ServerTx {
            request: request.clone(),
            flow,
            tag: crate::random::hex(12),
            call: None,
            state: State::Open,
            last: None,
            again: None,
            // Whatever nobody answers in three minutes is forgotten.
            dies: Some(self.now + Duration::from_secs(240)),
        };
        self.servers.insert(key.clone(), tx);
        self.wait_server(&key);
        Arrived::New(key)
    }

    /// An answer with the headers every answer of ours has.
    pub(crate) fn draft(&self, key: &Arc<str>, status: u16) -> Option<Response> {
        let tx = self.servers.get(key)?;
        let mut response = tx.request.respond(status, Some(&tx.tag));
        response.headers.push("Server", &*self.options.agent);
        Some(response)
    }

    /// Answers with a status alone.
    pub(crate) fn reply(&mut self, key: &Arc<str>, status: u16) {
        if let Some(response) = self.draft(key, status) {
            self.send_reply(key, &response);
        }
    }

    /// Sends an answer. After a final one every further one is ignored.
    pub(crate) fn send_reply(&mut self, key: &Arc<str>, response: &Response) {
        let (now, t1, patience) = (self.now, self.options.t1, self.patience());
        let Some(tx) = self.servers.get_mut(key).filter(|tx| tx.state == State::Open) else { return };
        let bytes = response.write();
        let stream = tx.flow.transport.is_stream();
        if response.status >= 200 {
            let invite = tx.request.method == Method::Invite;
            (tx.state, tx.again) = match (invite, response.status) {
                // 2xx is sent again over streams too: the acknowledgement comes from end to end.
                (true, 200..=299) => (State::Accepted, Some((now + t1, t1))),
                (true, _) => (State::Refused, (!stream).then_some((now + t1, t1))),
                _ => (State::Done, None),
            };
            let keep = if stream && !invite { Duration::from_secs(1) } else { patience };
            tx.dies = Some(now + keep);
        }
        tx.last = Some(bytes.clone());
        self.out.push_back(Output::Send { way: Way::Back(tx.flow), bytes, branch: None });
        self.wait_server(key);
    }

    /// Whether a request waits for its final answer.
    pub(crate) fn is_open(&self, key: &Arc<str>) -> bool {
        self.servers.get(key).is_some_and(|tx| tx.state == State::Open)
    }

    /// The acknowledgement came: nothing is sent again.
    pub(crate) fn acknowledged(&mut self, key: &Arc<str>) {
        let dies = self.now + self.options.t1 * 10;
        if let Some(tx) = self.servers.get_mut(key).filter(|tx| tx.state != State::Open) {
            tx.state = State::Done;
            tx.again = None;
            tx.dies = Some(dies);
            self.wait_server(key);
        }
    }

    /// The moment of a server transaction has come.
    pub(crate) fn server_due(&mut self, key: &Arc<str>) -> Expired {
        let (now, t2) = (self.now, self.options.t1 * T2_IN_T1);
        let Some(tx) = self.servers.get_mut(key) else { return Expired::Quietly };
        if tx.dies.is_some_and(|at| at <= now) {
            let lost = tx.call.filter(|_| tx.state == State::Accepted);
            self.servers.remove(key);
            return lost.map_or(Expired::Quietly, Expired::Unacknowledged);
        }
        if let (Some((at, wait)), Some(bytes)) = (tx.again, tx.last.clone())
            && at <= now
        {
            let wait = (wait * 2).min(t2);
            tx.again = Some((now + wait, wait));
            self.out.push_back(Output::Send { way: Way::Back(tx.flow), bytes, branch: None });
        }
        self.wait_server(key);
        Expired::Quietly
    }

    fn wait_server(&mut self, key: &Arc<str>) {
        let at =
            self.servers.get(key).and_then(|tx| tx.again.map(|(at, _)| at).into_iter().chain(tx.dies).min());
        self.timers.set(Waiter::Server(key.clone()), at);
    }
}
