//! Layer: wire. Server messages survive every dialect, and the list of types is complete.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::Value;
use tom_wire::{
    Dialect, ErrorCode, ErrorObject, Fitter, Latency, Message, Modes, ServerEvent, WireError, Word,
    decode_server, encode_server, iso_millis,
};

fn event() -> impl Strategy<Value = ServerEvent> {
    use ServerEvent as E;
    let words = "\\PC{0,30}";
    let provider = || "[a-z-]{0,12}";
    let opt = || proptest::option::of(0u64..100_000);
    prop_oneof![
        (words, provider()).prop_map(|(call_id, mode)| E::Connected {
            call_id,
            config: Modes { stt_mode: mode.clone(), llm_mode: mode.clone(), tts_mode: mode },
            sample_rate: 16_000,
            language: "en".into(),
            synthetic: true,
        }),
        Just(E::Heartbeat {}),
        words.prop_map(|state| E::State { state }),
        words.prop_map(|floor| E::Floor { floor }),
        provider().prop_map(|provider| E::SttStarted { provider }),
        provider().prop_map(|provider| E::SttStopped { provider }),
        words.prop_map(|text| E::SttPartial { text }),
        (words, 0u8..=100, provider()).prop_map(|(text, percent, provider)| E::SttFinal {
            words: vec![Word { word: text.clone(), start: 0.25, end: 0.5 }],
            text,
            confidence: f32::from(percent) / 100.0,
            provider,
            language: "de".into(),
        }),
        provider().prop_map(|provider| E::LlmStarted { provider }),
        (words, provider()).prop_map(|(text, provider)| E::LlmToken { text, provider }),
        (words, provider()).prop_map(|(text, provider)| E::LlmFinal { text, provider }),
        (any::<u64>(), "[A-Za-z0-9+/]{0,40}").prop_map(|(frame_number, audio)| E::TtsAudio {
            audio,
            codec: "pcm16".into(),
            sample_rate: 16_000,
            frame_size_ms: 20,
            frame_number,
            provider: "tone".into(),
            synthetic: true,
        }),
        (any::<u64>(), provider())
            .prop_map(|(total_frames, provider)| E::TtsComplete { total_frames, provider }),
        Just(E::Clear {}),
        any::<bool>().prop_map(|ducked| E::Paused { ducked }),
        (any::<u64>(), any::<bool>())
            .prop_map(|(paused_ms, backchannel)| E::Resumed { paused_ms, backchannel }),
        (words, any::<u64>()).prop_map(|(heard, after_ms)| E::Interrupted { heard, after_ms }),
        (words, words)
            .prop_map(|(kind, value)| E::Action { kind, data: [("number".to_owned(), value)].into() }),
        Just(E::BargeInAck {}),
        "[0-9#*]".prop_map(|digit| E::Dtmf { digit }),
        any::<u32>().prop_map(|count| E::Reprompt { count }),
        (opt(), opt(), words, any::<bool>()).prop_map(|(a, b, heard, complete)| E::TurnEnd {
            latency: Latency { end_of_turn_ms: a, stt_ms: b, voice_to_voice_ms: a, ..Latency::default() },
            heard,
            complete,
        }),
        proptest::option::of(any::<u32>().prop_map(f64::from))
            .prop_map(|client_ts| E::Pong { client_ts, latency_ms: None }),
        Just(E::ModeSwitched { mode: "modular".into() }),
        (words, any::<bool>(), proptest::option::of(words), provider()).prop_map(
            |(change, applied, message, provider)| E::SessionUpdated { change, applied, message, provider }
        ),
        (words, provider()).prop_map(|(error, provider)| E::SttError { error, provider }),
        (words, provider()).prop_map(|(error, provider)| E::LlmError { error, provider }),
        (words, provider()).prop_map(|(error, provider)| E::TtsError { error, provider }),
        (words, provider()).prop_map(|(error, provider)| E::ProviderError {
            message: error.clone(),
            error,
            code: ErrorCode::ProviderUnavailable,
            provider,
        }),
        words.prop_map(|mode| E::PipelineComplete { mode }),
        words.prop_map(|error| E::PipelineError { error }),
        (0..ErrorCode::ALL.len(), words).prop_map(|(code, message)| {
            let error = WireError::new(ErrorCode::ALL[code], message.clone());
            E::Error {
                error: ErrorObject::new(&error, "r-1", 1_760_000_000_123).with("limit", 65_536),
                message,
            }
        }),
        words.prop_map(|message| E::AuthError { message }),
        words.prop_map(|message| E::RateLimitExceeded { message, retry_after: 1.0 }),
        (words, words).prop_map(|(session_id, reason)| E::SessionClosed { session_id, reason }),
    ]
}

fn wrap(event: ServerEvent) -> Message {
    Message { seq: 7, turn_id: 2, ts: 1_763_707_658_123, at_ms: 4_020, event }
}

fn kind(event: &ServerEvent) -> String {
    serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned()
}

#[test]
fn every_type_is_listed_once() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let tree = event().new_tree(&mut runner).unwrap();
        seen.insert(kind(&tree.current()));
    }
    let listed: std::collections::BTreeSet<String> =
        ServerEvent::TYPES.iter().map(|t| (*t).to_owned()).collect();
    assert_eq!(listed.len(), ServerEvent::TYPES.len());
    assert_eq!(seen, listed);
}

#[test]
fn codes_serialise_as_they_are_named() {
    for code in ErrorCode::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

#[test]
fn the_dialects_differ_where_the_predecessors_did() {
    let audio = wrap(ServerEvent::TtsAudio {
        audio: "AAA=".into(),
        codec: "pcm16".into(),
        sample_rate: 16_000,
        frame_size_ms: 20,
        frame_number: 3,
        provider: "espeak-ng".into(),
        synthetic: true,
    });
    let a: Value = serde_json::from_str(&encode_server(&audio, Dialect::A)).unwrap();
    let b: Value = serde_json::from_str(&encode_server(&audio, Dialect::B)).unwrap();
    assert_eq!((&a["bytes"], &a["audio"]), (&"AAA=".into(), &Value::Null));
    assert_eq!((&b["audio"], &b["bytes"]), (&"AAA=".into(), &Value::Null));
    assert_eq!(b["timestamp"], "2025-11-21T06:47:38.123Z");
    assert_eq!(a["ts"], 1_763_707_658_123u64);
    let beat = wrap(ServerEvent::Heartbeat {});
    let a: Value = serde_json::from_str(&encode_server(&beat, Dialect::A)).unwrap();
    assert_eq!(a["timestamp"], 1_763_707_658.123);
}

#[test]
fn the_first_message_is_spelled_for_everybody() {
    let modes = || "builtin".to_owned();
    let connected = wrap(ServerEvent::Connected {
        call_id: "c1".into(),
        config: Modes { stt_mode: modes(), llm_mode: modes(), tts_mode: modes() },
        sample_rate: 16_000,
        language: "en".into(),
        synthetic: true,
    });
    for dialect in [Dialect::B, Dialect::Native] {
        let got: Value = serde_json::from_str(&encode_server(&connected, dialect)).unwrap();
        assert_eq!((&got["session_id"], &got["pipeline_mode"]), (&"c1".into(), &"modular".into()));
        assert_eq!(got["timestamp"], "2025-11-21T06:47:38.123Z");
    }
}

#[test]
fn dialect_b_hears_how_each_turn_went() {
    let end = |complete| ServerEvent::TurnEnd { latency: Latency::default(), heard: String::new(), complete };
    let error = |code| ServerEvent::Error {
        error: ErrorObject::new(&WireError::new(code, "why"), "r", 0),
        message: "why".into(),
    };
    let mut fitter = Fitter::new("ear", "brain", "voice");
    let mut types = |event| {
        let kinds: Vec<String> = fitter.fit(event, Dialect::B).iter().map(kind).collect();
        kinds.join(" ")
    };
    assert_eq!(types(end(true)), "pipeline_complete turn_end");
    assert_eq!(types(end(false)), "turn_end", "the caller took the floor");
    for (code, besides) in [
        (ErrorCode::SttFailed, "stt_error"),
        (ErrorCode::LlmTimeout, "llm_error"),
        (ErrorCode::TtsFailed, "tts_error"),
        (ErrorCode::ProviderUnavailable, "provider_error"),
    ] {
        assert_eq!(types(error(code)), format!("{besides} error"));
        assert_eq!(types(end(true)), "pipeline_error turn_end");
        assert_eq!(types(end(true)), "pipeline_complete turn_end", "only that turn");
    }
    assert_eq!(types(error(ErrorCode::BadEvent)), "error");
    assert_eq!(types(end(true)), "pipeline_complete turn_end", "the client's own mistakes are no failure");
}

#[test]
fn an_error_has_the_object_and_the_older_sentence() {
    let what = WireError::new(ErrorCode::FrameTooLarge, "too large");
    let message = wrap(ServerEvent::Error {
        error: ErrorObject::new(&what, "c1-4", 0).with("limit", 65_536),
        message: what.message.clone(),
    });
    let got: Value = serde_json::from_str(&encode_server(&message, Dialect::A)).unwrap();
    assert_eq!(got["error"]["code"], "FRAME_TOO_LARGE");
    assert_eq!(got["error"]["request_id"], "c1-4");
    assert_eq!(got["error"]["timestamp"], "1970-01-01T00:00:00.000Z");
    assert_eq!(got["error"]["details"]["limit"], 65_536);
    assert_eq!(got["message"], "too large");
}

#[test]
fn dates_are_right_over_leap_years() {
    // Checked with `date -u -d @SECONDS`.
    for (secs, text) in [
        (951_782_400, "2000-02-29T00:00:00.000Z"),
        (951_868_799, "2000-02-29T23:59:59.000Z"),
        (1_709_164_800, "2024-02-29T00:00:00.000Z"),
        (1_735_689_599, "2024-12-31T23:59:59.000Z"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z"),
    ] {
        assert_eq!(iso_millis(secs * 1000), text);
    }
}

proptest! {
    #[test]
    fn every_message_survives_every_dialect(event in event()) {
        let message = wrap(event);
        for dialect in Dialect::ALL {
            prop_assert_eq!(&decode_server(&encode_server(&message, dialect)).unwrap(), &message);
        }
    }

    #[test]
    fn what_fits_a_dialect_holds_what_the_event_did(event in event(), long in "[a-z ]{1,700}") {
        let mut fitter = Fitter::new("ear", "brain", "voice");
        prop_assert_eq!(fitter.fit(event.clone(), Dialect::Native), vec![event.clone()]);
        let b = fitter.fit(event.clone(), Dialect::B);
        prop_assert!(b.len() <= 2);
        prop_assert_eq!(b.last(), Some(&event), "what comes besides comes before");
        for event in [event, ServerEvent::LlmToken { text: long.clone(), provider: String::new() }] {
            for fit in fitter.fit(event, Dialect::A) {
                let most = match &fit {
                    ServerEvent::LlmToken { text, .. } => Some((text, 100)),
                    ServerEvent::SttPartial { text } => Some((text, 1000)),
                    ServerEvent::SttFinal { text, .. } => Some((text, 2000)),
                    _ => None,
                };
                prop_assert!(most.is_none_or(|(text, most)| (1..=most).contains(&text.chars().count())), "{:?}", fit);
            }
        }
        let pieces = fitter.fit(ServerEvent::LlmToken { text: long.clone(), provider: String::new() }, Dialect::A);
        let joined: String = pieces.iter().map(|piece| match piece {
            ServerEvent::LlmToken { text, .. } => text.as_str(),
            _ => "",
        }).collect();
        prop_assert_eq!(joined, long);
    }

    #[test]
    fn reading_a_server_message_never_panics(text in "\\PC*") {
        let _ = decode_server(&text);
    }
}
