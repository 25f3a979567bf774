//! Layer: real. Transcriptions over HTTP: what is sent and understood, looks ahead, and what goes wrong.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{
    EVENTS, KEY, LONG, SHORT, epoch, fast, heard, next, options, stt, until_asked, until_dropped,
};
use tokio::sync::mpsc;
use tom_base::Lang;
use tom_engine::{ErrorKind, Health, Side, Stt, SttEvent, SttOptions, SttStream};
use tom_loopback::{Fault, Kind, Loopback, Script};

fn open(engine: &dyn Stt) -> (Box<dyn SttStream>, mpsc::Receiver<SttEvent>) {
    let (tell, events) = mpsc::channel(EVENTS);
    (engine.open(SttOptions { lang: Lang::DE }, tell).unwrap(), events)
}

/// A server that tells what it heard.
fn telling() -> Script {
    let mut script = fast();
    script.transcription.hear = Arc::new(|pcm, fields| {
        let of = |name| fields.get(name).unwrap_or("-").to_owned();
        let sum: i64 = pcm.iter().map(|sample| i64::from(*sample)).sum();
        format!("{} {sum} {} {} {}", pcm.len(), of("model"), of("language"), of("response_format"))
    });
    script
}

#[tokio::test]
async fn an_utterance_is_sent_as_it_was_heard_and_understood() {
    let mut script = telling();
    script.key = Some(KEY.into());
    script.transcription.probabilities = Some((-0.1, 0.01));
    let server = Loopback::start(script).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    let (mut ear, mut events) = open(&engine);
    for turn in 1..=20 {
        ear.begin(epoch(turn), None).unwrap();
        for _ in 0..50 {
            ear.push(&[turn as i16; 320]).unwrap();
        }
        ear.finish(epoch(turn)).unwrap();
        let (text, confidence) = heard(&mut events).await.unwrap();
        assert_eq!(text, format!("16000 {} m de verbose_json", turn * 16_000));
        assert!((confidence - (-0.1_f32).exp()).abs() < 1e-6);
    }
    assert_eq!(engine.health(), Health::Ok);
    assert!(engine.speaks(Lang::DE) && !engine.needs_grammar());
    assert!(server.stats().connections() <= 3, "connections are kept: {}", server.stats().connections());
}

#[tokio::test]
async fn a_look_ahead_tells_what_was_said_so_far_and_the_utterance_goes_on() {
    let server = Loopback::start(telling()).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    let (mut ear, mut events) = open(&engine);
    ear.begin(epoch(1), None).unwrap();
    ear.push(&[1; 800]).unwrap();
    ear.peek(epoch(1)).unwrap();
    let SttEvent::Partial { text, .. } = next(&mut events).await else { panic!("a partial") };
    assert_eq!(&*text, "800 800 m de verbose_json");
    ear.push(&[1; 800]).unwrap();
    ear.finish(epoch(1)).unwrap();
    assert_eq!(heard(&mut events).await.unwrap().0, "1600 1600 m de verbose_json");
}

#[tokio::test]
async fn two_looks_are_enough_and_a_failed_one_loses_nothing() {
    let server = Loopback::start(telling()).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    let (mut ear, mut events) = open(&engine);
    server.fault(Kind::Transcription, Some(Fault::Silent));
    ear.begin(epoch(1), None).unwrap();
    ear.push(&[1; 800]).unwrap();
    ear.peek(epoch(1)).unwrap();
    ear.peek(epoch(1)).unwrap();
    assert_eq!(ear.peek(epoch(1)).unwrap_err().kind, ErrorKind::Overload);
    until_asked(&server, Kind::Transcription, 2).await;
    server.fault(Kind::Transcription, None);
    ear.finish(epoch(1)).unwrap();
    assert_eq!(heard(&mut events).await.unwrap().0, "800 800 m de verbose_json");
    until_dropped(&server, Kind::Transcription, 2).await;
    // Nor does one that the server refuses.
    server.fault_for(Kind::Transcription, Fault::Status(400), 1);
    ear.begin(epoch(2), None).unwrap();
    ear.push(&[1; 800]).unwrap();
    ear.peek(epoch(2)).unwrap();
    until_asked(&server, Kind::Transcription, 4).await;
    ear.finish(epoch(2)).unwrap();
    assert_eq!(heard(&mut events).await.unwrap().0, "800 800 m de verbose_json");
}

#[tokio::test]
async fn a_caller_who_goes_on_before_the_answer_loses_nothing() {
    let mut script = telling();
    script.transcription.delay = Duration::from_millis(200);
    let server = Loopback::start(script).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    let (mut ear, mut events) = open(&engine);
    for turn in 1..=2 {
        ear.begin(epoch(turn), None).unwrap();
        ear.push(&[turn as i16; 800]).unwrap();
        ear.finish(epoch(turn)).unwrap();
    }
    let mut all = [heard(&mut events).await.unwrap().0, heard(&mut events).await.unwrap().0];
    all.sort();
    assert_eq!(all, ["800 1600 m de verbose_json", "800 800 m de verbose_json"]);
    // Somebody who goes on without an end to it meets a limit that is told.
    server.fault(Kind::Transcription, Some(Fault::Silent));
    for turn in 3..=6 {
        ear.begin(epoch(turn), None).unwrap();
        ear.finish(epoch(turn)).unwrap();
    }
    ear.begin(epoch(7), None).unwrap();
    assert_eq!(ear.finish(epoch(7)).unwrap_err().kind, ErrorKind::Overload);
}

#[tokio::test]
async fn cancelling_closes_the_request_at_the_server() {
    let server = Loopback::start(telling()).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    server.fault_for(Kind::Transcription, Fault::Silent, 2);
    let (mut ear, mut events) = open(&engine);
    ear.begin(epoch(1), None).unwrap();
    ear.finish(epoch(1)).unwrap();
    until_asked(&server, Kind::Transcription, 1).await;
    ear.cancel();
    until_dropped(&server, Kind::Transcription, 1).await;
    // So does the end of the call; and the stream that was cancelled is as good as new.
    let (mut gone, _) = open(&engine);
    gone.begin(epoch(1), None).unwrap();
    gone.finish(epoch(1)).unwrap();
    until_asked(&server, Kind::Transcription, 2).await;
    drop(gone);
    until_dropped(&server, Kind::Transcription, 2).await;
    ear.begin(epoch(2), None).unwrap();
    ear.finish(epoch(2)).unwrap();
    assert!(heard(&mut events).await.is_ok());
}

#[tokio::test]
async fn one_failure_is_made_good_by_a_second_try() {
    let server = Loopback::start(telling()).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    let (mut ear, mut events) = open(&engine);
    for fault in [Fault::Status(500), Fault::Status(503), Fault::Status(429), Fault::CutAfter(1)] {
        server.fault_for(Kind::Transcription, fault.clone(), 1);
        ear.begin(epoch(1), None).unwrap();
        ear.finish(epoch(1)).unwrap();
        assert!(heard(&mut events).await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn every_failure_says_what_to_do_and_never_the_key() {
    let server = Loopback::start(telling()).await.unwrap();
    let options = options("stt", &server.url(), SHORT);
    assert!(!format!("{options:?}").contains(KEY));
    let engine = stt(options);
    let (mut ear, mut events) = open(&engine);
    let answer = |status, body: &str| Fault::Answer {
        status,
        content_type: "application/json".into(),
        headers: vec![("location".into(), "/elsewhere".into()), ("retry-after".into(), "7".into())],
        body: body.into(),
    };
    let wait = Duration::from_millis(50);
    for (fault, kind, side, said, tries) in [
        (
            answer(401, &format!("{{\"error\": {{\"message\": \"Bad key {KEY}\"}}}}")),
            ErrorKind::Missing,
            Side::Us,
            "stt.api_key",
            1,
        ),
        (Fault::Status(404), ErrorKind::Missing, Side::Us, "stt.model", 1),
        (answer(307, ""), ErrorKind::Missing, Side::Us, "/elsewhere", 1),
        (
            answer(
                400,
                "{\"detail\": [{\"loc\": [\"body\", \"file\"], \"msg\": \"too short\", \"input\": \"private\"}]}",
            ),
            ErrorKind::BadRequest,
            Side::Us,
            "body.file: too short",
            1,
        ),
        (answer(429, "{\"error\": \"slow down\"}"), ErrorKind::Overload, Side::Engine, "slow down", 1),
        (answer(500, &"long ".repeat(10_000)), ErrorKind::Unavailable, Side::Engine, "long long", 2),
        (answer(200, "{\"text\": 3}"), ErrorKind::Protocol, Side::Engine, "no text", 1),
        (Fault::Garbage, ErrorKind::Protocol, Side::Engine, "no JSON", 1),
        (Fault::CutAfter(1), ErrorKind::Crashed, Side::Engine, "broke off", 2),
        (Fault::Silent, ErrorKind::Timeout, Side::Engine, "stt.deadline_ms", 1),
        (Fault::StallAfterHead, ErrorKind::Timeout, Side::Engine, "within 300 ms", 1),
        (Fault::StallAfter(1), ErrorKind::Timeout, Side::Engine, "within 300 ms", 1),
        (Fault::Drip(wait), ErrorKind::Timeout, Side::Engine, "within 300 ms", 1),
        (Fault::Chatter(wait), ErrorKind::Timeout, Side::Engine, "within 300 ms", 1),
    ] {
        let before = server.stats().of(Kind::Transcription).requests;
        server.fault(Kind::Transcription, Some(fault.clone()));
        ear.begin(epoch(1), None).unwrap();
        ear.push(&[5; 320]).unwrap();
        ear.finish(epoch(1)).unwrap();
        let error = heard(&mut events).await.unwrap_err();
        assert_eq!((error.kind, error.side), (kind, side), "{fault:?}: {error}");
        assert!(error.what.contains(said), "{fault:?}: {error}");
        assert!(!format!("{error:?}").contains(KEY) && !error.what.contains("private"), "{error:?}");
        assert!(error.what.len() < 600, "{error}");
        let tried = server.stats().of(Kind::Transcription).requests - before;
        assert_eq!(tried, tries, "{fault:?}");
        // Idle connections may have been used up by a cut: those are replaced without a word.
    }
    let Health::Degraded(why) = engine.health() else { panic!("{:?}", engine.health()) };
    assert!(why.contains("of the last") && !why.contains(KEY), "{why}");
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused() {
    let server = Loopback::start(fast()).await.unwrap();
    let engine = stt(options("stt", &server.url(), LONG));
    let (mut ear, _events) = open(&engine);
    assert_eq!(ear.push(&[0; 320]).unwrap_err().kind, ErrorKind::BadRequest);
    assert_eq!(ear.finish(epoch(1)).unwrap_err().kind, ErrorKind::BadRequest);
    ear.begin(epoch(1), None).unwrap();
    for _ in 0..60 {
        ear.push(&[0; 16_000]).unwrap();
    }
    assert!(ear.push(&[0; 1]).unwrap_err().what.contains("60 s"));
}
