//! Calls for tests.

use std::path::Path;

use tom_store::{Action, Call, Detail, Latency, Options, Policy, Store, Turn, TurnTaking};

/// 2026-11-26.
pub(crate) const NOW: u64 = 1_795_651_200_000;
pub(crate) const DAY: u64 = 86_400_000;

pub(crate) fn call(id: &str, started_ms: u64) -> Call {
    Call {
        id: id.into(),
        started_ms,
        transport: "ws".into(),
        language: "en".into(),
        variant: "v1a".into(),
        ..Call::default()
    }
}

/// A call of two turns in which a message was taken.
pub(crate) fn detail(id: &str, started_ms: u64) -> Detail {
    let latency = Latency { llm_ms: Some(3), tts_ms: Some(41), ..Latency::default() };
    let greeting = Turn {
        cause: "opening".into(),
        heard: Some("Hello".into()),
        complete: true,
        latency,
        ended_ms: 2_000,
        ..Turn::default()
    };
    let answer = Turn {
        turn: 1,
        revision: 2,
        cause: "said".into(),
        ended_ms: 9_000,
        said: Some("call me at 0171 5551234 please".into()),
        heard: Some("Thank you".into()),
        interrupted: true,
        false_interruptions: 1,
        failures: 1,
        latency: Latency { end_of_turn_ms: Some(500), voice_to_voice_ms: Some(610), ..latency },
        ..Turn::default()
    };
    let data = vec![("text".to_owned(), "call 0171 5551234".to_owned())];
    Detail {
        call: Call {
            reason: Some("caller".into()),
            duration_ms: Some(10_000),
            turns: 2,
            interruptions: 1,
            false_interruptions: 1,
            failures: 1,
            rating: Some(4),
            outcomes: vec!["message".into()],
            turn_taking: TurnTaking {
                echoes: 1,
                drafts: 3,
                drafts_used: 2,
                judge_asked: 7,
                judge_in_time: 4,
                judge_late: 5,
                judge_failed: 6,
            },
            ..call(id, started_ms)
        },
        turns: vec![greeting, answer],
        actions: vec![Action { kind: "message".into(), data: Some(data) }],
    }
}

pub(crate) fn keeping(path: &Path, transcripts: bool) -> Store {
    let policy = Policy { transcripts, retention_days: 36_500 };
    Store::open(&Options { policy, ..Options::new(path) }).unwrap()
}
