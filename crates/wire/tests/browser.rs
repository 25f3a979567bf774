//! Layer: wire. Every dialect means the same, what is wrong gets a code, and nothing panics.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use proptest::prelude::*;
use serde_json::{Value, json};
use tom_base::{Key, Rate};
use tom_wire::{
    ClientMessage, Decoder, Dialect, ErrorCode, Received, encode_client, pcm_to_base64, pcm_to_bytes,
};

const A: &str = include_str!("fixtures/dialect_a.jsonl");
const B: &str = include_str!("fixtures/dialect_b.jsonl");
const C: &str = include_str!("fixtures/dialect_c.jsonl");
const NATIVE: &str = include_str!("fixtures/native.jsonl");

fn decoder() -> Decoder {
    Decoder::new(Rate::Hz16000, None)
}

fn code(text: &str) -> ErrorCode {
    match decoder().text(text) {
        Err(e) => {
            assert!(e.message.len() < 400, "long message: {}", e.message);
            e.code
        }
        Ok(got) => panic!("{text} was taken as {got:?}"),
    }
}

fn all(fixture: &str) -> (Vec<Received>, Dialect) {
    let mut decoder = decoder();
    let got = fixture.lines().map(|line| decoder.text(line).unwrap()).collect();
    (got, decoder.dialect())
}

#[test]
fn the_same_session_in_both_dialects_means_the_same() {
    let (a, dialect_a) = all(A);
    let (b, dialect_b) = all(B);
    assert_eq!((dialect_a, dialect_b), (Dialect::A, Dialect::B));
    assert_eq!(a.len(), 8);
    for (one, other) in a.iter().zip(&b) {
        match (one, other) {
            (Received::Ping { client_ts: Some(ms) }, Received::Ping { client_ts: Some(s) }) => {
                assert!((ms / 1000.0 - s).abs() < 1e-6);
            }
            _ => assert_eq!(one, other),
        }
    }
    assert_eq!(a[0], Received::Audio(vec![0, 1, -1, 256, i16::MAX, i16::MIN]));
    assert_eq!(a[4], Received::BargeIn { reason: "user_interrupted".into() });
}

#[test]
fn the_test_dialect_means_the_same_and_is_answered_as_b() {
    let (c, dialect) = all(C);
    assert_eq!(dialect, Dialect::B);
    let (b, _) = all(B);
    let audio = |got: &[Received]| -> Vec<Received> {
        got.iter().filter(|r| matches!(r, Received::Audio(_))).cloned().collect()
    };
    assert_eq!(audio(&c), audio(&b));
    assert!(c.contains(&Received::BargeIn { reason: "user_spoke".into() }));
}

#[test]
fn our_own_messages_show_no_dialect() {
    let (got, dialect) = all(NATIVE);
    assert_eq!(dialect, Dialect::Native);
    assert_eq!(got.len(), 12);
    assert_eq!(got[0], Received::Auth("a-token-of-text".into()));
    assert!(got.contains(&Received::SetSpeed(350)) && got.contains(&Received::ClearHistory));
}

#[test]
fn the_first_message_decides_whatever_it_is() {
    let ping_a = r#"{"type":"ping","ts":5}"#;
    let mut bare = decoder();
    bare.text(r#"{"jwt":"x"}"#).unwrap();
    bare.text(ping_a).unwrap();
    assert_eq!(bare.dialect(), Dialect::B, "only B's clients begin with that");
    let mut binary = decoder();
    binary.binary(&[0, 0], &mut Vec::new()).unwrap();
    binary.text(ping_a).unwrap();
    assert_eq!(binary.dialect(), Dialect::Native);
    let mut broken = decoder();
    broken.binary(&[0], &mut Vec::new()).unwrap_err();
    broken.text(ping_a).unwrap();
    assert_eq!(broken.dialect(), Dialect::A, "what is refused decides nothing");
    let mut asked = Decoder::new(Rate::Hz16000, Some(Dialect::A));
    asked.binary(&[0, 0], &mut Vec::new()).unwrap();
    asked.text(r#"{"type":"ping","timestamp":5}"#).unwrap();
    assert_eq!(asked.dialect(), Dialect::A, "the query stands above all");
}

#[test]
fn a_gap_in_the_capture_times_is_told_once() {
    let chunk = |field: &str, ts: f64| json!({"type": "audio_chunk", "audio": "", field: ts}).to_string();
    for (field, scale) in [("ts", 1.0), ("timestamp", 0.001)] {
        let mut decoder = decoder();
        for (ms, gap) in [(0.0, false), (20.0, false), (250.0, true), (270.0, false), (100.0, false)] {
            decoder.text(&chunk(field, (1_760_000_000_000.0 + ms) * scale)).unwrap();
            assert_eq!(decoder.gap().is_some(), gap, "{field} {ms}");
            assert_eq!(decoder.gap(), None);
        }
    }
}

#[test]
fn a_slider_stands_at_its_ends() {
    for (speed, thousandths) in
        [(json!(0), 0), (json!(35), 350), (json!(99.96), 1000), (json!(-3), 0), (json!(1e300), 1000)]
    {
        let text = json!({"type": "set_speed", "speed": speed}).to_string();
        assert_eq!(decoder().text(&text), Ok(Received::SetSpeed(thousandths)));
    }
}

#[test]
fn the_first_dialect_shown_stays() {
    let mut decoder = decoder();
    assert_eq!(decoder.dialect(), Dialect::Native, "until one is shown");
    decoder.text(r#"{"type":"dtmf","digit":"5"}"#).unwrap();
    decoder.text(r#"{"type":"ping","ts":1}"#).unwrap();
    decoder.text(r#"{"type":"ping","timestamp":1.5}"#).unwrap();
    assert_eq!(decoder.dialect(), Dialect::A);
}

#[test]
fn a_rejected_message_settles_no_dialect() {
    let mut decoder = decoder();
    decoder.text(r#"{"type":"ping","ts":"soon"}"#).unwrap_err();
    decoder.text(r#"{"type":"ping","timestamp":2}"#).unwrap();
    assert_eq!(decoder.dialect(), Dialect::B);
}

#[test]
fn a_token_needs_no_type() {
    let token = Received::Auth("s3cret".into());
    for text in
        [r#"{"jwt":"s3cret"}"#, r#"{"type":"auth","jwt":"s3cret"}"#, r#"{"type":"auth","token":"s3cret"}"#]
    {
        assert_eq!(decoder().text(text), Ok(token.clone()));
    }
}

#[test]
fn keys_and_typed_words_come_through() {
    let key = Received::Dtmf(Key::from_char('#').unwrap());
    assert_eq!(decoder().text(r##"{"type":"dtmf","digit":"#"}"##), Ok(key.clone()));
    assert_eq!(decoder().text(r##"{"type":"dtmf","key":"#"}"##), Ok(key));
    assert_eq!(
        decoder().text(r#"{"type":"text","text":"  opening hours "}"#),
        Ok(Received::Text("opening hours".into()))
    );
    assert_eq!(decoder().text(r#"{"type":"audio_end"}"#), Ok(Received::AudioEnd));
    assert_eq!(
        decoder().text(r#"{"type":"switch_mode","mode":"modular"}"#),
        Ok(Received::SwitchMode("modular".into()))
    );
}

#[test]
fn what_is_no_event_is_a_bad_event() {
    let long = json!({"type": "stop", "reason": "x".repeat(300)}).to_string();
    let wordy = json!({"type": "text", "text": "x".repeat(2001)}).to_string();
    let deep = "[".repeat(60_000);
    for text in [
        "",
        "hello",
        "{",
        "[]",
        "null",
        "12",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"dance"}"#,
        r#"{"type":"connected"}"#,
        r#"{"type":"audio_chunk"}"#,
        r#"{"type":"audio_chunk","audio":7}"#,
        r#"{"type":"audio_chunk","audio":"AAA=","data":"AAA="}"#,
        r#"{"type":"audio_chunk","audio":"AAA=","timestamp":"now"}"#,
        r#"{"type":"ping","ts":0}"#,
        r#"{"type":"ping","ts":-5}"#,
        r#"{"type":"barge_in","reason":{}}"#,
        r#"{"type":"dtmf","digit":"12"}"#,
        r#"{"type":"dtmf","digit":"x"}"#,
        r#"{"type":"dtmf","digit":5}"#,
        r#"{"type":"text","text":"   "}"#,
        r#"{"type":"switch_mode","mode":"direct"}"#,
        r#"{"jwt":5}"#,
        r#"{"type":"audio_chunk","audio_data":"AAA=","data":"AAA="}"#,
        r#"{"type":"set_speed"}"#,
        r#"{"type":"set_speed","speed":"fast"}"#,
        &long,
        &wordy,
        &deep,
    ] {
        assert_eq!(code(text), ErrorCode::BadEvent, "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn what_is_no_audio_is_bad_audio() {
    for text in [
        r#"{"type":"audio_chunk","audio":"not base64!"}"#,
        r#"{"type":"audio_chunk","audio":"AAAA"}"#, // three bytes
        r#"{"type":"audio_chunk","audio":"AAA=","format":"mp3"}"#,
        r#"{"type":"audio_chunk","audio":"AAA=","format":"pcm16_8k"}"#, // the connection has 16 kHz
    ] {
        assert_eq!(code(text), ErrorCode::BadAudio, "{text}");
    }
    let mut pcm = vec![7];
    assert_eq!(decoder().binary(&[], &mut pcm), Ok(()));
    assert!(pcm.is_empty(), "what the buffer held is gone");
    assert_eq!(decoder().binary(&[1, 2, 3], &mut pcm).unwrap_err().code, ErrorCode::BadAudio);
}

#[test]
fn an_error_does_not_quote_the_caller() {
    let e = decoder().text(r#"{"type":"dtmf","digit":["my pin is 1234"]}"#);
    assert!(!e.unwrap_err().message.contains("1234"));
    let e = decoder().text(r#"{"type":"ping","ts":"my pin is 1234"}"#);
    assert!(!e.unwrap_err().message.contains("1234"));
}

#[test]
fn every_listed_type_is_understood_and_no_other() {
    for kind in ClientMessage::TYPES {
        let full = json!({"type": kind, "audio": "AAA=", "digit": "1", "text": "a", "mode": "modular", "jwt": "x", "speed": 5});
        decoder().text(&full.to_string()).unwrap();
    }
}

fn message() -> impl Strategy<Value = ClientMessage> {
    let ts = proptest::option::of((1u32..u32::MAX).prop_map(f64::from));
    let reason = proptest::option::of("[a-z ]{0,40}");
    prop_oneof![
        (proptest::collection::vec(any::<i16>(), 0..400), ts.clone()).prop_map(|(pcm, ts)| {
            ClientMessage::AudioChunk {
                audio: pcm_to_base64(&pcm),
                ts,
                format: Some("pcm16_16k".into()),
                audio_length: None,
            }
        }),
        Just(ClientMessage::AudioEnd {}),
        (reason.clone(), ts.clone()).prop_map(|(reason, ts)| ClientMessage::BargeIn { reason, ts }),
        (reason, ts.clone()).prop_map(|(reason, ts)| ClientMessage::Stop { reason, ts }),
        ts.prop_map(|ts| ClientMessage::Ping { ts }),
        Just(ClientMessage::Pong {}),
        Just(ClientMessage::ClearHistory {}),
        (0u8..=100).prop_map(|speed| ClientMessage::SetSpeed { speed: speed.into() }),
        "[0-9A-D*#]".prop_map(|digit| ClientMessage::Dtmf { digit }),
        "\\PC{1,50}".prop_map(|text| ClientMessage::Text { text }),
        "\\PC{0,50}".prop_map(|jwt| ClientMessage::Auth { jwt }),
    ]
}

proptest! {
    #[test]
    fn no_text_and_no_bytes_panic(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decoder().text(&text);
        let _ = decoder().binary(&bytes, &mut Vec::new());
        let _ = decoder().text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_json_of_a_known_type_panics(kind in 0..ClientMessage::TYPES.len(), field in "[a-z_]{1,12}", n in any::<f64>(), s in "\\PC{0,20}") {
        for value in [json!(n), json!(s), json!([s]), json!({ "x": n }), Value::Null, json!(true)] {
            for name in [field.as_str(), "audio", "data", "audio_data", "ts", "timestamp", "speed", "digit", "text", "reason", "mode", "jwt"] {
                let message = json!({"type": ClientMessage::TYPES[kind], name: value});
                let _ = decoder().text(&message.to_string());
            }
        }
    }

    #[test]
    fn what_a_client_writes_is_read_back_in_every_dialect(message in message()) {
        let mut decoded = Vec::new();
        for dialect in Dialect::ALL {
            let text = encode_client(&message, dialect);
            prop_assert_eq!(&serde_json::from_str::<ClientMessage>(&text).unwrap(), &message);
            decoded.push(decoder().text(&text));
        }
        prop_assert_eq!(&decoded[0], &decoded[1]);
        prop_assert_eq!(&decoded[1], &decoded[2]);
    }

    #[test]
    fn binary_and_base64_audio_are_the_same(pcm in proptest::collection::vec(any::<i16>(), 0..700)) {
        let mut binary = vec![1; 5];
        decoder().binary(&pcm_to_bytes(&pcm), &mut binary).unwrap();
        let text = json!({"type": "audio_chunk", "data": pcm_to_base64(&pcm), "ts": 5}).to_string();
        prop_assert_eq!(&binary, &pcm);
        prop_assert_eq!(decoder().text(&text).unwrap(), Received::Audio(pcm));
    }
}
