//! Speech from text: which local synthesisers there are.

mod espeak;
mod languages;

pub use espeak::{EspeakOptions, EspeakTts};
