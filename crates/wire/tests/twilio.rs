//! Layer: wire. A Media Streams session is understood, and a cleared mark was not heard.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use proptest::prelude::*;
use serde_json::Value;
use tom_base::Key;
use tom_wire::ErrorCode;
use tom_wire::twilio::{TwilioEvent, TwilioIn, TwilioOut, TwilioSession};

const SESSION: &str = include_str!("fixtures/twilio.jsonl");

fn started() -> TwilioSession {
    let mut session = TwilioSession::new();
    for line in SESSION.lines().take(2) {
        session.receive(line).unwrap();
    }
    session
}

fn name(mark: &str) -> String {
    let mark: Value = serde_json::from_str(mark).unwrap();
    mark["mark"]["name"].as_str().unwrap().to_owned()
}

fn echo(name: &str) -> String {
    format!(r#"{{"event":"mark","sequenceNumber":"9","streamSid":"MZ1","mark":{{"name":"{name}"}}}}"#)
}

#[test]
fn a_recorded_session_is_understood() {
    let mut session = TwilioSession::new();
    let got: Vec<_> = SESSION.lines().map(|line| session.receive(line).unwrap()).collect();
    assert_eq!(got[0], TwilioEvent::Nothing);
    let TwilioEvent::Started { call_sid, parameters } = &got[1] else {
        panic!("{:?}", got[1]);
    };
    assert_eq!(call_sid, "CA0f");
    assert_eq!(parameters["lang"], "de");
    assert_eq!(got[2], TwilioEvent::Audio(vec![0xff, 0x7f, 0x80, 0x00]));
    assert_eq!(got[3], TwilioEvent::Key(Key::from_char('7').unwrap()));
    assert_eq!(got[4], TwilioEvent::Nothing, "a mark nobody sent");
    assert_eq!(got[5], TwilioEvent::Stopped);
}

#[test]
fn what_we_send_is_what_twilio_documents() {
    let mut session = started();
    let media: Value = serde_json::from_str(&session.media(&[0xff, 0x00])).unwrap();
    assert_eq!(media, serde_json::json!({"event":"media","streamSid":"MZ1","media":{"payload":"/wA="}}));
    let mark: Value = serde_json::from_str(&session.mark(1)).unwrap();
    assert_eq!(mark["event"], "mark");
    assert_eq!(mark["streamSid"], "MZ1");
    let clear: Value = serde_json::from_str(&session.clear()).unwrap();
    assert_eq!(clear, serde_json::json!({"event":"clear","streamSid":"MZ1"}));
}

#[test]
fn a_mark_that_was_played_is_heard_once() {
    let mut session = started();
    let (first, second) = (name(&session.mark(160)), name(&session.mark(320)));
    assert_eq!(session.receive(&echo(&first)), Ok(TwilioEvent::Heard(160)));
    assert_eq!(session.receive(&echo(&second)), Ok(TwilioEvent::Heard(320)));
    assert_eq!(session.receive(&echo(&second)), Ok(TwilioEvent::Nothing));
}

#[test]
fn a_mark_echoed_because_of_a_clear_is_not_heard() {
    let mut session = started();
    let (played, cleared) = (name(&session.mark(160)), name(&session.mark(320)));
    assert_eq!(session.receive(&echo(&played)), Ok(TwilioEvent::Heard(160)));
    let _ = session.clear();
    let after = name(&session.mark(480));
    assert_eq!(session.receive(&echo(&cleared)), Ok(TwilioEvent::Nothing));
    assert_eq!(session.receive(&echo(&after)), Ok(TwilioEvent::Heard(480)));
}

#[test]
fn numbers_may_be_numbers() {
    let mut session = TwilioSession::new();
    let start = r#"{"event":"start","sequenceNumber":1,"streamSid":"MZ1","start":{"callSid":"CA1","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000","channels":"1"}}}"#;
    assert!(matches!(session.receive(start), Ok(TwilioEvent::Started { .. })));
    let media = r#"{"event":"media","media":{"chunk":3,"timestamp":"60","payload":"/w=="}}"#;
    assert_eq!(session.receive(media), Ok(TwilioEvent::Audio(vec![0xff])));
}

#[test]
fn our_own_audio_coming_back_is_not_the_caller() {
    let media =
        r#"{"event":"media","media":{"track":"outbound","chunk":"3","timestamp":"60","payload":"/w=="}}"#;
    assert_eq!(started().receive(media), Ok(TwilioEvent::Nothing));
}

#[test]
fn the_wrong_order_and_the_wrong_audio_have_codes() {
    let code = |session: &mut TwilioSession, text: &str| session.receive(text).unwrap_err().code;
    let media = SESSION.lines().nth(2).unwrap();
    let start = SESSION.lines().nth(1).unwrap();
    assert_eq!(code(&mut TwilioSession::new(), media), ErrorCode::BadEvent);
    assert_eq!(code(&mut started(), start), ErrorCode::BadEvent);
    assert_eq!(code(&mut started(), "{"), ErrorCode::BadEvent);
    assert_eq!(code(&mut started(), r#"{"event":"dance"}"#), ErrorCode::BadEvent);
    let digit = r#"{"event":"dtmf","dtmf":{"digit":"77"}}"#;
    assert_eq!(code(&mut started(), digit), ErrorCode::BadEvent);
    let payload = r#"{"event":"media","media":{"payload":"?"}}"#;
    assert_eq!(code(&mut started(), payload), ErrorCode::BadAudio);
    let wide = start.replace("8000", "16000");
    assert_eq!(code(&mut TwilioSession::new(), &wide), ErrorCode::BadAudio);
    let mut over = started();
    over.receive(SESSION.lines().last().unwrap()).unwrap();
    assert_eq!(code(&mut over, media), ErrorCode::BadEvent);
}

#[test]
fn both_directions_can_be_written_and_read() {
    for line in SESSION.lines() {
        let message: TwilioIn = serde_json::from_str(line).unwrap();
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<TwilioIn>(&text).unwrap(), message);
    }
    let mut session = started();
    for text in [session.media(&[1, 2]), session.mark(1), session.clear()] {
        let message: TwilioOut = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&message).unwrap(), text);
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = started().receive(&text);
    }

    /// 0: mark, 1: echo of the oldest mark on its way, 2: clear.
    #[test]
    fn heard_only_grows_and_never_covers_what_was_cleared(steps in proptest::collection::vec(0u8..3, 0..200)) {
        let mut session = started();
        let (mut sent, mut heard, mut cleared) = (0u64, 0u64, 0u64);
        let mut way = std::collections::VecDeque::new();
        for step in steps {
            match step {
                0 => {
                    sent += 1;
                    way.push_back((sent, name(&session.mark(sent))));
                }
                1 => if let Some((tag, mark)) = way.pop_front() {
                    match session.receive(&echo(&mark)).unwrap() {
                        TwilioEvent::Heard(at) => {
                            prop_assert_eq!(at, tag);
                            prop_assert!(at > heard && at > cleared);
                            heard = at;
                        }
                        other => {
                            prop_assert_eq!(other, TwilioEvent::Nothing);
                            prop_assert!(tag <= cleared);
                        }
                    }
                },
                _ => {
                    let _ = session.clear();
                    cleared = sent;
                }
            }
        }
    }
}
