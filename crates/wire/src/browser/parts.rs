//! Of what are the server's messages made?

use serde::{Deserialize, Serialize};

/// How a client gets the agent's audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioForm {
    /// As `tts_audio` messages.
    #[default]
    Json,
    /// As binary frames of PCM16LE, 20 ms each.
    Binary,
}

/// Where each stage runs: `builtin`, `local`, `provider` or `off`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// Recognition.
    pub stt_mode: String,
    /// The brain: `flow` for a scripted dialogue.
    pub llm_mode: String,
    /// Synthesis.
    pub tts_mode: String,
}

/// Milliseconds each stage of one turn took; absent where it did not run. `docs/protocol.md` defines each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Last voiced sample to the decision that the turn is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_of_turn_ms: Option<u64>,
    /// Asking the recogniser for its result to having it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stt_ms: Option<u64>,
    /// Asking the brain to the first text of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm_ms: Option<u64>,
    /// Asking the synthesiser to the first audio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts_ms: Option<u64>,
    /// Decision to first audio: `llm_ms` and `tts_ms` together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e2e_ms: Option<u64>,
    /// Last voiced caller sample in, to first audible agent sample out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice_to_voice_ms: Option<u64>,
    /// Onset of the caller's voice over the reply to the last agent sample sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barge_in_ms: Option<u64>,
}

/// A recognised word and where it lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word.
    pub word: String,
    /// Seconds from the utterance's beginning.
    pub start: f64,
    /// Seconds from the utterance's beginning.
    pub end: f64,
}
