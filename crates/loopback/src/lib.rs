//! Engines of fixed delay: HTTP servers on the loopback that speak OpenAI's protocol.
//!
//! Tests and benches reach them through the real HTTP path, so that what is measured or broken is TOM and not
//! a model. Delays are programmed, the answers come from functions, and every kind of misbehaviour that a
//! server has shown can be switched on ([`Fault`]). A server costs next to no CPU: its speech is cut out of
//! one second that is made once.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use std::time::Duration;
//! use tom_loopback::{Loopback, Script};
//! let mut script = Script::default();
//! script.transcription.delay = Duration::from_millis(150);
//! script.chat.first = Duration::from_millis(200);
//! let server = Loopback::start(script).await?;
//! println!("{}", server.url()); // http://127.0.0.1:PORT
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]

mod chat;
mod fault;
mod multipart;
mod paced;
mod script;
mod server;
mod speech;
mod stats;
mod transcribe;
mod voice;

pub use fault::{Fault, Kind};
pub use script::{Chat, ChatStep, Fields, Script, Speech, Transcription};
pub use server::Loopback;
pub use stats::{Counts, Stats};
pub use voice::{speech_like, voiced_second};
