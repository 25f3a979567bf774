//! Layer: wire. chan_websocket is spoken in JSON and in plain words.

use crate::common::{Line, Sent};
use proptest::prelude::*;
use tom_base::Key;
use tom_wire::ErrorCode;
use tom_wire::chan_websocket::ChanWebSocketSession;
use tom_wire::phone::{PhoneEvent, PhoneSession};

const JSON: &str = r#"{"event":"MEDIA_START","connection_id":"c1","channel":"WebSocket/c1","channel_id":"1700000000.7","format":"slin16","optimal_frame_size":640,"ptime":20,"channel_variables":{"lang":"de","token":"correct-horse","depth":3}}"#;
const PLAIN: &str = "MEDIA_START connection_id:c1 channel:WebSocket/c1 channel_id:1700000000.8 format:ulaw optimal_frame_size:160 ptime:20";

fn started(text: &str) -> Line<ChanWebSocketSession> {
    let mut line = Line(ChanWebSocketSession::new());
    line.hear(text).unwrap();
    line
}

fn command(text: &str) -> Sent {
    Sent::Text(text.to_owned(), false)
}

#[test]
fn a_call_begins_in_json() {
    let mut line = Line(ChanWebSocketSession::new());
    let PhoneEvent::Started(start) = line.hear(JSON).unwrap().0 else { panic!("no start") };
    assert_eq!(start.call, "1700000000.7");
    assert_eq!((start.parameters["lang"].as_str(), start.parameters["depth"].as_str()), ("de", "3"));
    assert_eq!(line.0.rate(), 16_000);
    assert_eq!(line.hear_bytes(&[1, 0, 0xff, 0xff]), Ok((PhoneEvent::Audio, vec![1, -1])));
    let key = line.hear(r#"{"event":"DTMF_END","digit":"8","channel_id":"1700000000.7"}"#).unwrap().0;
    assert_eq!(key, PhoneEvent::Key(Key::from_char('8').unwrap()));
    for quiet in ["MEDIA_XOFF", "MEDIA_XON", "QUEUE_DRAINED", "MEDIA_BUFFERING_COMPLETED", "STATUS"] {
        let text = format!(r#"{{"event":"{quiet}","channel_id":"x","queue_length":30,"queue_full":false}}"#);
        assert_eq!(line.hear(&text).unwrap().0, PhoneEvent::Nothing, "{quiet}");
    }
}

#[test]
fn a_call_begins_in_plain_words() {
    let mut line = Line(ChanWebSocketSession::new());
    let PhoneEvent::Started(start) = line.hear(PLAIN).unwrap().0 else { panic!("no start") };
    assert_eq!(start.call, "1700000000.8");
    assert_eq!(line.0.rate(), 8_000);
    assert_eq!(line.hear_bytes(&[0xff]), Ok((PhoneEvent::Audio, vec![0])));
    let key = line.hear("DTMF_END digit:8 channel_id:1700000000.8").unwrap().0;
    assert_eq!(key, PhoneEvent::Key(Key::from_char('8').unwrap()));
    assert_eq!(line.hear("QUEUE_DRAINED").unwrap().0, PhoneEvent::Nothing);
}

#[test]
fn a_reply_is_buffered_marked_and_flushed() {
    let mut json = started(JSON);
    let bytes = Sent::Bytes(vec![7, 0, 7, 0]);
    let start = command(r#"{"command":"START_MEDIA_BUFFERING"}"#);
    assert_eq!(json.sent(|s, sink| s.audio(&[7, 7], sink)), [start.clone(), bytes.clone()]);
    assert_eq!(json.sent(|s, sink| s.audio(&[7, 7], sink)), std::slice::from_ref(&bytes));
    let stop = command(r#"{"command":"STOP_MEDIA_BUFFERING"}"#);
    let mark = command(r#"{"command":"MARK_MEDIA","correlation_id":"tom-0"}"#);
    assert_eq!(json.sent(|s, sink| s.mark(5, sink)), [stop, mark]);
    assert_eq!(json.sent(|s, sink| s.audio(&[7, 7], sink)), [start, bytes], "the next reply");
    assert_eq!(
        json.hear(r#"{"event":"MEDIA_MARK_PROCESSED","channel_id":"x","correlation_id":"tom-0"}"#).unwrap().0,
        PhoneEvent::Heard(5)
    );
    json.sent(|s, sink| s.mark(6, sink));
    assert_eq!(json.sent(|s, sink| s.clear(sink)), [command(r#"{"command":"FLUSH_MEDIA"}"#)]);
    // A flush switches buffering off, and the mark never comes back.
    assert_eq!(json.sent(|s, sink| s.audio(&[7], sink)).len(), 2);
    assert_eq!(json.sent(|s, sink| s.hang_up(sink)), [command(r#"{"command":"HANGUP"}"#)]);

    let mut plain = started(PLAIN);
    let sent = plain.sent(|s, sink| s.audio(&[0], sink));
    assert_eq!(sent, [command("START_MEDIA_BUFFERING"), Sent::Bytes(vec![0xff])]);
    let sent = plain.sent(|s, sink| s.mark(9, sink));
    assert_eq!(sent, [command("STOP_MEDIA_BUFFERING"), command("MARK_MEDIA tom-0")]);
    for echo in ["MEDIA_MARK_PROCESSED tom-0", "MEDIA_MARK_PROCESSED correlation_id:tom-0 channel_id:x"] {
        let mut line = started(PLAIN);
        line.sent(|s, sink| s.mark(9, sink));
        assert_eq!(line.hear(echo).unwrap().0, PhoneEvent::Heard(9), "{echo}");
    }
    assert_eq!(plain.sent(|s, sink| s.clear(sink)), [command("FLUSH_MEDIA")]);
    assert_eq!(plain.hear("MEDIA_MARK_PROCESSED tom-0").unwrap().0, PhoneEvent::Nothing, "it was flushed");
}

#[test]
fn what_asterisk_must_not_send_has_a_code() {
    let code = |mut line: Line<ChanWebSocketSession>, text: &str| line.hear(text).unwrap_err().code;
    let new = || Line(ChanWebSocketSession::new());
    assert_eq!(code(new(), "DTMF_END digit:8"), ErrorCode::BadEvent, "a key before the call");
    assert_eq!(new().hear_bytes(&[0; 640]).unwrap_err().code, ErrorCode::BadEvent, "audio before the call");
    assert_eq!(code(new(), &JSON.replace("slin16", "opus")), ErrorCode::BadAudio);
    assert_eq!(code(new(), &PLAIN.replace("ulaw", "g729")), ErrorCode::BadAudio);
    assert_eq!(code(started(JSON), JSON), ErrorCode::BadEvent, "a second start");
    assert_eq!(code(started(JSON), PLAIN), ErrorCode::BadEvent, "both forms in one call");
    assert_eq!(code(started(PLAIN), r#"{"event":"QUEUE_DRAINED"}"#), ErrorCode::BadEvent);
    for text in ["", "DANCE", "ERROR error_text:no", "DTMF_END", "DTMF_END digit:88"] {
        assert_eq!(code(started(PLAIN), text), ErrorCode::BadEvent, "{text}");
    }
    for text in ["{", r#"{"event":"DANCE"}"#, r#"{"event":7}"#] {
        assert_eq!(code(started(JSON), text), ErrorCode::BadEvent, "{text}");
    }
    assert_eq!(started(JSON).hear_bytes(&[0; 3]).unwrap_err().code, ErrorCode::BadAudio, "half a sample");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = started(PLAIN).hear(&text);
        let _ = started(JSON).hear(&text);
        let _ = Line(ChanWebSocketSession::new()).hear(&text);
    }

    #[test]
    fn no_event_panics(
        event in "MEDIA_START|MEDIA_MARK_PROCESSED|DTMF_END|STATUS",
        name in "correlation_id|digit|format|channel_id|:|",
        value in "[a-z0-9:-]{0,12}",
    ) {
        let _ = started(PLAIN).hear(&format!("{event} {name}:{value} {value}"));
        let _ = Line(ChanWebSocketSession::new()).hear(&format!("{event} {name}:{value}"));
        let _ = started(JSON).hear(&format!(r#"{{"event":"{event}","{name}":"{value}"}}"#));
    }

    /// Asterisk ignores commands over 128 bytes.
    #[test]
    fn no_command_is_too_long(marks in 0u64..50, tag in any::<u64>()) {
        for text in [JSON, PLAIN] {
            let mut line = started(text);
            for _ in 0..marks {
                line.sent(|s, sink| s.mark(tag, sink));
            }
            for sent in line.sent(|s, sink| { s.mark(tag, sink); s.clear(sink); s.hang_up(sink) }) {
                let Sent::Text(text, false) = sent else { panic!("no command") };
                prop_assert!(text.len() <= 128, "{}", text);
            }
        }
    }
}
