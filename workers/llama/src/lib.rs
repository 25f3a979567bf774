//! The inside of the llama worker, for its program, tests and benches.

pub mod engine;
pub mod form;
pub mod gguf;
pub mod memory;
pub mod model;
pub mod options;
mod output;
mod plain;
pub mod prompt;
pub mod request;
pub mod schema;
pub mod serve;
