//! Models of real kinds with made-up weights, for tests and benches.
//!
//! No model is committed, and tests download none. A model is described by a text (`data/*.graph`, written by
//! `data/voice.py`), or by code (`whisper`, `llama`); its weights come from a generator that is seeded by their names,
//! and scripts have the reference runtimes say what comes out (`data/*.json`). Nothing such a model says means anything.
#![forbid(unsafe_code)]

pub mod gguf;
mod graph;
mod llama;
mod voice;
mod weights;
mod whisper;

pub use graph::{GraphError, build};
pub use llama::{Llama, MARKS, Said, asked, said, spoken};
pub use voice::{Golden, Voice, golden};
pub use weights::random;
pub use whisper::{LANGUAGES, Whisper, wave, whisper_golden};
