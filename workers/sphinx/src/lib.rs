//! The inside of the PocketSphinx worker, for its program, tests and evaluation.

mod confidence;
mod decoder;
mod features;
mod ffi;
mod handler;
pub mod jsgf;
mod letters;
pub mod lexicon;
pub mod model;
pub mod network;
mod plan;
mod pool;
mod recogniser;

pub use confidence::Evidence;
pub use handler::Listener;
pub use plan::doubtful_words;
pub use pool::Limits;
pub use recogniser::{Call, Heard, Recogniser};
