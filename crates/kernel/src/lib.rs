//! The arithmetic of small networks in vector instructions: which are there, and what is built of them?
//!
//! An operation is written once, over [`Simd`], and compiled for every set of instructions ([`Isa`]); which one
//! runs is decided at run time. The portable set needs nothing and is compiled everywhere. The one for NEON is
//! compiled for 64-bit ARM only; CI has no such machine, so there it is type-checked and not run.
//!
//! This is one of the few crates with unsafe code, all of it in the modules `isa`, `x86` and `neon`.
#![warn(clippy::undocumented_unsafe_blocks)]

mod conv;
mod curves;
mod dense;
mod dft;
mod isa;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod row;
mod simd;
mod spectrum;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use conv::Conv;
pub use curves::{sigmoid, tanh};
pub use dense::Dense;
pub use isa::Isa;
pub use portable::Portable;
pub use simd::{Op, Simd};
pub use spectrum::{BINS, FRAME, HOP, LANES, SAMPLES, Spectrum, SpectrumState};
