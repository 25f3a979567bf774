//! How does a message look in a dialect?

use serde_json::{Map, Value};

use super::client::ClientMessage;
use super::dialect::Dialect;
use super::server::{Message, ServerEvent};
use crate::{ErrorCode, WireError, iso_millis};

/// The only chain there is; the demo server had another one.
pub(crate) const MODE: &str = "modular";

/// A server message as JSON, in a dialect.
#[must_use]
pub fn encode_server(message: &Message, dialect: Dialect) -> String {
    let mut value = serde_json::to_value(message).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        match dialect {
            Dialect::A => spell_as_a(object, message),
            Dialect::B => {
                object.insert("timestamp".into(), iso_millis(message.ts).into());
                spell_as_b(object, message);
            }
            Dialect::Native => {
                object.insert("timestamp".into(), iso_millis(message.ts).into());
                // Nobody has shown a dialect when the first message leaves.
                if matches!(message.event, ServerEvent::Connected { .. }) {
                    spell_as_b(object, message);
                }
            }
        }
    }
    value.to_string()
}

fn spell_as_a(object: &mut Map<String, Value>, message: &Message) {
    match message.event {
        ServerEvent::TtsAudio { .. } => {
            if let Some(audio) = object.remove("audio") {
                object.insert("bytes".into(), audio);
            }
        }
        // Seconds: what dialect A's clients read there.
        ServerEvent::Heartbeat {} => {
            object.insert("timestamp".into(), (message.ts as f64 / 1000.0).into());
        }
        ServerEvent::Pong { .. } => {
            object.remove("latency_ms");
        }
        _ => {}
    }
}

fn spell_as_b(object: &mut Map<String, Value>, message: &Message) {
    match &message.event {
        ServerEvent::Connected { call_id, .. } => {
            object.insert("session_id".into(), call_id.as_str().into());
            object.insert("pipeline_mode".into(), MODE.into());
        }
        ServerEvent::LlmToken { provider, .. } | ServerEvent::LlmFinal { provider, .. } => {
            object.insert("model".into(), provider.as_str().into());
        }
        ServerEvent::TurnEnd { .. } => {
            object.insert("pipeline".into(), MODE.into());
        }
        _ => {}
    }
}

/// Reads a server message of either dialect.
///
/// # Errors
/// [`ErrorCode::BadEvent`] when it is none.
pub fn decode_server(text: &str) -> Result<Message, WireError> {
    serde_json::from_str(text)
        .map_err(|e| WireError::new(ErrorCode::BadEvent, format!("not a server message: {e}")))
}

/// A client message as JSON, in a dialect. `ts` is taken as it is: milliseconds for A, seconds else.
#[must_use]
pub fn encode_client(message: &ClientMessage, dialect: Dialect) -> String {
    let mut value = serde_json::to_value(message).unwrap_or_default();
    if let (Value::Object(object), Dialect::A) = (&mut value, dialect) {
        for (b, a) in [("audio", "data"), ("timestamp", "ts")] {
            if let Some(field) = object.remove(b) {
                object.insert(a.into(), field);
            }
        }
        object.remove("audio_length");
    }
    value.to_string()
}
