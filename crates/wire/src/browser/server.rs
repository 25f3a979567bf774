//! What does the server say to a client?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::parts::{Latency, Modes, Word};
use crate::{ErrorCode, ErrorObject};

/// A message of the server: what every one carries, and the event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Counts the messages of a connection from 0, without gaps (binary audio does not count).
    pub seq: u64,
    /// The turn it belongs to; 0 is the opening.
    pub turn_id: u32,
    /// Milliseconds since 1970, by the server's clock.
    pub ts: u64,
    /// Milliseconds of audio since the call began.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: ServerEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerEvent {
    /// The call is up. The first message.
    Connected {
        /// The call's id: the one asked for, or a new one.
        call_id: String,
        /// Where each stage runs.
        config: Modes,
        /// Of both directions, in Hz.
        sample_rate: u32,
        /// The call's language.
        language: String,
        /// The agent's voice is synthetic: true.
        synthetic: bool,
    },
    /// Still here. Every 30 s.
    Heartbeat {},
    /// The call state changed.
    State {
        /// `idle`, `ringing`, `connected`, `listening`, `thinking`, `speaking`, `barred` or `ended`.
        state: String,
    },
    /// Somebody else has the floor.
    Floor {
        /// `listening`, `user`, `pause`, `thinking`, `agent` or `ended`.
        floor: String,
    },
    /// The caller began to speak.
    SttStarted {
        /// The recogniser.
        provider: String,
    },
    /// The caller paused or stopped.
    SttStopped {
        /// The recogniser.
        provider: String,
    },
    /// What the caller is saying.
    SttPartial {
        /// The words so far.
        text: String,
    },
    /// What the caller said in one utterance.
    SttFinal {
        /// The words; empty if nothing was understood.
        text: String,
        /// 0 to 1.
        confidence: f32,
        /// The recogniser.
        #[serde(default)]
        provider: String,
        /// The call's language.
        #[serde(default)]
        language: String,
        /// Where each word lies, where the recogniser tells.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        words: Vec<Word>,
    },
    /// The caller's turn is over; the reply is being made.
    LlmStarted {
        /// The brain.
        provider: String,
    },
    /// The next piece of the reply, as text.
    LlmToken {
        /// A word, clause or sentence.
        text: String,
        /// The brain.
        #[serde(default)]
        provider: String,
    },
    /// The whole reply, as text.
    #[serde(alias = "llm_complete")]
    LlmFinal {
        /// All of it.
        text: String,
        /// The brain.
        #[serde(default)]
        provider: String,
    },
    /// 20 ms of the agent's voice, for clients that do not use binary frames.
    TtsAudio {
        /// Base64 of PCM16LE; named `bytes` in dialect A.
        #[serde(alias = "bytes")]
        audio: String,
        /// `pcm16`.
        codec: String,
        /// In Hz.
        sample_rate: u32,
        /// 20.
        frame_size_ms: u32,
        /// Counts the frames of a reply from 0.
        frame_number: u64,
        /// The synthesiser.
        #[serde(default)]
        provider: String,
        /// The voice is synthetic: true.
        synthetic: bool,
    },
    /// The reply's audio is complete.
    TtsComplete {
        /// How many frames it had.
        total_frames: u64,
        /// The synthesiser.
        #[serde(default)]
        provider: String,
    },
    /// Throw away audio that is not played yet, now.
    Clear {},
    /// Speech over the reply: the reply holds (or goes on quietly) while it is decided.
    Paused {
        /// Quieter, not silent.
        ducked: bool,
    },
    /// It was nothing: the reply goes on.
    Resumed {
        /// How long it held.
        paused_ms: u64,
        /// It was a listener's word ("mhm").
        backchannel: bool,
    },
    /// The caller took the floor; the reply is over. Audio that is not played yet is void.
    Interrupted {
        /// What of the reply was heard.
        heard: String,
        /// Onset of the caller's speech to the decision.
        after_ms: u64,
    },
    /// The dialogue decided something that reaches beyond it.
    Action {
        /// `message`, `callback`, `transfer`, `rating` and so on.
        kind: String,
        /// Its data, by name.
        data: BTreeMap<String, String>,
    },
    /// `barge_in` was received.
    BargeInAck {},
    /// A key was received.
    Dtmf {
        /// Its face.
        digit: String,
    },
    /// The caller was silent and is asked again.
    Reprompt {
        /// The how-manieth time, from 1.
        count: u32,
    },
    /// The turn is over: the last message of it.
    TurnEnd {
        /// What each stage took.
        latency: Latency,
        /// What of the reply was heard.
        heard: String,
        /// Whether that is all of it.
        complete: bool,
    },
    /// The answer to `ping`.
    Pong {
        /// The client's moment, as it wrote it: its clock gives the round trip.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_ts: Option<f64>,
        /// Server's clock less client's moment; only as right as the two clocks agree. Dialect B.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latency_ms: Option<f64>,
    },
    /// The answer to `switch_mode`.
    ModeSwitched {
        /// `modular`.
        mode: String,
    },
    /// The answer to `clear_history` and `set_speed`.
    SessionUpdated {
        /// `history` or `speed`.
        change: String,
        /// Whether it is so now.
        applied: bool,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The brain.
        #[serde(default)]
        provider: String,
    },
    /// Recognition failed. Dialect B, besides `error`.
    SttError {
        /// What is wrong.
        error: String,
        /// The recogniser.
        provider: String,
    },
    /// Making the reply failed. Dialect B, besides `error`.
    LlmError {
        /// What is wrong.
        error: String,
        /// The brain.
        provider: String,
    },
    /// Synthesis failed. Dialect B, besides `error`.
    TtsError {
        /// What is wrong.
        error: String,
        /// The synthesiser.
        provider: String,
    },
    /// A cloud provider failed. Dialect B, besides `error`.
    ProviderError {
        /// What is wrong.
        message: String,
        /// The same.
        error: String,
        /// The stable code.
        code: ErrorCode,
        /// The brain.
        provider: String,
    },
    /// All stages of a turn did their work. Dialect B, before `turn_end`.
    PipelineComplete {
        /// `modular`.
        mode: String,
    },
    /// A stage of the turn failed. Dialect B, before `turn_end`.
    PipelineError {
        /// What is wrong.
        error: String,
    },
    /// Something is wrong.
    Error {
        /// What.
        error: ErrorObject,
        /// The same sentence, for older clients.
        message: String,
    },
    /// The token is missing or wrong; the socket is closed with 1008.
    AuthError {
        /// What is wrong.
        message: String,
    },
    /// Too much in a second; what was too much is dropped. The third time the socket is closed with 1013.
    RateLimitExceeded {
        /// Which limit, in words.
        message: String,
        /// Seconds to wait.
        retry_after: f64,
    },
    /// The call is over. The last message.
    SessionClosed {
        /// The call's id.
        session_id: String,
        /// `caller`, `agent`, `transferred`, `silence`, `too_long`, `unanswered`, `drain` or `failure`.
        reason: String,
    },
}
