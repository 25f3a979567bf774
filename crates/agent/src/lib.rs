//! A language model as the brain of a call: its words, its tools, its memory of what was heard.
#![forbid(unsafe_code)]

mod clean;
mod cut;
mod knowledge;
pub mod tools;

pub use clean::{Cleaner, clean};
pub use cut::Cutter;
pub use knowledge::{Knowledge, KnowledgeError, Passage};
