//! Local engines: voice activity, worker-backed recognition, speech and ends of turns.
#![forbid(unsafe_code)]

pub mod end_of_turn;
pub mod llm;
pub mod stt;
pub mod tts;
pub mod vad;
mod workers;
