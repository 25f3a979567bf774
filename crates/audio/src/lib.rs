//! PCM frames, G.711, resampling, levels, fades, WAV.
//!
//! Everything is mono 16-bit linear PCM unless a type says otherwise, and nothing allocates per frame in
//! steady state.
#![forbid(unsafe_code)]

mod frame;

pub use frame::Frame;
