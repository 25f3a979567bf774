//! Replies from language models: which local ones there are.

mod ask;
mod line;
mod llama;
mod tally;

pub use llama::{LlamaLlm, LlamaOptions};
pub use tally::Tokens;
