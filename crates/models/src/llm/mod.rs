//! Replies from language models: which local ones there are.

mod ask;
mod line;
mod llama;

pub use llama::{LlamaLlm, LlamaOptions};
