//! Speech from text: which local synthesisers there are.

mod espeak;
mod languages;
mod piper;

pub use espeak::{EspeakOptions, EspeakTts};
pub use piper::{CacheCounts, PiperOptions, PiperStatus, PiperTts};
