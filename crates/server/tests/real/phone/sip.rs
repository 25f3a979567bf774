//! Layer: real. Calls over SIP and RTP: a telephone of another maker, and one of ours that does what it should not.

use std::net::SocketAddr;

use tom_peers::there;
use tom_server::{ServerConfig, Token};
use tom_sip::{Ask, CallEvent, Dial, EndedBy, Phone, Trunk};

use super::baresip::Baresip;
use super::dialling::SECRET;
use super::{call, next, sip_config};
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

/// The caller sends the agent to a colleague at the same telephone system: the conversation goes on there. To a stranger,
/// a costly number or for help it is not sent.
#[tokio::test]
async fn a_caller_may_send_the_agent_to_a_colleague() {
    let mut sip = sip_config();
    sip.signalling.refer = true;
    let server = TestServer::with_sip(config(), Desk::default(), sip).await;
    let (_phone, mut caller) = call(&format!("sip:tom@{}", server.sip[0].1)).await;
    assert!(matches!(next(&mut caller).await, CallEvent::Answered { .. }));
    for bad in ["sip:eve@192.0.2.77", "sip:112@127.0.0.1", "sip:09001@127.0.0.1"] {
        caller.ask(Ask::Transfer { to: bad.into() }).await.unwrap();
        assert_eq!(next(&mut caller).await, CallEvent::Transfer { status: 603 }, "{bad}");
    }
    let (colleague, mut calls) = Phone::start(sip_config().signalling).await.unwrap();
    let there = colleague.listens()[0].1;
    caller.ask(Ask::Transfer { to: format!("sip:22@{there}") }).await.unwrap();
    let (invitation, mut taken) =
        tokio::time::timeout(PATIENCE, calls.next()).await.expect("nobody calls").unwrap();
    assert_eq!(invitation.to.number, "22");
    let answer = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                  m=audio 9 RTP/AVP 8\r\n";
    taken.ask(Ask::Answer(answer.into())).await.unwrap();
    let mut statuses = Vec::new();
    let ended = loop {
        match next(&mut caller).await {
            CallEvent::Transfer { status } => statuses.push(status),
            CallEvent::Ended(ended) => break ended,
            _ => {}
        }
    };
    assert_eq!((ended.by, statuses.last()), (EndedBy::Peer, Some(&200)), "{statuses:?}");
    assert_eq!(server.calls.count(), 1, "one conversation, before and after");
    taken.ask(Ask::Key('7')).await.unwrap();
    taken.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    while !matches!(next(&mut taken).await, CallEvent::Ended(_)) {}
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    assert!(timeline.contains(GREETING) && timeline.contains('7'), "{timeline}");
}

/// One trunk that is never registered, and one whose registrar refuses: `/health` and the metrics tell which and why.
#[tokio::test]
async fn a_trunk_that_fails_is_told_by_name_and_calls_are_taken_all_the_same() {
    // A telephone knows no REGISTER.
    let (phone, _incoming) = Phone::start(sip_config().signalling).await.unwrap();
    let mut sip = sip_config();
    for (name, register) in [("good", false), ("bad", true)] {
        sip.signalling.trunks.push(Trunk {
            name: name.into(),
            registrar: phone.listens()[0].1.to_string(),
            username: "line".into(),
            register,
            ..Trunk::default()
        });
    }
    let server = TestServer::with_sip(config(), Desk::default(), sip).await;
    server.until("it fails", |s| s.metric("tom_sip_trunks{state=\"failed\"}") == 1.0).await;
    server.until("for a second", |s| s.metric("tom_sip_trunk_failing_seconds") >= 1.0).await;
    assert_eq!(server.metric("tom_sip_listens{transport=\"udp\"}"), 1.0);
    assert_eq!(server.metric("tom_sip_listens{transport=\"tls\"}"), 0.0);
    let (status, _, body) = server.get("/health", "").await;
    let health: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &health["status"], &health["ready"]), (200, &"degraded".into(), &true.into()));
    let part = &health["components"]["sip"];
    assert_eq!(part["status"], "degraded");
    assert!(part["detail"].as_str().unwrap().starts_with("trunk bad: 405: "), "{part}");
    let sip = &health["sip"];
    assert_eq!(
        (&sip["listens"][0]["transport"], &sip["trunks"][0]["state"]),
        (&"udp".into(), &"unregistered".into())
    );
    assert_eq!((&sip["trunks"][1]["name"], &sip["trunks"][1]["state"]), (&"bad".into(), &"failed".into()));
    assert!(sip["trunks"][1]["since_seconds"].as_u64().unwrap() >= 1);
    assert_eq!(server.get("/readyz", "").await.0, 200, "who may call, may");
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
    assert_eq!(order("hangup", &format!(r#"{{"reason": "{}"}}"#, "x".repeat(101))).await, 400);
    assert_eq!(order("hangup", r#"{"reason": "Büro \"zu\"\r\nX-Evil: 1"}"#).await, 400);
    assert_eq!(order("hangup", r#"{"reason": "Büro \"zu\""}"#).await, 202);
    let CallEvent::Ended(ended) = next(&mut call).await else { panic!("not ended") };
    assert_eq!(ended.by, EndedBy::Peer);
    assert!(ended.reason.contains(r#"text="Büro zu""#), "{ended:?}");
    let (_phone, mut call) = self::call(&to).await;
    assert!(matches!(next(&mut call).await, CallEvent::Answered { .. }));
    assert_eq!(order("hangup", "").await, 202);
    let CallEvent::Ended(ended) = next(&mut call).await else { panic!("not ended") };
    assert!(ended.reason.contains("agent"), "{ended:?}");
}
