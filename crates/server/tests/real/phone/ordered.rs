//! Layer: real. Somebody outside of the dialogue puts a caller through to a person: called by us, told, joined.

use tom_server::{ServerConfig, Token};
use tom_sip::{Ask, Call, CallEvent, Dial, Incoming, Phone, Trunk};
use tom_turn::EndReason;

use super::dialling::SECRET;
use super::transfers::{caller_who, person, transfers};
use super::voice::Voice;
use super::{next, sip_config};
use crate::api::request_with;
use crate::common::desk::Desk;
use crate::common::{PATIENCE, TestServer, config};

const TOLD: &str = "A man who asks for the third time";

/// A server whose only trunk leads to a person's telephone.
async fn server(desk: Desk) -> (TestServer, Phone, Incoming) {
    let (phone, incoming, _) = person().await;
    let mut sip = sip_config();
    sip.signalling.trunks.push(Trunk {
        name: "line".into(),
        registrar: phone.listens()[0].1.to_string(),
        username: "line".into(),
        register: false,
        ..Trunk::default()
    });
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    (TestServer::with_sip(secret, desk, sip).await, phone, incoming)
}

async fn order(server: &TestServer, body: &str) -> u16 {
    let path = format!("/api/v1/calls/{}/transfer", server.calls.live()[0].id);
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    request_with(server, "POST", &path, &token, body).await.0
}

async fn rings(incoming: &mut Incoming) -> Call {
    let (invitation, taken) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
    assert_eq!(invitation.to.number, "+493012345");
    taken
}

#[tokio::test]
async fn a_caller_is_put_through_while_the_agent_speaks() {
    for summary in [Some(TOLD), None] {
        let (server, _phone, mut incoming) = server(Desk::long_winded()).await;
        let (near, far) = (Voice::new().await, Voice::new().await);
        let (theirs, _) = Phone::start(sip_config().signalling).await.unwrap();
        let to = format!("sip:tom@{}", server.sip[0].1);
        let dial = Dial { to, offer: near.sdp.clone(), ..Dial::default() };
        let mut caller = theirs.dial(dial).await.unwrap();
        assert!(matches!(next(&mut caller).await, CallEvent::Answered { .. }));
        server.until("the agent speaks", |_| near.heard() > 25).await;
        let summary = summary.map(|text| format!(", \"summary\": \"{text}\"")).unwrap_or_default();
        let body = format!("{{\"to\": \"+49 30 12345\", \"mode\": \"attended\"{summary}}}");
        assert_eq!(order(&server, &body).await, 202);
        let mut person = rings(&mut incoming).await;
        person.ask(Ask::Answer(far.sdp.clone())).await.unwrap();
        server.until("they are connected", |s| transfers(s, "attended", "connected") == 1.0).await;
        server.until("the agent has left", |s| s.calls.count() == 0).await;
        let reports = server.calls.past();
        let own = reports.iter().find(|report| report.reason == EndReason::Transferred);
        assert!(own.is_some_and(|own| own.timeline.contains("is to go to a person")), "{reports:?}");
        let told = reports.iter().any(|report| report.timeline.contains(TOLD));
        assert_eq!(told, !summary.is_empty(), "{reports:?}");
        caller.ask(Ask::Key('5')).await.unwrap();
        while !matches!(next(&mut person).await, CallEvent::Key { key: '5' }) {}
        caller.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        while !matches!(next(&mut person).await, CallEvent::Ended(_)) {}
    }
}

#[tokio::test]
async fn who_is_not_put_through_is_with_the_agent_again() {
    let (server, _phone, mut incoming) = server(Desk::default()).await;
    let near = Voice::new().await;
    let (_theirs, caller) = caller_who(&server, &near, false).await;
    for wrong in [
        r#"{"to": "+49 30 12345", "mode": "warm"}"#,
        r#"{"to": "+49 30 12345", "summary": "who it is"}"#,
        r#"{"to": "0900 1", "mode": "attended"}"#,
        r#"{"to": "112", "mode": "attended"}"#,
    ] {
        assert_eq!(order(&server, wrong).await, 400, "{wrong}");
    }
    let long = format!(r#"{{"to": "+49 30 12345", "mode": "attended", "summary": "{}"}}"#, "x".repeat(501));
    assert_eq!(order(&server, &long).await, 400);
    assert_eq!(order(&server, r#"{"to": "+49 30 12345", "mode": "attended"}"#).await, 202);
    let person = rings(&mut incoming).await;
    // One at a time.
    assert_eq!(order(&server, r#"{"to": "+49 30 12345", "mode": "attended"}"#).await, 202);
    person.ask(Ask::Reject { status: 486, reason: String::new(), retry_after: None }).await.unwrap();
    server.until("they are busy", |s| transfers(s, "attended", "busy") == 1.0).await;
    caller.ask(Ask::Key('4')).await.unwrap();
    server.until("the agent answers", |s| s.metric("tom_tts_ttfb_seconds_count") >= 3.0).await;
    caller.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    server.until("it is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    assert!(timeline.contains("Nobody is there") && timeline.contains("You pressed 4"), "{timeline}");
}
