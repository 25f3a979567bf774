//! The worker protocol and its supervisor.
//!
//! Native engines (espeak-ng, PocketSphinx, ONNX, llama.cpp) live in processes of their own. A worker is
//! started with one end of a Unix socket pair as its standard input and speaks the framed protocol of
//! [`Request`] and [`Event`] over it; its standard output is TOM's standard error, because libraries print.
//!
//! A worker's `main` uses [`child`]: take the [`child::Link`], load the engine, `serve` a
//! [`child::Handler`].
//!
//! An engine in TOM uses a [`Supervisor`] and opens a [`Stream`] of it for each call.
#![forbid(unsafe_code)]

pub mod child;
mod codec;
mod error;
mod event;
mod frame;
mod job;
mod request;
mod supervisor;

pub use error::{Fault, FaultKind, WireError};
pub use event::{Event, Hello};
pub use frame::{FrameBuffer, MAX_PAYLOAD, RawFrame};
pub use job::{Job, PROTOCOL};
pub use request::Request;
pub use supervisor::{Sink, Status, Stream, Supervisor, SupervisorOptions};
