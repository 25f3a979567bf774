//! Which of the predecessors' spellings does a client use?

use serde_json::{Map, Value};

/// A spelling of the same messages. The first message that shows one settles it for the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `data` and `ts` (milliseconds) from the client, `bytes` in `tts_audio`.
    A,
    /// `audio` and `timestamp` (seconds) from the client, or a token as the first message; the messages of
    /// that server's engines besides our own.
    B,
    /// TOM's own: binary audio, or nothing that shows a dialect yet. Spelled as B, without what only B's
    /// clients look for.
    #[default]
    Native,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::Native];

    /// The dialect of the `dialect` query parameter: `a`, `b` or `native`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "a" | "A" => Some(Self::A),
            "b" | "B" => Some(Self::B),
            "native" => Some(Self::Native),
            _ => None,
        }
    }

    /// The dialect a message shows by the names of its fields, if it shows one. The test dialect C
    /// (`audio_data`, `sequence`) has B's `timestamp`, so it is answered as B.
    pub(crate) fn shown_by(object: &Map<String, Value>) -> Option<Self> {
        let has = |names: &[&str]| names.iter().any(|name| object.contains_key(*name));
        let bare_token = has(&["jwt"]) && !has(&["type"]);
        if bare_token || has(&["audio", "timestamp", "audio_length", "audio_data", "sequence"]) {
            Some(Self::B)
        } else if has(&["data", "ts", "format"]) {
            Some(Self::A)
        } else {
            None
        }
    }
}
