//! The media of telephone calls: RTP sessions over UDP.
//!
//! [`Ports`] hands out pairs of ports as [`Media`]; what two sides agreed on ([`tom_wire::sdp::Negotiated`]) turns one
//! into a running [`Session`]. A session sends what [`Session::send`] is given, 20 ms of 16 kHz a time, and silence
//! or comfort noise in between. What comes it puts in order, conceals what is lost, and hands to the sink at 16 kHz.
//!
//! # When the caller is heard
//!
//! The sink gets every packet **when it arrives**, if its turn has come: nothing plays to a person here, so nothing
//! has to wait for a playout clock. Only behind a missing packet the next ones wait, as long as the jitter buffer has
//! learnt to wait for it, 20 to 100 ms; then the loss is concealed and they follow at once. So a call has one stream,
//! in order and of right length, and its voice activity decides on arrival. [`Options::release`] makes a
//! session wait for the playout clock all the same, for whoever plays to people.
//!
//! # Encryption
//!
//! Where keys were agreed on (SDES), RTP and RTCP are encrypted and authenticated both ways (SRTP, two suites); what
//! is not authentic is not heard.
//!
//! # Hold
//!
//! [`Session::renegotiate`] follows hold and resume. The sink gets nothing while one side holds the other: what comes
//! then is music. Nothing is sent to who does not want it.
//!
//! # What is not taken
//!
//! Nothing that comes over the network can end a session or touch another one. What a session does not take it
//! counts by reason ([`Reject`]): RTP that is none, payload types nobody agreed on, jumps, sources other than the
//! one the session has latched on to.
#![forbid(unsafe_code)]

mod coder;
mod ear;
mod latch;
mod mouth;
mod ports;
mod reports;
mod session;
mod shared;
mod srtp;
mod state;
mod stats;
mod ticker;
mod voice;

pub use ports::{Media, PortError, Ports};
pub use session::{MediaError, MediaEvent, Options, Session};
pub use stats::{Reject, Statistics};
