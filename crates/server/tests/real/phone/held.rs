//! Layer: real. Somebody outside of the dialogue keeps a caller on hold: music on every line, and nobody listens.

use tom_server::{Join, ServerConfig, Token};
use tom_sip::{Ask, Call, CallEvent, Phone};
use tom_wire::phone::PhoneDialect;

use super::dialling::SECRET;
use super::far::{Far, Got, key, rate};
use super::transfers::{caller_who, person, transfers, wants_a_person};
use super::voice::Voice;
use super::{next, sip_config};
use crate::api::request_with;
use crate::common::desk::Desk;
use crate::common::{PATIENCE, TestServer, config};

fn locked() -> ServerConfig {
    ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() }
}

/// Orders something of the only call: the status, and the code of a refusal.
pub(super) async fn order(server: &TestServer, what: &str, body: &str) -> (u16, String) {
    let path = format!("/api/v1/calls/{}/{what}", server.calls.live()[0].id);
    order_at(server, &path, body).await
}

pub(super) async fn order_at(server: &TestServer, path: &str, body: &str) -> (u16, String) {
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let (status, _, told) = request_with(server, "POST", path, &token, body).await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
    (status, told["error"]["code"].as_str().unwrap_or_default().to_owned())
}

const REFUSED: u16 = 409;

#[tokio::test]
async fn a_caller_by_sip_waits_with_music_and_is_with_the_agent_again() {
    let server = TestServer::with_sip(locked(), Desk::default(), sip_config()).await;
    let near = Voice::new().await;
    let (_theirs, caller) = caller_who(&server, &near, false).await;
    for wrong in ["[]", r#"{"seconds": 0}"#, r#"{"seconds": 3601}"#, r#"{"tune": 1}"#] {
        assert_eq!(order(&server, "hold", wrong).await, (400, "BAD_PARAMETER".into()), "{wrong}");
    }
    assert_eq!(order(&server, "resume", "").await, (REFUSED, "ORDER_REFUSED".into()));
    assert_eq!(order(&server, "hold", r#"{"seconds": 300}"#).await.0, 202);
    server.until("the caller is on hold", |s| s.metric("tom_holds_total") == 1.0).await;
    let before = near.heard();
    server.until("the caller hears music", |_| near.heard() > before + 50).await;
    assert_eq!(order(&server, "hold", "").await, (REFUSED, "ORDER_REFUSED".into()));
    // A voice and a key mean nothing, but the key is told.
    near.speaks(true);
    caller.ask(Ask::Key('4')).await.unwrap();
    let before = near.heard();
    server.until("the music goes on", |_| near.heard() > before + 50).await;
    near.speaks(false);
    let spoken = server.metric("tom_tts_ttfb_seconds_count");
    assert_eq!(order(&server, "resume", "").await.0, 202);
    server.until("the agent speaks", |s| s.metric("tom_tts_ttfb_seconds_count") > spoken).await;
    caller.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    server.until("it is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    for line in ["is to be on hold", "presses 4", "takes the caller off hold", "\"Yes\""] {
        assert!(timeline.contains(line), "{line}: {timeline}");
    }
    assert!(!timeline.contains("You pressed"), "{timeline}");
}

#[tokio::test]
async fn a_caller_on_hold_without_music_comes_back_by_itself() {
    let server = TestServer::with_sip(locked(), Desk::default(), sip_config()).await;
    let near = Voice::new().await;
    let (_theirs, caller) = caller_who(&server, &near, false).await;
    assert_eq!(order(&server, "hold", r#"{"seconds": 1, "music": false}"#).await.0, 202);
    server.until("the agent speaks", |s| s.metric("tom_tts_ttfb_seconds_count") >= 2.0).await;
    caller.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    server.until("it is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    assert!(timeline.contains("has kept the caller on hold for too long"), "{timeline}");
}

#[tokio::test]
async fn callers_of_other_lines_hear_the_music_too() {
    for dialect in [PhoneDialect::Asterisk, PhoneDialect::Twilio] {
        let server = TestServer::start(locked()).await;
        let mut far = Far::connect(&server, dialect).await;
        far.begin(SECRET).await;
        server.until("a call runs", |s| s.calls.count() == 1).await;
        far.hears(std::time::Duration::from_millis(200)).await;
        assert_eq!(order(&server, "hold", "").await.0, 202, "{dialect:?}");
        server.until("the caller is on hold", |s| s.metric("tom_holds_total") == 1.0).await;
        // More than the greeting has, and what is left of that is dropped.
        let mut samples = 0;
        while samples < 6 * rate(dialect) {
            match far.next().await {
                Got::Audio(more) => samples += more,
                Got::Closed | Got::HangUp => panic!("{dialect:?} is hung up on after {samples} samples"),
                Got::Clear | Got::Mark(_) | Got::Other => {}
            }
        }
        far.send(key(dialect, "4")).await;
        assert_eq!(order(&server, "resume", "").await.0, 202, "{dialect:?}");
        server.until("the agent speaks", |s| s.metric("tom_tts_ttfb_seconds_count") >= 2.0).await;
        let id = server.calls.live()[0].id.clone();
        assert_eq!(order_at(&server, &format!("/api/v1/calls/{id}/hangup"), "").await.0, 202);
        server.until("it is over", |s| !s.calls.past().is_empty()).await;
        assert_eq!(order_at(&server, &format!("/api/v1/calls/{id}/hold"), "").await.0, 404, "{dialect:?}");
    }
}

/// A caller and a person who talk through us.
pub(crate) struct Two {
    pub(crate) server: TestServer,
    /// Where the API has the caller's call.
    pub(crate) path: String,
    caller: Call,
    person: Call,
    _voices: (Voice, Voice),
    _phones: (Phone, Phone),
}

pub(crate) async fn two() -> Two {
    let (phone, mut incoming, address) = person().await;
    let mut sip = sip_config();
    sip.transfer.join = Join::Off;
    let server = TestServer::with_sip(locked(), Desk { person: address, ..Desk::default() }, sip).await;
    let (near, far) = (Voice::new().await, Voice::new().await);
    let (theirs, caller) = caller_who(&server, &near, false).await;
    let path = format!("/api/v1/calls/{}", server.calls.live()[0].id);
    wants_a_person(&caller).await;
    let (_, person) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
    person.ask(Ask::Answer(far.sdp.clone())).await.unwrap();
    server.until("they are connected", |s| transfers(s, "attended", "connected") == 1.0).await;
    server.until("the agent has left", |s| s.calls.count() == 0).await;
    Two { server, path, caller, person, _voices: (near, far), _phones: (theirs, phone) }
}

/// The agent has left; the call takes the orders that make sense still.
#[tokio::test]
async fn two_who_talk_through_us_take_keys_and_a_hang_up_and_nothing_else() {
    let Two { server, path, mut caller, mut person, _voices, _phones } = two().await;
    let at = |what: &str| format!("{path}/{what}");
    for (what, body) in [
        ("hold", ""),
        ("resume", ""),
        ("transfer", r#"{"to": "+49301"}"#),
        ("transfer", r#"{"to": "+49301", "mode": "attended"}"#),
    ] {
        assert_eq!(order_at(&server, &at(what), body).await, (REFUSED, "ORDER_REFUSED".into()), "{what}");
    }
    // To the person unless it is said otherwise.
    for (body, key, caller_hears) in [
        (r#"{"keys": "7"}"#, '7', false),
        (r#"{"keys": "8", "to": "person"}"#, '8', false),
        (r#"{"keys": "9", "to": "caller"}"#, '9', true),
    ] {
        assert_eq!(order_at(&server, &at("keys"), body).await.0, 202, "{body}");
        let hears = if caller_hears { &mut caller } else { &mut person };
        loop {
            match next(hears).await {
                CallEvent::Key { key: pressed } => break assert_eq!(pressed, key, "{body}"),
                CallEvent::Ended(ended) => panic!("{ended:?}"),
                _ => {}
            }
        }
    }
    assert_eq!(order_at(&server, &at("hangup"), r#"{"reason": "closing time"}"#).await.0, 202);
    for call in [&mut caller, &mut person] {
        let ended = loop {
            if let CallEvent::Ended(ended) = next(call).await {
                break ended;
            }
        };
        assert!(ended.reason.contains("closing time"), "{ended:?}");
    }
    server
        .until("it is counted", |s| s.metric("tom_sip_calls_total{direction=\"in\",end=\"us\"}") == 1.0)
        .await;
    assert_eq!(order_at(&server, &at("hangup"), "").await.0, 404);
}
