//! Layer: pure. A core, a clock that jumps, and the messages it sends.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::api::{Ask, CallEvent, Dial, Transport};
use crate::core::Core;
use crate::core::io::{Flow, Input, Output};
use crate::options::Options;
use crate::text::headers::Headers;
use crate::text::message::{Message, Request, Response};
use crate::text::parse;

pub(crate) const SDP: &[u8] = b"v=0\r\n";

/// A core under test.
pub(crate) struct Rig {
    pub(crate) core: Core,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<Message>,
    pub(crate) events: Vec<(u64, CallEvent)>,
    pub(crate) incoming: Vec<u64>,
    pub(crate) pings: u32,
    pub(crate) flow: Flow,
}

impl Rig {
    pub(crate) fn new(transport: Transport) -> Self {
        let options = Options {
            listen: vec![(transport, "192.0.2.1:5060".parse().unwrap())],
            allow: vec!["198.51.100.0/24".parse().unwrap()],
            ..Options::default()
        };
        Self::with(options)
    }

    pub(crate) fn with(options: Options) -> Self {
        let now = Instant::now();
        let transport = options.listen[0].0;
        let here: IpAddr = "192.0.2.1".parse().unwrap();
        let flow = Flow { transport, peer: "198.51.100.7:5062".parse().unwrap(), link: 0 };
        let core = Core::new(options, here, now);
        Self { core, now, sent: vec![], events: vec![], incoming: vec![], pings: 0, flow }
    }

    /// Takes out what the core wants.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.core.take() {
            match output {
                Output::Send { bytes, .. } if bytes == b"\r\n\r\n" => self.pings += 1,
                Output::Send { bytes, .. } => self.sent.push(read(&bytes)),
                Output::Incoming(id, _) => self.incoming.push(id),
                Output::Event(id, event) => self.events.push((id, event)),
                Output::Trunk(..) | Output::Locate(..) | Output::Failed(..) => {}
            }
        }
    }

    pub(crate) fn packet(&mut self, text: &str) {
        let bytes = text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        self.core.handle(self.now, Input::Packet(self.flow, bytes));
        self.drain();
    }

    pub(crate) fn ask(&mut self, call: u64, ask: Ask) {
        self.core.handle(self.now, Input::Ask(call, ask));
        self.drain();
    }

    pub(crate) fn dial(&mut self) -> u64 {
        let dial = Dial { to: "sip:bert@198.51.100.7".into(), offer: SDP.to_vec(), ..Dial::default() };
        self.core.handle(self.now, Input::Dial(2, dial));
        self.drain();
        2
    }

    /// Lets time pass, moment by moment.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.core.next().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.core.tick(self.now);
            self.drain();
        }
        self.now = until;
        self.core.tick(until);
        self.drain();
    }

    pub(crate) fn requests(&self, method: &str) -> Vec<&Request> {
        let requests = self.sent.iter().filter_map(|message| match message {
            Message::Request(request) if request.method.name() == method => Some(request),
            _ => None,
        });
        requests.collect()
    }

    /// How many there are of a method, those sent again not counted.
    pub(crate) fn distinct(&self, method: &str) -> usize {
        let seen: std::collections::BTreeSet<_> = self.requests(method).iter().map(|r| r.write()).collect();
        seen.len()
    }

    pub(crate) fn responses(&self) -> Vec<&Response> {
        let responses = self.sent.iter().filter_map(|message| match message {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        });
        responses.collect()
    }

    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.responses().iter().map(|response| response.status).collect()
    }

    /// Answers a request of ours.
    pub(crate) fn answer(&mut self, request: &Request, status: u16, extra: &str, body: &str) {
        let header = |name: &str| request.headers.get(name).unwrap_or_default().to_owned();
        let text = format!(
            "SIP/2.0 {status} Whatever\nVia: {}\nFrom: {}\nTo: {};tag=theirs\nCall-ID: {}\nCSeq: {}\n\
             Contact: <sip:bert@198.51.100.7:5062>\n{extra}Content-Length: {}\n\n{body}",
            header("Via"),
            header("From"),
            header("To").split(";tag=").next().unwrap_or_default(),
            header("Call-ID"),
            header("CSeq"),
            body.len(),
        );
        self.packet(&text);
    }

    /// An INVITE of theirs.
    pub(crate) fn invite(&mut self, extra: &str) {
        let text = theirs("INVITE", 1, "", extra, "v=0");
        self.packet(&text);
    }

    /// A request of theirs inside the call our last answer began.
    pub(crate) fn inside(&mut self, method: &str, seq: u32, extra: &str, body: &str) {
        let to = self.responses().iter().rev().find_map(|r| crate::text::address::tag(r.headers.get("To")?));
        let text = theirs(method, seq, &format!(";tag={}", to.unwrap()), extra, body);
        self.packet(&text);
    }

    /// A call that came in and is answered and acknowledged.
    pub(crate) fn talking(&mut self, extra: &str) -> u64 {
        self.invite(extra);
        let call = self.incoming[0];
        self.ask(call, Ask::Answer(SDP.to_vec()));
        self.inside("ACK", 1, "", "");
        call
    }
}

/// A message of ours. The answer to a broken request repeats what is broken, and is read by its status alone.
fn read(bytes: &[u8]) -> Message {
    parse::message(bytes).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(bytes);
        let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        Message::Response(Response {
            status: status.expect("we write SIP"),
            reason: String::new(),
            headers: Headers::default(),
            body: Vec::new(),
        })
    })
}

/// A request of theirs.
pub(crate) fn theirs(method: &str, seq: u32, to: &str, extra: &str, body: &str) -> String {
    let branch = if method == "ACK" { "ack" } else { "b" };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "{method} sip:tom@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK{branch}{seq}\n\
         From: <sip:anna@198.51.100.7>;tag=hers\nTo: <sip:tom@192.0.2.1>{to}\nCall-ID: one\nCSeq: {seq} {method}\n\
         Contact: <sip:anna@198.51.100.7:5062>\nMax-Forwards: 70\n{extra}{kind}Content-Length: {}\n\n{body}",
        body.len()
    )
}
