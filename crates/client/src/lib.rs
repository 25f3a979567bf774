//! A caller in software: plays audio over WebSocket and measures what comes back.
//!
//! [`Caller`] calls a TOM server as a telephone would: it sends 20 ms frames in real time, without a break,
//! speaks its recordings when the agent is done (or into its words, if told to), hears the agent through a
//! playout clock that `clear` empties, and returns a [`Report`].
//!
//! What the numbers mean:
//!
//! * Times are milliseconds since the socket opened, on this machine's monotonic clock.
//! * A caller's sample counts as *in* when its frame is sent. *Voiced* are the 20 ms frames of a recording
//!   above -50 dBFS; nothing else decides where speech begins or ends.
//! * An agent's sample counts as *heard* when the playout clock reaches it: at its arrival, or after what is
//!   queued before it. *Audible* is 20 ms above -50 dBFS; its edges are found to 5 ms.
//! * *Latency* of a turn: last voiced caller sample in, to first audible agent sample heard.
//! * *Barge-in*: first voiced caller sample in, to the last audible agent sample before 300 ms of silence.
#![forbid(unsafe_code)]

mod address;
mod caller;
mod dialogue;
mod ear;
mod error;
mod level;
mod line;
mod measure;
mod mouth;
mod options;
mod outgoing;
mod report;
mod socket;

pub use caller::Caller;
pub use error::ClientError;
pub use options::{Act, Action, CallOptions, Limits, Recording, Speech, SpeechStart};
pub use report::{BargeIn, Closed, Ended, Entry, Outcome, Problem, Report, Side, TurnReport, TurnText};
pub use tokio_util::sync::CancellationToken;
pub use tom_wire::{AudioForm, Dialect};

/// Samples at 16 kHz since the socket opened: the client's clock.
type Moment = u64;

/// Samples in a millisecond.
const MS: u64 = 16;
/// Samples in a frame of 20 ms.
const FRAME: usize = 320;
