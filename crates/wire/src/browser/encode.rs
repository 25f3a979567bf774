//! How does a message look in a dialect?

use serde_json::Value;

use super::client::ClientMessage;
use super::dialect::Dialect;
use super::server::Message;
use crate::{ErrorCode, WireError, iso_millis};

/// A server message as JSON, in a dialect.
#[must_use]
pub fn encode_server(message: &Message, dialect: Dialect) -> String {
    let mut value = serde_json::to_value(message).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        let heartbeat = object.get("type").is_some_and(|kind| kind == "heartbeat");
        match dialect {
            Dialect::A => {
                if object.get("type").is_some_and(|kind| kind == "tts_audio")
                    && let Some(audio) = object.remove("audio")
                {
                    object.insert("bytes".into(), audio);
                }
                object.remove("latency_ms");
                if heartbeat {
                    // Seconds: what dialect A's clients read there.
                    object.insert("timestamp".into(), (message.ts as f64 / 1000.0).into());
                }
            }
            Dialect::B => {
                object.insert("timestamp".into(), iso_millis(message.ts).into());
            }
        }
    }
    value.to_string()
}

/// Reads a server message of either dialect.
///
/// # Errors
/// [`ErrorCode::BadEvent`] when it is none.
pub fn decode_server(text: &str) -> Result<Message, WireError> {
    serde_json::from_str(text)
        .map_err(|e| WireError::new(ErrorCode::BadEvent, format!("not a server message: {e}")))
}

/// A client message as JSON, in a dialect. `ts` is taken as it is: milliseconds for A, seconds for B.
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
