//! Twilio Media Streams: what does a telephone call over Twilio's WebSocket look like?
//!
//! Facts from Twilio's documentation of the WebSocket messages. All messages are JSON text; audio is base64
//! of raw mu-law at 8 kHz, 20 ms (160 bytes) a message; numbers arrive as strings.

mod message;
mod session;

pub use message::{DtmfIn, MarkBody, MediaFormat, MediaIn, MediaOut, StartIn, StopIn, TwilioIn, TwilioOut};
pub use session::{TwilioEvent, TwilioSession};
