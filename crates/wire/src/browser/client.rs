//! What may a client say?

use serde::{Deserialize, Serialize};

/// Longest `reason`, in bytes.
pub const MAX_REASON: usize = 256;
/// Longest `text`, in characters.
pub const MAX_TEXT: usize = 2000;

/// A JSON message from the client, in any dialect's spelling. Serialises in dialect B's;
/// [`encode_client`](crate::encode_client) writes the other one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Caller audio.
    AudioChunk {
        /// Base64 of PCM16LE mono. `data` in A, `audio_data` in C.
        #[serde(alias = "data", alias = "audio_data")]
        audio: String,
        /// When it was captured: milliseconds (A) or seconds (B) since 1970.
        #[serde(rename = "timestamp", alias = "ts", default, skip_serializing_if = "Option::is_none")]
        ts: Option<f64>,
        /// `pcm16_8k`, `pcm16_16k`, `pcm16_24k` or `pcm16_48k`; must be the connection's rate.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Ignored: clients disagree whether it counts samples or bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audio_length: Option<f64>,
    },
    /// No more audio for now: the microphone was closed.
    AudioEnd {},
    /// Stop speaking.
    BargeIn {
        /// Why, for the journal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When.
        #[serde(rename = "timestamp", alias = "ts", default, skip_serializing_if = "Option::is_none")]
        ts: Option<f64>,
    },
    /// Hang up.
    Stop {
        /// Why, for the journal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When.
        #[serde(rename = "timestamp", alias = "ts", default, skip_serializing_if = "Option::is_none")]
        ts: Option<f64>,
    },
    /// Are you there?
    Ping {
        /// When; comes back in `pong`.
        #[serde(rename = "timestamp", alias = "ts", default, skip_serializing_if = "Option::is_none")]
        ts: Option<f64>,
    },
    /// The answer to a heartbeat, from clients that give one: a sign of life.
    Pong {},
    /// A key was pressed.
    Dtmf {
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        #[serde(alias = "key")]
        digit: String,
    },
    /// The caller typed this instead of speaking.
    Text {
        /// 1 to 2000 characters.
        text: String,
    },
    /// Which chain to use; only `modular` is there.
    SwitchMode {
        /// `modular` or `direct`.
        mode: String,
    },
    /// Forget what was said so far; the agent stops.
    ClearHistory {},
    /// How patient the agent is with pauses: 0 is fast, 100 is slow.
    SetSpeed {
        /// 0 to 100.
        speed: f64,
    },
    /// The token, as the first message. Also understood without a `type`: `{"jwt": "…"}`.
    Auth {
        /// The token.
        #[serde(alias = "token")]
        jwt: String,
    },
}

impl ClientMessage {
    /// Every `type` a client may send.
    pub const TYPES: [&'static str; 12] = [
        "audio_chunk",
        "audio_end",
        "barge_in",
        "stop",
        "ping",
        "pong",
        "dtmf",
        "text",
        "switch_mode",
        "clear_history",
        "set_speed",
        "auth",
    ];
}
