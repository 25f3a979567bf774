//! The arithmetic of small networks in vector instructions: which are there, and what is built of them?
//!
//! An operation is written once, over [`Simd`], and compiled for every set of instructions ([`Isa`]); which one
//! runs is decided at run time. The portable set needs nothing and is compiled everywhere. The one for NEON is
//! compiled for 64-bit ARM only; CI has no such machine, so there it is type-checked and not run.
//!
//! Beside it, for who works on a thousand calls in turns: how memory is [brought near](Near) in time.
//!
//! This is one of the few crates with unsafe code, all of it in the modules `isa`, `near`, `x86` and `neon`.
#![warn(clippy::undocumented_unsafe_blocks)]

mod conv;
mod curves;
mod dense;
mod dft;
mod isa;
mod near;
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
pub use near::{Near, Nearby};
pub use portable::Portable;
pub use simd::{Op, Simd};
pub use spectrum::{BINS, FRAME, HOP, LANES, SAMPLES, Spectrum, SpectrumState};
