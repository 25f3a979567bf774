//! Layer: real. The supervisor and real worker processes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod crash;
mod life;
mod load;
mod sleep;
