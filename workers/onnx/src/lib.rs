//! The inside of the ONNX worker, for its program, tests and evaluation.

pub mod clock;
pub mod features;
mod graph;
mod handler;
mod lanes;
mod network;
pub mod session;
pub mod voice;
pub mod whisper;

pub use graph::ModelError;
pub use handler::{Judge, Runtime};
pub use network::Network;
