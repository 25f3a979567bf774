//! Voice activity: which detectors are there, and which one does a call get?
//!
//! Two networks score short windows of audio: earshot (inside the binary) and Silero (better, needs its
//! weights file). What comes out of either goes through the same two steps: an adaptive noise floor that asks
//! for sound and not only for a likeness to speech ([`VadConfig`]), and rules that turn scores into edges.

mod config;
mod earshot;
mod edges;
mod engine;
mod floor;
mod hiss;
mod level;
mod rise;
pub mod silero;
mod window;

pub use config::{BadVadConfig, VadConfig, VadTuning};
pub use earshot::EarshotVad;
pub use engine::{SILERO_FILE, VadChoice, VadEngine, VadError, open};
pub use silero::SileroVad;
pub use tom_kernel::Isa;
