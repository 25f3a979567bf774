//! Layer: real. Calls out over SIP, by a trunk that is a telephone of ours: how they go, and which limits hold.

use std::sync::Arc;
use std::time::Duration;

use tom_server::{Keep, ServerConfig, Token};
use tom_sip::{Ask, Call, Credentials, Incoming, Invitation, Phone, Trunk};
use tom_store::{Options as StoreOptions, Store};

use super::sip_config;
use crate::api::request_with;
use crate::common::desk::{Desk, GREETING};
use crate::common::{PATIENCE, TestServer, config};

pub(crate) const SECRET: &str = "correct-horse-battery";

/// A server that calls out by a trunk: that is the telephone beside it.
async fn caller() -> (TestServer, Phone, Incoming) {
    caller_with(config()).await
}

async fn caller_with(config: ServerConfig) -> (TestServer, Phone, Incoming) {
    let (phone, incoming) = Phone::start(sip_config().signalling).await.unwrap();
    let mut sip = sip_config();
    sip.signalling.trunks.push(Trunk {
        name: "home".into(),
        registrar: phone.listens()[0].1.to_string(),
        username: "line".into(),
        credentials: Some(Credentials { username: "line".into(), password: "secret".into() }),
        register: false,
        ..Trunk::default()
    });
    sip.dial.at_once = 1;
    sip.dial.per_day = 3;
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config };
    (TestServer::with_sip(secret, Desk::default(), sip).await, phone, incoming)
}

pub(crate) async fn dial(server: &TestServer, to: &str) -> (u16, serde_json::Value) {
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let body = serde_json::json!({ "to": to }).to_string();
    let (status, _, body) = request_with(server, "POST", "/api/v1/calls", &token, &body).await;
    (status, serde_json::from_str(&body).unwrap())
}

pub(crate) async fn until_stage(server: &TestServer, id: &str, stage: &str) -> serde_json::Value {
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
async fn nobody_is_called_to_be_asked_to_wait() {
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    let server = TestServer::with_sip(secret, Desk { full: true, ..Desk::default() }, sip_config()).await;
    let (status, body) = dial(&server, "030 12345").await;
    assert_eq!((status, &body["message"]), (503, &"the engines are full".into()), "{body}");
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let (_, _, line) = request_with(&server, "GET", "/api/v1/sip", &token, "").await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["dialled_today"], 0, "it counts for nothing");
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

/// Three calls a day are allowed; two are made before the server goes, one by its successor.
#[tokio::test]
async fn a_days_limit_on_calls_out_outlives_the_server() {
    let home = tempfile::tempdir().unwrap();
    let mut made = 0;
    for more in [2, 1] {
        let store = Arc::new(Store::open(&StoreOptions::new(home.path().join("tom.db"))).unwrap());
        let keeping = ServerConfig { keep: Keep::Open(store), ..config() };
        let (server, _phone, mut incoming) = caller_with(keeping).await;
        let token = format!("Authorization: Bearer {SECRET}\r\n");
        let dialled = async || {
            let (_, _, body) = request_with(&server, "GET", "/api/v1/sip", &token, "").await;
            serde_json::from_str::<serde_json::Value>(&body).unwrap()["dialled_today"].as_u64().unwrap()
        };
        // What was before is known soon after the start, and not only with the next call.
        let known = async {
            while dialled().await != made {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, known).await.expect("the calls of before are never counted");
        for _ in 0..more {
            let (status, body) = dial(&server, "030 12345").await;
            assert_eq!(status, 202, "{body}");
            drop(rings(&mut incoming).await);
            until_stage(&server, body["id"].as_str().unwrap(), "ended").await;
            made += 1;
        }
        assert_eq!(dialled().await, made);
        if made == 3 {
            let (status, body) = dial(&server, "030 12345").await;
            assert!(status == 400 && body["message"].as_str().unwrap().contains("dial.per_day"), "{body}");
        }
    }
}
