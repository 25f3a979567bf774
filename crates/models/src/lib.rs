//! Local engines: voice activity, worker-backed recognition and speech.
#![forbid(unsafe_code)]

pub mod vad;
