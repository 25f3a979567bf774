//! How do calls look in JSON?

use serde_json::{Value, json};
use tom_store::{Action, Call, Detail, Latency, State, Turn};
use tom_wire::iso_millis;

/// A call in a list.
pub(crate) fn call(call: &Call) -> Value {
    json!({
        "id": call.id,
        "state": State::of(call.reason.as_deref()).as_str(),
        "started_at": iso_millis(call.started_ms),
        "transport": call.transport,
        "language": call.language,
        "variant": call.variant,
        "reason": call.reason,
        "duration_ms": call.duration_ms,
        "turns": call.turns,
        "interruptions": call.interruptions,
        "false_interruptions": call.false_interruptions,
        "failures": call.failures,
        "rating": call.rating,
        "outcomes": call.outcomes,
    })
}

/// A call with all that is known of it.
pub(crate) fn detail(detail: &Detail) -> Value {
    let (media, taking) = (&detail.call.media, &detail.call.turn_taking);
    json!({
        "call": call(&detail.call),
        "turns": detail.turns.iter().map(turn).collect::<Vec<_>>(),
        "actions": detail.actions.iter().map(action).collect::<Vec<_>>(),
        "media": {
            "frames_in": media.frames_in,
            "concealed": media.concealed,
            "dropped_in": media.dropped_in,
            "frames_out": media.frames_out,
            "dropped_out": media.dropped_out,
            "underruns": media.underruns,
        },
        "turn_taking": {
            "echoes": taking.echoes,
            "drafts": taking.drafts,
            "drafts_used": taking.drafts_used,
            "judge_asked": taking.judge_asked,
            "judge_in_time": taking.judge_in_time,
            "judge_late": taking.judge_late,
            "judge_failed": taking.judge_failed,
        },
    })
}

pub(crate) fn turn(turn: &Turn) -> Value {
    json!({
        "turn": turn.turn,
        "revision": turn.revision,
        "cause": turn.cause,
        "ended_ms": turn.ended_ms,
        "said": turn.said,
        "heard": turn.heard,
        "complete": turn.complete,
        "interrupted": turn.interrupted,
        "false_interruptions": turn.false_interruptions,
        "failures": turn.failures,
        "latency": latency(&turn.latency),
    })
}

pub(crate) fn latency(latency: &Latency) -> Value {
    json!({
        "end_of_turn_ms": latency.end_of_turn_ms,
        "stt_ms": latency.stt_ms,
        "llm_ms": latency.llm_ms,
        "tts_ms": latency.tts_ms,
        "voice_to_voice_ms": latency.voice_to_voice_ms,
        "barge_in_ms": latency.barge_in_ms,
    })
}

fn action(action: &Action) -> Value {
    let data = action.data.as_ref().map(|data| {
        data.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect::<Value>()
    });
    json!({"kind": action.kind, "data": data})
}
