//! Silero's voice activity network: its weights, its arithmetic, and the file they come in.

mod detector;
mod heard;
mod model;
mod safetensors;

pub use detector::SileroVad;
pub use model::{CONTEXT, LOOK, SileroError, SileroModel, SileroState, WINDOW};
pub use safetensors::{SafetensorsError, Tensors};
