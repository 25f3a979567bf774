//! Layer: real. Engines over HTTP against loopback servers that behave and misbehave as programmed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod common;
mod fallback;
mod llm;
mod server;
mod stt;
mod tts;
