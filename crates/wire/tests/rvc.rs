//! Layer: wire. What clients of RealtimeVoiceChat send is understood, what they get they can read, nothing panics.

use proptest::prelude::*;
use serde_json::{Value, json};
use tom_wire::rvc::{CLIENT_TYPES, Chunk, RvcEvent, RvcReceived};
use tom_wire::{ErrorCode, ErrorObject, WireError};

const CLIENT: &str = include_str!("fixtures/rvc_client.jsonl");
const SERVER: &str = include_str!("fixtures/rvc_server.jsonl");

#[test]
fn a_clients_messages_are_understood() {
    let got: Vec<RvcReceived> = CLIENT.lines().map(|line| RvcReceived::read(line).unwrap()).collect();
    let wanted = [
        RvcReceived::TtsStart,
        RvcReceived::TtsStop,
        RvcReceived::ClearHistory,
        RvcReceived::SetSpeed(0),
        RvcReceived::SetSpeed(1000),
        RvcReceived::SetSpeed(625),
        RvcReceived::Auth("a-token-of-text".into()),
    ];
    assert_eq!(got, wanted);
}

#[test]
fn our_messages_are_those_of_the_older_server() {
    for line in SERVER.lines() {
        let event = RvcEvent::decode(line).unwrap();
        let again: Value = serde_json::from_str(&event.encode()).unwrap();
        let older: Value = serde_json::from_str(line).unwrap();
        for (name, value) in older.as_object().unwrap() {
            assert_eq!(&again[name], value);
        }
    }
}

#[test]
fn a_frame_has_a_big_endian_header_and_little_endian_samples() {
    let frame = [0x12, 0x34, 0x56, 0x78, 0, 0, 0, 1, 0x01, 0x00, 0xff, 0x7f];
    let chunk = Chunk::read(&frame).unwrap();
    assert_eq!(chunk, Chunk { ts: 0x1234_5678, playing: true, pcm: vec![1, i16::MAX] });
    assert_eq!(chunk.to_bytes(), frame);
    // 2048 samples: what the older client sends at once.
    assert_eq!(Chunk { ts: 0, playing: false, pcm: vec![0; 2048] }.to_bytes().len(), 4104);
    // Flags nobody knows say nothing, least of all that it plays.
    let odd = [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe];
    assert_eq!(Chunk::read(&odd).unwrap(), Chunk { ts: 0, playing: false, pcm: vec![] });
}

#[test]
fn what_is_no_frame_is_bad_audio() {
    for length in (0..8).chain([9, 11, 4103]) {
        assert_eq!(Chunk::read(&vec![0; length]).unwrap_err().code, ErrorCode::BadAudio, "{length} bytes");
    }
}

#[test]
fn what_is_no_event_is_a_bad_event() {
    for text in [
        "",
        "tts_start",
        "[]",
        "5",
        "{}",
        r#"{"type":5}"#,
        r#"{"type":"audio_chunk"}"#,
        r#"{"type":"set_speed"}"#,
        r#"{"type":"set_speed","speed":"my pin is 1234"}"#,
        r#"{"jwt":["1234"]}"#,
        r#"{"type":"final_user_request","content":"1234"}"#,
    ] {
        let error = RvcReceived::read(text).unwrap_err();
        assert_eq!(error.code, ErrorCode::BadEvent, "{text}");
        assert!(!error.message.contains("1234"), "{}", error.message);
    }
}

#[test]
fn every_listed_type_is_understood() {
    for kind in CLIENT_TYPES {
        RvcReceived::read(&json!({"type": kind, "speed": 5, "jwt": "x"}).to_string()).unwrap();
    }
}

fn event() -> impl Strategy<Value = RvcEvent> {
    use RvcEvent as E;
    let text = || "\\PC{0,40}";
    prop_oneof![
        text().prop_map(|content| E::PartialUserRequest { content }),
        text().prop_map(|content| E::FinalUserRequest { content }),
        text().prop_map(|content| E::PartialAssistantAnswer { content }),
        text().prop_map(|content| E::FinalAssistantAnswer { content }),
        text().prop_map(|content| E::TtsChunk { content, synthetic: true }),
        Just(E::StopTts { content: String::new() }),
        Just(E::TtsInterruption { content: String::new() }),
        (text(), any::<bool>()).prop_map(|(content, applied)| E::SessionUpdated {
            content,
            change: "speed".into(),
            applied
        }),
        text().prop_map(|content| E::RateLimitExceeded { content, retry_after: 1.0 }),
        text().prop_map(|content| E::AuthError { content }),
        text().prop_map(|content| {
            let error = ErrorObject::new(&WireError::new(ErrorCode::BadAudio, content.clone()), "r", 5);
            E::Error { content, error }
        }),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        match Chunk::read(&bytes) {
            Ok(chunk) => prop_assert_eq!(&chunk.to_bytes()[8..], &bytes[8..]),
            Err(error) => prop_assert!(bytes.len() < 8 || bytes.len() % 2 == 1, "{}", error),
        }
    }

    #[test]
    fn a_frame_survives(ts in any::<u32>(), playing in any::<bool>(), pcm in prop::collection::vec(any::<i16>(), 0..2048)) {
        let chunk = Chunk { ts, playing, pcm };
        prop_assert_eq!(Chunk::read(&chunk.to_bytes()).unwrap(), chunk);
    }

    #[test]
    fn no_text_panics(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = RvcReceived::read(&text);
        let _ = RvcReceived::read(&String::from_utf8_lossy(&bytes));
        let _ = RvcEvent::decode(&text);
    }

    #[test]
    fn no_json_of_a_known_type_panics(
        kind in 0..CLIENT_TYPES.len(), n in any::<f64>(), s in "\\PC{0,20}", field in "[a-z_]{1,10}",
    ) {
        for value in [json!(n), json!(s), json!([s]), json!({ "x": n }), Value::Null, json!(true)] {
            for name in [field.as_str(), "speed", "jwt", "content", "type"] {
                let mut message = json!({"type": CLIENT_TYPES[kind]});
                message[name] = value.clone();
                let _ = RvcReceived::read(&message.to_string());
            }
        }
    }

    #[test]
    fn every_message_survives(event in event()) {
        let text = event.encode();
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert!(value["content"].is_string());
        prop_assert!(RvcEvent::TYPES.contains(&value["type"].as_str().unwrap()));
        prop_assert_eq!(RvcEvent::decode(&text).unwrap(), event);
    }
}
