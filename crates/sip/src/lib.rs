//! A SIP user agent: calls in and out, trunks, over UDP, TCP and TLS (RFC 3261 and what belongs to it).
//!
//! [`Phone::start`] listens and registers; calls that come in arrive at [`Incoming`], each as an [`Invitation`] and a
//! [`Call`] that tells [`CallEvent`]s and takes [`Ask`]s. Sessions (SDP) pass through as bytes: what they mean is
//! the caller's business, as is all media.
//!
//! Inside, `text` reads and writes messages, `core` is the user agent as a state machine without sockets or clock,
//! and `shell` gives it both.
//!
//! # Why no library
//!
//! rsipstack 0.7.14 was the plan, and what it does decided against it: methods it does not know never reach its user,
//! so that nobody can answer 501; one message it cannot read ends a TCP connection with all its calls; every message
//! is logged whole, numbers included; its queues have no bounds; and session timers, late offers and reliable progress
//! would have been ours to build around it all the same.
#![forbid(unsafe_code)]

mod api;
mod core;
mod digest;
mod dns;
mod options;
mod random;
mod shell;
mod text;
mod trunk;

pub use api::{Ask, CallEvent, Dial, Ended, EndedBy, Invitation, Party, Transport};
pub use digest::Credentials;
pub use options::{Counter, Options, REASONS, Tls, Trunk};
pub use shell::{Call, Incoming, Phone, StartError, Stopped};
pub use trunk::{TrunkState, TrunkStatus};
