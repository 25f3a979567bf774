//! A language model as the brain of a call: its words, its tools, its memory of what was heard.
#![forbid(unsafe_code)]

mod brain;
mod clean;
mod cut;
mod knowledge;
mod memory;
mod recall;
mod relay;
pub mod tools;
mod words;

pub use brain::{Agent, Limits, LlmBrain};
pub use clean::{Cleaner, clean};
pub use cut::Cutter;
pub use knowledge::{Knowledge, KnowledgeError, Passage};
pub use recall::{Recall, RecallCounts};
pub use relay::Relay;
