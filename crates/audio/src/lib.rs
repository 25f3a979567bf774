//! PCM frames, G.711, G.722, Opus, resampling, jitter and loss, levels, fades, echo, WAV, who picked up.
//!
//! Everything is mono 16-bit linear PCM unless a type says otherwise, and nothing allocates per frame in
//! steady state but [`EchoCanceller`] and the encoder in [`opus`].
#![forbid(unsafe_code)]

mod cancel;
mod conceal;
mod echo;
mod edges;
pub mod fade;
mod frame;
mod framer;
pub mod g711;
mod g722;
pub mod jitter;
pub mod level;
mod music;
mod noise;
pub mod opus;
pub mod pcm;
pub mod pickup;
pub mod resample;
pub mod wav;

pub use cancel::EchoCanceller;
pub use conceal::Concealer;
pub use echo::{EchoDetector, Likeness};
pub use edges::Edges;
pub use fade::Gain;
pub use frame::Frame;
pub use framer::Framer;
pub use g711::Law;
pub use g722::{G722Decoder, G722Encoder};
pub use music::{HoldMusic, Melody};
pub use noise::ComfortNoise;
pub use resample::Resampler;
pub use wav::Wav;
