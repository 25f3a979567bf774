//! Layer: real. Calls over SIP and RTP: a telephone of another maker, and one of ours that does what it should not.

use std::net::SocketAddr;
use std::time::Duration;

use tom_server::{ServerConfig, Token};
use tom_sip::{Ask, Call, CallEvent, Credentials, Dial, EndedBy, Incoming, Invitation, Phone, Trunk};

use super::baresip::{Baresip, there};
use super::{call, sip_config};
use crate::api::request_with;
use crate::common::desk::{Desk, GREETING};
use crate::common::{PATIENCE, TestServer, config, ears};

async fn server(desk: Desk) -> (TestServer, SocketAddr) {
    let server = TestServer::with_sip(config(), desk, sip_config()).await;
    let address = server.sip[0].1;
    (server, address)
}

/// Silence, then a word.
fn speech(word: &str) -> Vec<i16> {
    let mut pcm = vec![0; 8 * 8_000];
    pcm.extend(ears::word(word, 8_000));
    pcm.extend(vec![0; 60 * 8_000]);
    pcm
}

#[tokio::test]
async fn a_telephone_of_another_maker_holds_a_conversation() {
    if !there("baresip") {
        return;
    }
    let (server, address) = server(Desk { ears: true, ..Desk::default() }).await;
    let mut baresip = Baresip::start(&speech("hello")).await;
    baresip.command("dial", &format!("sip:tom@{address}")).await;
    server.until("the call is up", |s| s.calls.count() == 1).await;
    assert_eq!(server.calls.live()[0].transport.as_str(), "sip");
    // The greeting, and the answer to the word.
    server.until("it was answered", |s| s.metric("tom_tts_ttfb_seconds_count") >= 2.0).await;
    // On hold and back: the conversation goes on.
    baresip.command("hold", "").await;
    baresip.command("resume", "").await;
    baresip.command("sndcode", "5").await;
    server.until("the key was answered", |s| s.metric("tom_tts_ttfb_seconds_count") >= 3.0).await;
    baresip.command("hangup", "").await;
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    for said in [GREETING, "You said hello", "You pressed 5"] {
        assert!(timeline.contains(said), "{said}: {timeline}\n{}", baresip.log());
    }
    server
        .until("it is counted", |s| s.metric("tom_sip_calls_total{direction=\"in\",end=\"peer\"}") == 1.0)
        .await;
    assert!(server.metric("tom_rtp_packets_total{direction=\"received\"}") > 100.0);
    assert_eq!(server.metric("tom_rtp_rejected_total{reason=\"rtcp\"}"), 0.0, "its reports are understood");
    assert_eq!(server.metric("tom_rtp_calls_total{codec=\"pcma\"}"), 1.0);
    assert_eq!(server.metric("tom_sip_setup_seconds_count{direction=\"in\"}"), 1.0);
}

async fn next(call: &mut Call) -> CallEvent {
    tokio::time::timeout(PATIENCE, call.event()).await.expect("nothing happens").expect("it is over")
}

#[tokio::test]
async fn a_call_for_help_is_not_swallowed() {
    let (server, address) = server(Desk::default()).await;
    for number in ["112", "+49110"] {
        let (_phone, mut call) = call(&format!("sip:{number}@{address}")).await;
        let event = next(&mut call).await;
        assert!(matches!(&event, CallEvent::Ended(ended) if ended.status == Some(503)), "{event:?}");
    }
    assert_eq!(server.metric("tom_blocked_dial_attempts_total{reason=\"emergency\"}"), 2.0);
    assert_eq!(server.calls.count(), 0);
}

#[tokio::test]
async fn hold_goes_through_and_the_agent_hangs_up_when_the_server_stops() {
    let (server, address) = server(Desk::default()).await;
    let (_phone, mut call) = call(&format!("sip:tom@{address}")).await;
    let CallEvent::Answered { sdp: Some(sdp) } = next(&mut call).await else { panic!("not answered") };
    assert!(String::from_utf8_lossy(&sdp).contains("PCMA/8000"));
    let hold = "v=0\r\no=a 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                m=audio 9 RTP/AVP 8\r\na=sendonly\r\n";
    call.ask(Ask::Offer(hold.into())).await.unwrap();
    let CallEvent::Answer { sdp } = next(&mut call).await else { panic!("no answer to the hold") };
    assert!(String::from_utf8_lossy(&sdp).contains("a=recvonly"));
    let unusable = hold.replace("AVP 8", "AVP 99");
    call.ask(Ask::Offer(unusable.into())).await.unwrap();
    assert_eq!(next(&mut call).await, CallEvent::OfferRefused { status: 488 });
    server.stop.gently.cancel();
    let CallEvent::Ended(ended) = next(&mut call).await else { panic!("not ended") };
    assert_eq!(ended.by, EndedBy::Peer);
    assert!(ended.reason.contains("drain"), "{ended:?}");
}

#[tokio::test]
async fn what_is_no_session_and_full_servers_are_refused() {
    let mut few = config();
    few.limits.max_calls = 1;
    let server = TestServer::with_sip(few, Desk::default(), sip_config()).await;
    let to = format!("sip:tom@{}", server.sip[0].1);
    let (phone, mut first) = call(&to).await;
    assert!(matches!(next(&mut first).await, CallEvent::Answered { .. }));
    let (_other, mut second) = call(&to).await;
    let event = next(&mut second).await;
    assert!(matches!(&event, CallEvent::Ended(ended) if ended.status == Some(503)), "{event:?}");
    first.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    server.until("the first is over", |s| s.calls.count() == 0).await;
    // The signalling is told now and then; whoever asks right away may still hear that it is full.
    for (offer, status) in [
        ("v=0\r\nnonsense", 400),
        (
            "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 99\r\na=rtpmap:99 none/8000\r\n",
            488,
        ),
    ] {
        let told = async {
            loop {
                let dial = Dial { to: to.clone(), offer: offer.into(), ..Dial::default() };
                let mut call = phone.dial(dial).await.unwrap();
                match next(&mut call).await {
                    CallEvent::Ended(ended) if ended.status == Some(503) => {}
                    CallEvent::Ended(ended) => return ended.status,
                    other => panic!("{other:?}"),
                }
            }
        };
        assert_eq!(tokio::time::timeout(PATIENCE, told).await.unwrap(), Some(status));
    }
}

const SECRET: &str = "correct-horse-battery";

/// A server that calls out by a trunk: that is the telephone beside it.
async fn caller() -> (TestServer, Phone, Incoming) {
    let (phone, incoming) = Phone::start(sip_config().signalling).await.unwrap();
    let mut sip = sip_config();
    sip.signalling.trunks.push(Trunk {
        name: "home".into(),
        registrar: phone.listens()[0].1.to_string(),
        username: "line".into(),
        credentials: Some(Credentials { username: "line".into(), password: "secret".into() }),
        register: false,
        expires: Duration::from_secs(600),
    });
    sip.dial.at_once = 1;
    sip.dial.per_day = 3;
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    (TestServer::with_sip(secret, Desk::default(), sip).await, phone, incoming)
}

async fn dial(server: &TestServer, to: &str) -> (u16, serde_json::Value) {
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let body = serde_json::json!({ "to": to }).to_string();
    let (status, _, body) = request_with(server, "POST", "/api/v1/calls", &token, &body).await;
    (status, serde_json::from_str(&body).unwrap())
}

async fn until_stage(server: &TestServer, id: &str, stage: &str) -> serde_json::Value {
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let wait = async {
        loop {
            let path = format!("/api/v1/dials/{id}");
            let (_, _, body) = request_with(server, "GET", &path, &token, "").await;
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            if body["stage"] == stage {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never {stage}"))
}

async fn rings(incoming: &mut Incoming) -> (Invitation, Call) {
    tokio::time::timeout(PATIENCE, incoming.next()).await.expect("nobody calls").unwrap()
}

#[tokio::test]
async fn we_call_somebody_and_hold_a_conversation() {
    let (server, _phone, mut incoming) = caller().await;
    let (status, body) = dial(&server, "+49 30 12345").await;
    assert_eq!(status, 202, "{body}");
    let id = body["id"].as_str().unwrap().to_owned();
    let (invitation, call) = rings(&mut incoming).await;
    assert_eq!((&*invitation.to.number, &*invitation.from.number), ("+493012345", "line"));
    assert_eq!(invitation.header("X-TOM-AI"), Some("1"));
    call.ask(Ask::Ringing).await.unwrap();
    until_stage(&server, &id, "ringing").await;
    // One call at once is the limit here.
    let (status, body) = dial(&server, "+49 30 12345").await;
    assert!(status == 400 && body["message"].as_str().unwrap().contains("dial.at_once"), "{body}");
    let answer = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                  m=audio 9 RTP/AVP 0\r\n";
    call.ask(Ask::Answer(answer.into())).await.unwrap();
    until_stage(&server, &id, "answered").await;
    server.until("it is a call like others", |s| s.calls.count() == 1).await;
    assert_eq!(server.calls.live()[0].id.as_str(), id);
    server.until("the greeting is spoken", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    let over = until_stage(&server, &id, "ended").await;
    assert_eq!(over["end"], "peer");
    server.until("it is kept", |s| !s.calls.past().is_empty()).await;
    assert!(server.calls.past()[0].timeline.contains(GREETING));
    assert_eq!(server.metric("tom_sip_calls_total{direction=\"out\",end=\"peer\"}"), 1.0);
}

#[tokio::test]
async fn calls_out_that_fail_say_how_and_limits_hold() {
    let (server, _phone, mut incoming) = caller().await;
    for (status, end) in [(486, "busy"), (603, "declined")] {
        let (_, body) = dial(&server, "030 12345").await;
        let (_, call) = rings(&mut incoming).await;
        call.ask(Ask::Reject { status, reason: String::new(), retry_after: None }).await.unwrap();
        let over = until_stage(&server, body["id"].as_str().unwrap(), "ended").await;
        assert_eq!((&over["end"], &over["status"]), (&end.into(), &status.into()));
    }
    let (_, body) = dial(&server, "030 12345").await;
    let (_, call) = rings(&mut incoming).await;
    drop(call);
    until_stage(&server, body["id"].as_str().unwrap(), "ended").await;
    let (status, body) = dial(&server, "030 12345").await;
    assert!(status == 400 && body["message"].as_str().unwrap().contains("dial.per_day"), "{body}");
    for number in ["0900 1", "+1 212 5550100", "112", "sip:x@y"] {
        assert_eq!(dial(&server, number).await.0, 400, "{number}");
    }
    for reason in ["dial_denied", "dial_prefix", "dial_emergency", "dial_number", "dial_per_day"] {
        assert_eq!(
            server.metric(&format!("tom_blocked_dial_attempts_total{{reason=\"{reason}\"}}")),
            1.0,
            "{reason}"
        );
    }
    assert_eq!(server.calls.count(), 0);
}

#[tokio::test]
async fn a_running_call_presses_keys_goes_to_somebody_else_and_ends_on_order() {
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    let server = TestServer::with_sip(secret, Desk::default(), sip_config()).await;
    let to = format!("sip:tom@{}", server.sip[0].1);
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let order = async |what: &str, body: &str| {
        let id = server.calls.live()[0].id.clone();
        let path = format!("/api/v1/calls/{id}/{what}");
        request_with(&server, "POST", &path, &token, body).await.0
    };
    let (_phone, mut call) = call(&to).await;
    assert!(matches!(next(&mut call).await, CallEvent::Answered { .. }));
    // This telephone takes no keys in its audio: they come in the signalling.
    assert_eq!(order("keys", r#"{"keys": "4#"}"#).await, 202);
    assert_eq!(next(&mut call).await, CallEvent::Key { key: '4' });
    assert_eq!(next(&mut call).await, CallEvent::Key { key: '#' });
    // It does not let itself be transferred; the call goes on.
    assert_eq!(order("transfer", r#"{"to": "+49 30 1"}"#).await, 202);
    assert_eq!(order("keys", r#"{"keys": "5"}"#).await, 202);
    assert_eq!(next(&mut call).await, CallEvent::Key { key: '5' });
    assert_eq!(order("hangup", "").await, 202);
    let CallEvent::Ended(ended) = next(&mut call).await else { panic!("not ended") };
    assert_eq!(ended.by, EndedBy::Peer);
    assert!(ended.reason.contains("agent"), "{ended:?}");
}
