//! Layer: real. A caller and a person who talk through us: their side is asked to connect them without us, and where it
//! does not, nobody notices. Telephones of ours, and sipp in their place.

use std::path::Path;
use std::time::Duration;

use tom_peers::{Sipp, there};
use tom_server::{Join, ServerConfig, SipConfig, Token};
use tom_sip::{Ask, Call, CallEvent, EndedBy, Incoming, Phone, Trunk};
use tom_turn::EndReason;

use super::dialling::SECRET;
use super::transfers::{caller_who, joins, person, server, transfers, wants_a_person};
use super::voice::Voice;
use super::{next, sip_config};
use crate::api::request_with;
use crate::common::desk::Desk;
use crate::common::{PATIENCE, TestServer, config};

/// A caller and a person who talk through us.
struct Two {
    server: TestServer,
    near: Voice,
    far: Voice,
    caller: Call,
    person: Call,
    _phones: (Phone, Phone),
}

async fn taken(incoming: &mut Incoming, voice: &Voice) -> Call {
    let (_, taken) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
    taken.ask(Ask::Answer(voice.sdp.clone())).await.unwrap();
    taken
}

/// `goes`: whether the caller's telephone goes where it is sent.
async fn two(sip: SipConfig, goes: bool) -> Two {
    let person = person().await;
    two_with(person, sip, goes).await
}

async fn two_with(
    (phone, mut incoming, address): (Phone, Incoming, String),
    sip: SipConfig,
    goes: bool,
) -> Two {
    let server = server(sip, address).await;
    let (near, far) = (Voice::new().await, Voice::new().await);
    let (theirs, caller) = caller_who(&server, &near, goes).await;
    wants_a_person(&caller).await;
    let person = taken(&mut incoming, &far).await;
    server.until("they are connected", |s| transfers(s, "attended", "connected") == 1.0).await;
    // From here on keys are the other one's.
    server.until("the agent has left", |s| s.calls.count() == 0).await;
    Two { server, near, far, caller, person, _phones: (theirs, phone) }
}

async fn until_key(call: &mut Call, wanted: char) {
    let key = async {
        loop {
            match next(call).await {
                CallEvent::Key { key } => return key,
                CallEvent::Ended(ended) => panic!("{ended:?}"),
                _ => {}
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, key).await.unwrap(), wanted);
}

async fn until_ended(call: &mut Call) -> EndedBy {
    loop {
        if let CallEvent::Ended(ended) = next(call).await {
            return ended.by;
        }
    }
}

/// What one presses the other hears, both ways.
async fn talk_on(two: &mut Two) {
    two.caller.ask(Ask::Key('5')).await.unwrap();
    until_key(&mut two.person, '5').await;
    two.person.ask(Ask::Key('6')).await.unwrap();
    until_key(&mut two.caller, '6').await;
}

/// SIP calls that came in and are over.
fn over(server: &TestServer) -> f64 {
    let by = |end| server.metric(&format!("tom_sip_calls_total{{direction=\"in\",end=\"{end}\"}}"));
    by("us") + by("peer")
}

async fn until_referred(call: &mut Call) {
    loop {
        match next(call).await {
            CallEvent::Referred { .. } => return,
            CallEvent::Ended(ended) => panic!("{ended:?}"),
            _ => {}
        }
    }
}

/// The person's telephone is asked to let somebody take the place of a call.
async fn until_replaced(call: &mut Call) {
    while !matches!(next(call).await, CallEvent::Offer { .. }) {}
}

#[tokio::test]
async fn two_whose_side_connects_them_talk_without_us() {
    let mut two = two(sip_config(), true).await;
    until_referred(&mut two.caller).await;
    two.caller.ask(Ask::Follow { offer: two.near.sdp.clone() }).await.unwrap();
    until_replaced(&mut two.person).await;
    two.person.ask(Ask::AnswerOffer(Some(two.far.sdp.clone()))).await.unwrap();
    while !matches!(next(&mut two.caller).await, CallEvent::Answer { .. }) {}
    two.server.until("it is told", |s| joins(s, "joined") == 1.0).await;
    two.server.until("we are left", |s| over(s) == 1.0).await;
    assert!(two.server.calls.past().iter().any(|report| report.reason == EndReason::Transferred));
    talk_on(&mut two).await;
    two.caller.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    assert_eq!(until_ended(&mut two.person).await, EndedBy::Peer);
}

#[tokio::test]
async fn two_whose_side_does_not_talk_on_through_us() {
    // It declines at once.
    let mut first = two(sip_config(), false).await;
    first.server.until("it is told", |s| joins(s, "refused") == 1.0).await;
    talk_on(&mut first).await;
    // It tries, and the person's telephone wants none of it.
    let mut second = two(sip_config(), true).await;
    until_referred(&mut second.caller).await;
    second.caller.ask(Ask::Follow { offer: second.near.sdp.clone() }).await.unwrap();
    until_replaced(&mut second.person).await;
    second.person.ask(Ask::AnswerOffer(None)).await.unwrap();
    second.server.until("it is told", |s| joins(s, "refused") == 1.0).await;
    talk_on(&mut second).await;
    // It says nothing.
    let mut quick = sip_config();
    quick.signalling.t1 = Duration::from_millis(100);
    let mut third = two(quick, true).await;
    until_referred(&mut third.caller).await;
    third.server.until("nobody waits any more", |s| joins(s, "no_answer") == 1.0).await;
    talk_on(&mut third).await;
    for mut two in [first, second, third] {
        two.person.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        assert_eq!(until_ended(&mut two.caller).await, EndedBy::Peer);
    }
}

#[tokio::test]
async fn whoever_hangs_up_meanwhile_ends_both_calls() {
    for caller_first in [true, false] {
        let mut two = two(sip_config(), true).await;
        until_referred(&mut two.caller).await;
        let (one, other) = match caller_first {
            true => (&two.caller, &mut two.person),
            false => (&two.person, &mut two.caller),
        };
        one.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        assert_eq!(until_ended(other).await, EndedBy::Peer);
        // A telephone that hangs up may decline what it was asked before.
        two.server.until("it is told", |s| joins(s, "left") + joins(s, "refused") == 1.0).await;
    }
}

#[tokio::test]
async fn whose_side_is_asked_the_operator_says() {
    for (join, register, asked) in [
        (Join::Off, None, false),
        (Join::Off, Some(false), false),
        (Join::Pbx, Some(true), false),
        (Join::Pbx, Some(false), true),
        (Join::All, Some(true), true),
    ] {
        let (phone, incoming, address) = person().await;
        let mut sip = sip_config();
        sip.transfer.join = join;
        // Callers from the address of a trunk came by it.
        let trunk = register.map(|register| Trunk {
            name: "line".into(),
            registrar: phone.listens()[0].1.to_string(),
            username: "line".into(),
            register,
            ..Trunk::default()
        });
        sip.signalling.trunks = trunk.into_iter().collect();
        let mut two = two_with((phone, incoming, address), sip, false).await;
        talk_on(&mut two).await;
        two.caller.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        until_ended(&mut two.person).await;
        two.server.until("it is over", |s| over(s) == 1.0).await;
        let told: f64 = ["joined", "refused", "no_answer", "not_able", "left"]
            .iter()
            .map(|end| joins(&two.server, end))
            .sum();
        assert_eq!(told > 0.0, asked, "{join:?} {register:?}");
    }
}

/// Scenarios of sipp, by what came of it.
#[tokio::test]
async fn whatever_a_telephone_answers_the_two_talk_on_unless_it_is_done() {
    if !there("sipp") {
        return;
    }
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp");
    for (scenario, outcome, end) in [
        ("join", "200 OK", "joined"),
        ("join_refused", "603 Decline", "refused"),
        ("join_refused", "405 Method Not Allowed", "refused"),
        ("join_refused", "481 Call/Transaction Does Not Exist", "refused"),
        ("join_refused", "501 Not Implemented", "not_able"),
        ("join_fails", "481 Call/Transaction Does Not Exist", "refused"),
        ("join_fails", "486 Busy Here", "refused"),
    ] {
        let (_phone, mut incoming, address) = person().await;
        let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
        let desk = Desk { person: address, ..Desk::default() };
        let server = TestServer::with_sip(secret, desk, sip_config()).await;
        let to = server.sip[0].1.to_string();
        let told = std::fs::read_to_string(scenarios.join(format!("{scenario}.xml"))).unwrap();
        let told = told.replace("OUTCOME", outcome);
        let sipp = Sipp::start(&told, &[&to]).unwrap();
        server.until("the greeting is spoken", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
        // A key tells it to go on.
        let path = format!("/api/v1/calls/{}/keys", server.calls.live()[0].id);
        let token = format!("Authorization: Bearer {SECRET}\r\n");
        assert_eq!(request_with(&server, "POST", &path, &token, r#"{"keys": "1"}"#).await.0, 202);
        let far = Voice::new().await;
        let mut person = taken(&mut incoming, &far).await;
        server.until(outcome, |s| joins(s, end) == 1.0).await;
        if end != "joined" {
            person.ask(Ask::Key('7')).await.unwrap();
        }
        sipp.good().await.unwrap();
        assert_eq!(until_ended(&mut person).await, EndedBy::Peer, "{scenario} {outcome}");
        let by = if end == "joined" { "us" } else { "peer" };
        let counted = format!("tom_sip_calls_total{{direction=\"in\",end=\"{by}\"}}");
        server.until("it is counted", |s| s.metric(&counted) == 1.0).await;
    }
}
