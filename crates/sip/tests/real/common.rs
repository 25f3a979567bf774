//! Layer: real. What the tests share: a user agent that does what the called number says, and sipp.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tom_peers::Sipp;
use tom_sip::{Ask, Call, CallEvent, Incoming, Invitation, Options, Phone, Transport};

/// How long anything may take here. A busy machine is slow; nothing waits so long where all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A session of ours.
pub(crate) fn sdp(direction: &str) -> Vec<u8> {
    format!(
        "v=0\r\no=tom 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 8\r\n\
         a=rtpmap:8 PCMA/8000\r\na={direction}\r\n"
    )
    .into_bytes()
}

/// A user agent under test.
pub(crate) struct Agent {
    pub(crate) phone: Phone,
    pub(crate) address: SocketAddr,
    pub(crate) seen: Seen,
    counts: Arc<Mutex<BTreeMap<&'static str, u32>>>,
}

/// What happened on its calls, in order.
pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

/// Options for loopback, where everybody may call.
pub(crate) fn options(transport: Transport) -> Options {
    Options {
        listen: vec![(transport, "127.0.0.1:0".parse().unwrap())],
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        ..Options::default()
    }
}

impl Agent {
    pub(crate) async fn start(mut options: Options) -> Self {
        let counts = Arc::new(Mutex::new(BTreeMap::new()));
        let counted = counts.clone();
        options.count = Arc::new(move |reason| *counted.lock().unwrap().entry(reason).or_default() += 1);
        let (phone, incoming) = Phone::start(options).await.unwrap();
        let address = phone.listens()[0].1;
        let seen = Seen::default();
        tokio::spawn(take_calls(incoming, seen.clone()));
        Self { phone, address, seen, counts }
    }

    /// How often something was refused for a reason.
    pub(crate) fn counted(&self, reason: &str) -> u32 {
        self.counts.lock().unwrap().get(reason).copied().unwrap_or(0)
    }

    /// What has happened on the calls.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until something has happened on a call.
    pub(crate) async fn wait_for(&self, event: &str) {
        let there = async {
            while !self.seen().iter().any(|seen| seen == event) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, there).await;
        assert!(came.is_ok(), "{event:?} never happened: {:?}", self.seen());
    }
}

async fn take_calls(mut incoming: Incoming, seen: Seen) {
    while let Some((invitation, call)) = incoming.next().await {
        tokio::spawn(serve(invitation, call, seen.clone()));
    }
}

/// Does what the called number says.
async fn serve(invitation: Invitation, mut call: Call, seen: Seen) {
    let number = invitation.to.number.clone();
    let note = |text: String| seen.lock().unwrap().push(text);
    note(format!("invited {number}"));
    match &*number {
        "busy" => return refuse(&mut call, 486).await,
        "ring" => call.ask(Ask::Ringing).await.unwrap(),
        "early" => {
            call.ask(Ask::Progress(sdp("sendrecv"))).await.unwrap();
            call.ask(Ask::Answer(sdp("sendrecv"))).await.unwrap();
        }
        _ => {
            call.ask(Ask::Ringing).await.unwrap();
            call.ask(Ask::Answer(sdp("sendrecv"))).await.unwrap();
        }
    }
    match &*number {
        "short" => call.ask(Ask::HangUp { reason: "that is all".into() }).await.unwrap(),
        "holding" => call.ask(Ask::Offer(sdp("sendonly"))).await.unwrap(),
        "transfer" => call.ask(Ask::Transfer { to: "4711".into() }).await.unwrap(),
        _ => {}
    }
    while let Some(event) = call.event().await {
        match event {
            CallEvent::Offer { sdp: offer } => {
                let offer = String::from_utf8_lossy(&offer).into_owned();
                let answer = match () {
                    () if offer.contains("AVP 99") => None,
                    // Takes its time.
                    () if offer.contains("AVP 77") => continue,
                    () if offer.contains("a=sendonly") => Some(sdp("recvonly")),
                    () => Some(sdp("sendrecv")),
                };
                note(format!("offer {}", if answer.is_some() { "taken" } else { "refused" }));
                call.ask(Ask::AnswerOffer(answer)).await.unwrap();
            }
            CallEvent::OfferWanted => call.ask(Ask::AnswerOffer(Some(sdp("sendrecv")))).await.unwrap(),
            CallEvent::Answer { .. } => {
                note("answer".into());
                if number == "follow" {
                    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
                }
            }
            CallEvent::Referred { to, .. } => {
                note(format!("sent to {}", to.number));
                call.ask(Ask::Follow { offer: sdp("sendrecv") }).await.unwrap();
            }
            CallEvent::OfferRefused { status } => note(format!("not there {status}")),
            CallEvent::Key { key } => {
                note(format!("key {key}"));
                if key == '#' {
                    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
                }
            }
            CallEvent::Transfer { status } => {
                note(format!("transfer {status}"));
                if status == 200 {
                    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
                }
            }
            CallEvent::Ended(ended) => note(format!("ended by {}", ended.by.name())),
            other => note(format!("{other:?}")),
        }
    }
}

async fn refuse(call: &mut Call, status: u16) {
    call.ask(Ask::Reject { status, reason: "not now".into(), retry_after: None }).await.unwrap();
    while call.event().await.is_some() {}
}

/// Starts a scenario of `tests/sipp`; further arguments follow.
pub(crate) fn sipp(name: &str, args: &[&str]) -> Sipp {
    let scenario = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sipp/{name}.xml"));
    Sipp::start(&std::fs::read_to_string(scenario).unwrap(), args).unwrap()
}

/// The same, to its end, which has to be a good one.
pub(crate) async fn plays(name: &str, args: &[&str]) {
    sipp(name, args).good().await.unwrap_or_else(|error| panic!("{name}: {error}"));
}
