//! Which of the predecessors' spellings does a client use?

use serde_json::{Map, Value};

/// A spelling of the same messages. The first message that shows one settles it for the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `data` and `ts` (milliseconds) from the client, `bytes` in `tts_audio`.
    A,
    /// `audio` and `timestamp` (seconds) from the client; `audio` in `tts_audio` and an ISO 8601 `timestamp`
    /// on every message. What a client gets that has shown no dialect yet.
    #[default]
    B,
}

impl Dialect {
    /// The dialect of the `dialect` query parameter: `a` or `b`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "a" | "A" => Some(Self::A),
            "b" | "B" => Some(Self::B),
            _ => None,
        }
    }

    /// The dialect a message shows by the names of its fields, if it shows one.
    pub(crate) fn shown_by(object: &Map<String, Value>) -> Option<Self> {
        let has = |names: &[&str]| names.iter().any(|name| object.contains_key(*name));
        if has(&["audio", "timestamp", "audio_length"]) {
            Some(Self::B)
        } else if has(&["data", "ts", "format"]) {
            Some(Self::A)
        } else {
            None
        }
    }
}
