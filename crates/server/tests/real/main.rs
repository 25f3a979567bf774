//! Layer: real. The server on loopback, with real sockets, real calls, and engines of a known sound.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

mod api;
mod bad_input;
mod calls;
mod common;
mod dialects;
mod doors;
mod limits;
mod phone;
mod rvc;
mod stopping;
mod strain;
mod websocket;
