//! Scripted dialogues: states, prompts, grammars, slots, transitions.
#![forbid(unsafe_code)]
mod clocktime;
mod dates;
mod error;
mod lexicon;
mod numbers;
mod pattern;
pub mod phrases;
pub mod rating;
mod slot;
mod spot;
mod words;

pub use error::{FlowError, Severity};
