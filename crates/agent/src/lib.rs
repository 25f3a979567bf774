//! A language model as the brain of a call: its words, its tools, its memory of what was heard.
#![forbid(unsafe_code)]

mod clean;
mod cut;

pub use clean::{Cleaner, clean};
pub use cut::Cutter;
