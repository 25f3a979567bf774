//! Layer: real. We call sipp, and register with it.

use std::time::Duration;

use tom_peers::there;
use tom_sip::{
    Ask, Call, CallEvent, Credentials, Dial, Ended, EndedBy, Options, Phone, Transport, Trunk, TrunkState,
};

use crate::common::{PATIENCE, options, sdp, sipp};

/// What happened until the call was over, but for that: events in one word each, and the end.
async fn until_the_end(mut call: Call, hang_up_on: &str) -> (Vec<String>, Ended) {
    let mut told = Vec::new();
    let all = async {
        loop {
            let event = call.event().await.expect("a call ends before its events do");
            let word = match event {
                CallEvent::Ended(ended) => return ended,
                CallEvent::Progress { status, sdp } => {
                    format!("{status}{}", if sdp.is_some() { " sdp" } else { "" })
                }
                CallEvent::Answered { .. } => "answered".into(),
                other => format!("{other:?}"),
            };
            let now = word == hang_up_on;
            told.push(word);
            if now {
                call.ask(Ask::HangUp { reason: "enough".into() }).await.unwrap();
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, all).await.expect("the call never ends");
    (told, ended)
}

async fn dial(phone: &Phone, scenario: &str, hang_up_on: &str) -> (Vec<String>, Ended) {
    let sipp = sipp(scenario, &[]);
    let to = format!("sip:bert@127.0.0.1:{}", sipp.port());
    let call = phone.dial(Dial { to, offer: sdp("sendrecv"), ..Dial::default() }).await.unwrap();
    let outcome = until_the_end(call, hang_up_on).await;
    sipp.good().await.unwrap();
    outcome
}

#[tokio::test]
async fn calls_we_make_end_as_they_are_answered() {
    if !there("sipp") {
        return;
    }
    let (phone, _incoming) = Phone::start(options(Transport::Udp)).await.unwrap();
    let (told, ended) = dial(&phone, "dial_answer", "answered").await;
    assert_eq!((told, ended.by), (vec!["180".to_owned(), "answered".into()], EndedBy::Us));
    let (told, _) = dial(&phone, "dial_early_media", "answered").await;
    assert_eq!(told, ["183 sdp", "answered"]);
    for (scenario, by, status) in [
        ("dial_busy", EndedBy::Busy, 486),
        ("dial_declined", EndedBy::Declined, 603),
        ("dial_not_found", EndedBy::NoAnswer, 404),
        ("dial_moved", EndedBy::Moved, 302),
    ] {
        let (_, ended) = dial(&phone, scenario, "").await;
        assert_eq!((ended.by, ended.status), (by, Some(status)), "{scenario}");
    }
    for scenario in ["dial_cancelled", "dial_cancel_crosses"] {
        let (_, ended) = dial(&phone, scenario, "180").await;
        assert_eq!(ended.by, EndedBy::Us, "{scenario}");
    }
    dial(&phone, "dial_interval", "answered").await;
    phone.stop().await;
}

fn with_trunk(port: u16, register: bool) -> Options {
    Options {
        trunks: vec![Trunk {
            name: "home".into(),
            registrar: format!("127.0.0.1:{port}"),
            username: "line".into(),
            credentials: Some(Credentials { username: "line".into(), password: "secret".into() }),
            register,
            ..Trunk::default()
        }],
        allow: Vec::new(),
        ..options(Transport::Udp)
    }
}

async fn by_trunk(scenario: &str, hang_up_on: &str) -> Ended {
    let sipp = sipp(scenario, &["-s", "4711"]);
    let (phone, _incoming) = Phone::start(with_trunk(sipp.port(), false)).await.unwrap();
    let dial = Dial { to: "+49 30 123".into(), offer: sdp("sendrecv"), ..Dial::default() };
    let call = phone.dial(dial).await.unwrap();
    let (_, ended) = until_the_end(call, hang_up_on).await;
    sipp.good().await.unwrap();
    ended
}

#[tokio::test]
async fn challenges_are_answered_once() {
    if !there("sipp") {
        return;
    }
    assert_eq!(by_trunk("dial_challenge", "answered").await.by, EndedBy::Us);
    let ended = by_trunk("dial_challenged_for_ever", "").await;
    assert_eq!((ended.by, ended.status), (EndedBy::Unauthorized, Some(401)));
}

#[tokio::test]
async fn a_line_is_registered_as_long_as_the_registrar_wants() {
    if !there("sipp") {
        return;
    }
    let sipp = sipp("trunk", &[]);
    let (phone, _incoming) = Phone::start(with_trunk(sipp.port(), true)).await.unwrap();
    sipp.good().await.unwrap();
    let registered = async {
        while phone.trunks()[0].state != (TrunkState::Registered { expires: 1800 }) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, registered).await;
    assert!(came.is_ok(), "{:?}", phone.trunks());
}

#[tokio::test]
async fn a_registrar_that_is_not_there_is_told_and_tried_again() {
    let (phone, _incoming) =
        Phone::start(Options { t1: Duration::from_millis(20), ..with_trunk(9, true) }).await.unwrap();
    let failed = async {
        while !matches!(phone.trunks()[0].state, TrunkState::Failed { status: None, again: 5, .. }) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, failed).await;
    assert!(came.is_ok(), "{:?}", phone.trunks());
}
