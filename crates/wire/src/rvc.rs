//! What do clients of RealtimeVoiceChat and the server say to each other?
//!
//! The subprotocol `rvc-v1`: the caller's audio in binary frames with a header, everything else in JSON of a
//! `type` and a `content`. What that server did not have (errors, answers to settings) has types of its own,
//! which its clients pass over.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::browser::decode::thousandths;
use crate::{ErrorCode, ErrorObject, WireError, pcm_to_bytes, read_pcm};

/// The subprotocol a client offers.
pub const PROTOCOL: &str = "rvc-v1";
/// Samples a second of `tts_chunk`, and of the caller's audio unless the client says otherwise.
pub const RATE: u32 = 48_000;
/// The rates a client may send at, in Hz: what sound cards have.
pub const RATES: [u32; 6] = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000];
/// Bytes before the samples of a binary frame: two big-endian u32, the time and the flags.
const HEADER: usize = 8;
/// The flag that the client is playing the agent's voice.
const PLAYING: u32 = 1;

/// A binary frame of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// When it was captured: the low 32 bits of the milliseconds since 1970.
    pub ts: u32,
    /// Whether the client was playing the agent's voice then.
    pub playing: bool,
    /// Mono samples at the client's rate.
    pub pcm: Vec<i16>,
}

impl Chunk {
    /// Reads a binary frame. Flags that are not known mean nothing.
    ///
    /// # Errors
    /// [`ErrorCode::BadAudio`] when the header is not there, or half a sample is left over.
    pub fn read(bytes: &[u8]) -> Result<Self, WireError> {
        let mut chunk = Self::default();
        chunk.read_next(bytes)?;
        Ok(chunk)
    }

    /// Reads a binary frame in place of the last one, whose buffer is used again.
    ///
    /// # Errors
    /// [`ErrorCode::BadAudio`] when the header is not there, or half a sample is left over.
    pub fn read_next(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let short = || {
            let message = format!("a frame of {} bytes: audio has a header of {HEADER} bytes", bytes.len());
            WireError::new(ErrorCode::BadAudio, message)
        };
        let (ts, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
        let (flags, samples) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        read_pcm(samples, &mut self.pcm)?;
        self.playing = u32::from_be_bytes(*flags) & PLAYING != 0;
        self.ts = u32::from_be_bytes(*ts);
        Ok(())
    }

    /// The frame a client sends.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let flags = if self.playing { PLAYING } else { 0 };
        let mut bytes = [self.ts.to_be_bytes(), flags.to_be_bytes()].concat();
        bytes.extend(pcm_to_bytes(&self.pcm));
        bytes
    }
}

/// A text message of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RvcReceived {
    /// The agent's voice begins to be heard.
    TtsStart,
    /// The client has played all it got, or was told to stop.
    TtsStop,
    /// Stop, and forget what was said.
    ClearHistory,
    /// How patient the agent is, in thousandths: 0 is fast, 1000 is slow.
    SetSpeed(u16),
    /// The token, as the first message.
    Auth(String),
}

/// The spelling of [`RvcReceived`].
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Spelled {
    TtsStart {},
    TtsStop {},
    ClearHistory {},
    SetSpeed { speed: f64 },
    Auth { jwt: String },
}

/// Every `type` a client may send.
pub const CLIENT_TYPES: [&str; 5] = ["tts_start", "tts_stop", "clear_history", "set_speed", "auth"];

impl RvcReceived {
    /// Reads a text frame.
    ///
    /// # Errors
    /// [`ErrorCode::BadEvent`] for what is no message of the protocol.
    pub fn read(text: &str) -> Result<Self, WireError> {
        let bad = |message: String| WireError::new(ErrorCode::BadEvent, message);
        let mut value: Value = serde_json::from_str(text)
            .map_err(|e| bad(format!("not JSON (line {}, column {})", e.line(), e.column())))?;
        let Some(object) = value.as_object_mut() else {
            return Err(bad("a message is a JSON object".into()));
        };
        if object.contains_key("jwt") {
            object.entry("type").or_insert_with(|| "auth".into());
        }
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = CLIENT_TYPES.into_iter().find(|known| *known == kind) else {
            return Err(bad(format!("unknown type; a client may send: {}", CLIENT_TYPES.join(", "))));
        };
        // What a field holds is not repeated: it may be a secret.
        let spelled = serde_json::from_value(value).map_err(|_| match kind {
            "set_speed" => bad("bad set_speed: \"speed\" must be a number from 0 to 100".into()),
            _ => bad(format!("bad {kind}: a field is missing or has the wrong type")),
        })?;
        Ok(match spelled {
            Spelled::TtsStart {} => Self::TtsStart,
            Spelled::TtsStop {} => Self::TtsStop,
            Spelled::ClearHistory {} => Self::ClearHistory,
            Spelled::SetSpeed { speed } => Self::SetSpeed(thousandths(speed)?),
            Spelled::Auth { jwt } => Self::Auth(jwt),
        })
    }
}

/// A message of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RvcEvent {
    /// What the caller has said of this turn so far.
    PartialUserRequest {
        /// All of it.
        content: String,
    },
    /// The caller's turn is over.
    FinalUserRequest {
        /// All of it.
        content: String,
    },
    /// What the agent says, as far as it is known.
    PartialAssistantAnswer {
        /// All of it so far.
        content: String,
    },
    /// The reply is over.
    FinalAssistantAnswer {
        /// What the caller heard of it.
        content: String,
    },
    /// 20 ms of the agent's voice.
    TtsChunk {
        /// Base64 of PCM16LE at 48 kHz.
        content: String,
        /// The voice is synthetic: true.
        #[serde(default)]
        synthetic: bool,
    },
    /// Throw away audio that is not played yet, and what still comes.
    StopTts {
        /// Empty.
        content: String,
    },
    /// Throw away audio that is not played yet; what comes now is to be played again.
    TtsInterruption {
        /// Empty.
        content: String,
    },
    /// The answer to `clear_history` and `set_speed`.
    SessionUpdated {
        /// In words.
        content: String,
        /// `history` or `speed`.
        change: String,
        /// Whether it is so now.
        applied: bool,
    },
    /// Too much in a second; what was too much is dropped. The third time the socket is closed with 1013.
    RateLimitExceeded {
        /// Which limit, in words.
        content: String,
        /// Seconds to wait.
        retry_after: f64,
    },
    /// The token is missing or wrong; the socket is closed with 1008.
    AuthError {
        /// What is wrong.
        content: String,
    },
    /// Something is wrong.
    Error {
        /// In words.
        content: String,
        /// For programs.
        error: ErrorObject,
    },
}

impl RvcEvent {
    /// Every `type` the server may send.
    pub const TYPES: [&'static str; 11] = [
        "partial_user_request",
        "final_user_request",
        "partial_assistant_answer",
        "final_assistant_answer",
        "tts_chunk",
        "stop_tts",
        "tts_interruption",
        "session_updated",
        "rate_limit_exceeded",
        "auth_error",
        "error",
    ];

    /// As JSON.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`ErrorCode::BadEvent`] when it is no message of the server.
    pub fn decode(text: &str) -> Result<Self, WireError> {
        serde_json::from_str(text)
            .map_err(|e| WireError::new(ErrorCode::BadEvent, format!("not a server message: {e}")))
    }
}
