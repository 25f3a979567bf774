//! Traits, ids and errors of the engines: VAD, end of turn, STT, LLM, TTS.
//!
//! An engine is shared by all calls; a *stream* of it belongs to one call. Requests are put to a stream
//! without waiting; results arrive as events on the bounded channel given at `open`, each with the
//! [`Epoch`] it was asked for. A stream never blocks the call: a request that does not fit its queue is an
//! error of kind [`ErrorKind::Overload`], and an engine whose events do not fit the channel fails the
//! request rather than wait (other calls share its reader).
#![forbid(unsafe_code)]

mod end_of_turn;
mod error;
mod health;
mod llm;
mod stt;
mod tts;
mod vad;

pub use end_of_turn::{EndOfTurn, EndOfTurnEvent, EndOfTurnStream};
pub use error::{EngineError, ErrorKind, Side};
pub use health::Health;
pub use llm::{Llm, LlmEvent, LlmMessage, LlmRequest, LlmStream, ToolCall, ToolSpec};
pub use stt::{Grammar, Stt, SttEvent, SttOptions, SttStream};
pub use tts::{Tts, TtsEvent, TtsOptions, TtsStream};
pub use vad::{Edge, Onset, Vad};

pub use tom_base::Epoch;
