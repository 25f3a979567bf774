//! Bytes to messages and back, sans IO.
//!
//! Nothing here opens a socket, reads a clock or waits: a transport hands in what it received and sends what
//! it is given. The browser protocol is described for client authors in `docs/protocol.md`; [`rvc`] is what
//! clients of RealtimeVoiceChat speak. What PBXs and carriers speak has one shape, [`phone`], and several dialects:
//! [`audiosocket`], [`chan_websocket`], [`freeswitch`], [`carrier`], [`vonage`]; [`sdp`], [`rtp`], [`rtcp`] and [`dtmf`] are the media of telephones. Every error
//! towards a client carries a stable [`ErrorCode`]; no input can make this crate panic.
#![forbid(unsafe_code)]

pub mod audiosocket;
mod browser;
pub mod carrier;
pub mod chan_websocket;
mod close;
pub mod dtmf;
mod error;
pub mod freeswitch;
mod iso;
mod pcm;
pub mod phone;
pub mod rtcp;
pub mod rtp;
pub mod rvc;
pub mod sdp;
pub mod vonage;
pub mod websocket;

pub use browser::client::{ClientMessage, MAX_REASON, MAX_TEXT};
pub use browser::decode::{Decoder, Received};
pub use browser::dialect::Dialect;
pub use browser::encode::{decode_server, encode_client, encode_server};
pub use browser::fit::Fitter;
pub use browser::parts::{AudioForm, Latency, Modes, Word};
pub use browser::server::{Message, ServerEvent};
pub use close::CloseCode;
pub use error::{ErrorCode, ErrorObject, WireError};
pub use iso::iso_millis;
pub use pcm::{base64_to_pcm, bytes_to_pcm, pcm_to_base64, pcm_to_bytes, read_pcm, write_pcm};
