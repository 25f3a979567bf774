//! Local engines: voice activity, worker-backed recognition and speech.
#![forbid(unsafe_code)]

pub mod stt;
pub mod tts;
pub mod vad;
mod workers;
