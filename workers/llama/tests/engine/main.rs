//! Layer: real. A made-up model is loaded and asked: by itself, by many at once, with functions, and as a process.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod ahead;
mod calls;
mod form;
mod golden;
mod many;
mod process;
mod refused;
mod support;
