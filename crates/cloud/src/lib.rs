//! Engines over HTTP: any server that speaks OpenAI's protocol for transcriptions, chat completions and
//! speech, on this machine or in a cloud.
//!
//! An engine keeps connections ready, so that a request costs no more than its way there and back. Nothing
//! here makes a call wait: requests run as tasks of the runtime given at the start, and dropping a request
//! closes its connection, which tells the server to stop. Each request has a deadline on output that a call
//! can use and another on gaps; where nothing was given yet it is put a second time. An engine that keeps
//! failing is left alone for a while ([`breaker`]); of recognition another engine can take over
//! ([`FallbackStt`]). No connection goes anywhere but to the address that is
//! configured, and no proxy is used.
#![forbid(unsafe_code)]

mod address;
pub mod breaker;
mod check;
mod core;
mod fallback;
mod key;
pub mod llm;
mod net;
mod options;
mod stt;
mod tts;

pub use address::{BadUrl, BaseUrl};
pub use check::{Check, check};
pub use fallback::FallbackStt;
pub use key::{ApiKey, BadKey};
pub use llm::OpenAiLlm;
pub use options::{AudioFormat, Deadlines, LlmSettings, ServerOptions, SttSettings, TtsSettings};
pub use stt::OpenAiStt;
pub use tts::OpenAiTts;
