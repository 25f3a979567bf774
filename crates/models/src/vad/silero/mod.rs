//! Silero's voice activity network: its weights, its arithmetic, and the file they come in.

mod detector;
mod kernel;
mod model;
mod safetensors;
mod spectrum;

pub use detector::SileroVad;
pub use model::{CONTEXT, SileroError, SileroModel, SileroState, WINDOW};
pub use safetensors::{SafetensorsError, Tensors};
