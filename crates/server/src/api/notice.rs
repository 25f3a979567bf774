//! How are the notices of one call told to who follows it?

use serde_json::{Map, Value, json};
use tom_call::{Notice, NoticeKind};
use tom_turn::{CallEvent, mask_digits};

use super::{account, shape};
use crate::observe::{outcome, stage};
use crate::socket::notices::floor_name;

/// A notice's name and data. `texts`: with what was said, every digit hidden, since nobody knows yet whether
/// it is a piece of a number. Keys are never told.
pub(crate) fn told(notice: &Notice, texts: bool) -> (&'static str, Value) {
    let text = |text: &str| if texts { Value::from(mask_digits(text)) } else { Value::Null };
    let (name, data) = match &notice.kind {
        NoticeKind::Call(event) => event_told(event, &text),
        NoticeKind::ReplyComplete => ("reply_complete", json!({})),
        NoticeKind::SpeechComplete { frames } => ("speech_complete", json!({"frames": frames})),
        NoticeKind::TurnTiming(timing) => ("latency", shape::latency(&account::latency(timing))),
        NoticeKind::Connecting(now) => ("connecting", json!({"connecting": now})),
        NoticeKind::Held(now) => ("held", json!({"held": now})),
        NoticeKind::Action(action) => {
            let data: Map<String, Value> =
                action.data.iter().map(|(name, value)| (name.clone(), text(value))).collect();
            ("action", json!({"kind": action.kind, "data": if texts { data.into() } else { Value::Null }}))
        }
    };
    let mut all = json!({
        "seq": notice.seq,
        "at_ms": notice.at.since(tom_base::MediaTime::ZERO).as_millis(),
        "turn": notice.epoch.turn.0,
        "revision": notice.epoch.revision.0,
    });
    if let (Value::Object(all), Value::Object(data)) = (&mut all, data) {
        all.extend(data);
    }
    (name, all)
}

fn event_told(event: &CallEvent, text: &dyn Fn(&str) -> Value) -> (&'static str, Value) {
    match event {
        CallEvent::State(state) => ("state", json!({"state": state.as_str()})),
        CallEvent::Floor(floor) => ("floor", json!({"floor": floor_name(*floor)})),
        CallEvent::Partial { text: said, .. } => ("partial", json!({"text": text(said)})),
        CallEvent::Final { text: said, confidence, .. } => {
            ("final", json!({"text": text(said), "confidence": f64::from(confidence.millis()) / 1000.0}))
        }
        CallEvent::Committed { text: said, wait, .. } => {
            ("committed", json!({"text": text(said), "wait_ms": wait.as_millis()}))
        }
        CallEvent::Reply { text: said, .. } => ("reply", json!({"text": text(said)})),
        CallEvent::Speaking { .. } => ("speaking", json!({})),
        CallEvent::Paused { ducked, .. } => ("paused", json!({"ducked": ducked})),
        CallEvent::FalseInterruption { paused, backchannel, .. } => {
            ("resumed", json!({"paused_ms": paused.as_millis(), "backchannel": backchannel}))
        }
        CallEvent::Interrupted { heard, after, .. } => {
            ("interrupted", json!({"heard": text(heard), "after_ms": after.as_millis()}))
        }
        CallEvent::TurnEnd { heard, complete, .. } => {
            ("turn_end", json!({"heard": text(heard), "complete": complete}))
        }
        CallEvent::Dtmf(_) => ("dtmf", json!({})),
        CallEvent::Reprompt(count) => ("reprompt", json!({"count": count})),
        CallEvent::Failed { stage: failed, .. } => ("failed", json!({"stage": stage(*failed)})),
        CallEvent::Ended(reason) => ("ended", json!({"reason": outcome(*reason)})),
    }
}
