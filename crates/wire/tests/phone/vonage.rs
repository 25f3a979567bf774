//! Layer: wire. A call that an NCCO connects is understood.

use crate::common::{Line, Sent};
use proptest::prelude::*;
use serde_json::json;
use tom_base::Key;
use tom_wire::ErrorCode;
use tom_wire::phone::{PhoneEvent, PhoneSession};
use tom_wire::vonage::VonageSession;

const CONNECTED: &str = r#"{"event":"websocket:connected","content-type":"audio/l16;rate=16000","uuid":"aaaa-1","from":"493012345","lang":"de","token":"correct-horse"}"#;

fn started() -> Line<VonageSession> {
    let mut line = Line(VonageSession::new());
    line.hear(CONNECTED).unwrap();
    line
}

#[test]
fn a_call_is_understood() {
    let mut line = Line(VonageSession::new());
    let PhoneEvent::Started(start) = line.hear(CONNECTED).unwrap().0 else { panic!("no start") };
    assert_eq!((start.call.as_str(), start.cli.as_deref()), ("aaaa-1", Some("493012345")));
    assert_eq!(
        (start.parameters["lang"].as_str(), start.parameters["token"].as_str()),
        ("de", "correct-horse")
    );
    assert_eq!(line.0.rate(), 16_000);
    assert_eq!(line.hear_bytes(&[1, 0, 0xff, 0xff]), Ok((PhoneEvent::Audio, vec![1, -1])));
    let key = line.hear(r#"{"event":"websocket:dtmf","digit":"5","duration":260}"#).unwrap().0;
    assert_eq!(key, PhoneEvent::Key(Key::from_char('5').unwrap()));
    assert_eq!(line.hear(r#"{"event":"websocket:cleared"}"#).unwrap().0, PhoneEvent::Nothing);
}

#[test]
fn what_we_send_is_what_vonage_documents() {
    let mut line = started();
    assert_eq!(line.sent(|s, sink| s.audio(&[1, -1], sink)), [Sent::Bytes(vec![1, 0, 0xff, 0xff])]);
    let notify = line.json(|s, sink| s.mark(7, sink));
    assert_eq!(notify, json!({"action": "notify", "payload": {"mark": "tom-0"}}));
    let echo = json!({"event": "websocket:notify", "payload": notify["payload"]}).to_string();
    assert_eq!(line.hear(&echo).unwrap().0, PhoneEvent::Heard(7));
    line.json(|s, sink| s.mark(8, sink));
    assert_eq!(line.json(|s, sink| s.clear(sink)), json!({"action": "clear"}));
    let cleared = r#"{"event":"websocket:notify","payload":{"mark":"tom-1"}}"#;
    assert_eq!(line.hear(cleared).unwrap().0, PhoneEvent::Nothing, "it was cleared");
}

#[test]
fn what_vonage_must_not_send_has_a_code() {
    let code = |mut line: Line<VonageSession>, text: &str| line.hear(text).unwrap_err().code;
    let new = || Line(VonageSession::new());
    assert_eq!(new().hear_bytes(&[0; 640]).unwrap_err().code, ErrorCode::BadEvent);
    assert_eq!(code(new(), r#"{"event":"websocket:dtmf","digit":"5"}"#), ErrorCode::BadEvent);
    for kind in ["audio/l16;rate=44100", "audio/x-mulaw", ""] {
        assert_eq!(
            code(new(), &CONNECTED.replace("audio/l16;rate=16000", kind)),
            ErrorCode::BadAudio,
            "{kind}"
        );
    }
    for text in ["{", "[]", CONNECTED, r#"{"event":"dance"}"#, r#"{"event":"websocket:dtmf","digit":"55"}"#] {
        assert_eq!(code(started(), text), ErrorCode::BadEvent, "{text}");
    }
    assert_eq!(started().hear_bytes(&[0; 3]).unwrap_err().code, ErrorCode::BadAudio);
}

proptest! {
    #[test]
    fn no_message_panics(text in "\\PC*", event in "websocket:(connected|dtmf|notify)", value in "[0-9a-z:\\-]{0,9}") {
        let _ = started().hear(&text);
        let _ = started().hear(&format!(r#"{{"event":"{event}","digit":"{value}","payload":{{"mark":"{value}"}}}}"#));
        let _ = Line(VonageSession::new()).hear(&format!(r#"{{"event":"{event}","content-type":"{value}"}}"#));
    }
}
