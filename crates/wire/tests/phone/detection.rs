//! Layer: wire. A dialect is known by its subprotocol or its first messages.

use proptest::prelude::*;
use tom_wire::phone::{Detected, PhoneDialect, PhoneEvent};

#[test]
fn every_dialect_that_can_be_told_is() {
    use PhoneDialect as D;
    let fixtures = [
        (include_str!("../fixtures/twilio.jsonl"), D::Twilio),
        (include_str!("../fixtures/telnyx.jsonl"), D::Telnyx),
        (include_str!("../fixtures/plivo.jsonl"), D::Plivo),
        (include_str!("../fixtures/exotel.jsonl"), D::Exotel),
        (r#"{"event":"websocket:connected","content-type":"audio/l16;rate=16000"}"#, D::Vonage),
        (r#"{"event":"MEDIA_START","format":"slin16"}"#, D::Asterisk),
        ("MEDIA_START connection_id:c1 format:ulaw", D::Asterisk),
        (r#"{"callSid":"cs-1","sampleRate":8000,"mixType":"mono"}"#, D::Jambonz),
    ];
    for (fixture, dialect) in fixtures {
        let told: Vec<_> = fixture.lines().map(PhoneDialect::of_message).collect();
        let first = told.iter().position(|told| *told == Detected::As(dialect)).unwrap();
        assert!(told[..first].iter().all(|told| *told == Detected::NotYet), "{dialect:?}: {told:?}");
        // The session can begin right there, without the greeting before it.
        let mut pcm = Vec::new();
        let began = dialect.session().text(fixture.lines().nth(first).unwrap(), &mut pcm).unwrap();
        assert!(matches!(began, PhoneEvent::Started(_)), "{dialect:?}");
    }
    assert_eq!(PhoneDialect::of_protocol("media"), Some(D::Asterisk));
    assert_eq!(PhoneDialect::of_protocol("audio.drachtio.org"), Some(D::Drachtio));
    assert_eq!(PhoneDialect::of_protocol("audio.jambonz.org"), Some(D::Jambonz));
    assert_eq!(PhoneDialect::of_protocol("realtime-v1"), None);
}

#[test]
fn anything_else_is_unknown() {
    for text in ["", "{", "[]", "hello", r#"{"event":"media"}"#, r#"{"event":"start"}"#, r#"{"type":"ping"}"#]
    {
        assert_eq!(PhoneDialect::of_message(text), Detected::Unknown, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = PhoneDialect::of_message(&text);
        let _ = PhoneDialect::of_protocol(&text);
        for dialect in PhoneDialect::ALL {
            let mut pcm = Vec::new();
            let mut session = dialect.session();
            let _ = session.text(&text, &mut pcm);
            let _ = session.binary(text.as_bytes(), &mut pcm);
        }
    }
}
