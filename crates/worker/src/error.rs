//! What can go wrong between TOM and a worker, and how a worker says so.

use std::fmt;

/// What kind of failure it is. The words are those of the engines' errors, so that an engine can pass them
/// on one to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The worker's program, library, voice or model is not installed here.
    Missing,
    /// The worker could not be started, or is shut down.
    Unavailable,
    /// The worker died while it worked on this, and again when it was fed a second time.
    Crashed,
    /// The worker did not answer in time.
    Timeout,
    /// A queue is full: more was asked than the worker can do.
    Overload,
    /// The request makes no sense to the worker (unknown voice, broken grammar, empty text).
    BadRequest,
    /// The worker's answer cannot be read.
    Protocol,
}

impl FaultKind {
    /// Every kind; a kind's place is its number on the wire.
    pub const ALL: [Self; 7] = [
        Self::Missing,
        Self::Unavailable,
        Self::Crashed,
        Self::Timeout,
        Self::Overload,
        Self::BadRequest,
        Self::Protocol,
    ];

    /// A stable word for logs: `bad_request`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unavailable => "unavailable",
            Self::Crashed => "crashed",
            Self::Timeout => "timeout",
            Self::Overload => "overload",
            Self::BadRequest => "bad_request",
            Self::Protocol => "protocol",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure, as it travels from a worker and as the supervisor reports it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The kind, for decisions.
    pub kind: FaultKind,
    /// What is wrong and what to do, for a person. Never holds what a caller said.
    pub message: String,
}

impl Fault {
    /// A failure of a kind.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A request that makes no sense to the worker.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(FaultKind::BadRequest, message)
    }
}

/// Bytes that are no message of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A frame is longer than [`MAX_PAYLOAD`](crate::MAX_PAYLOAD).
    #[error("a frame of {0} bytes is over the limit of 1 MiB")]
    TooLong(usize),
    /// No message has this number.
    #[error("no message has the number {0}")]
    UnknownType(u8),
    /// A message ends before its fields do.
    #[error("a message of type {0} is cut short")]
    Short(u8),
    /// A message goes on after its last field.
    #[error("a message of type {0} has bytes left over")]
    Trailing(u8),
    /// A field holds what it cannot hold: text that is not UTF-8, a confidence outside 0 to 1, an unknown
    /// error kind, half a sample.
    #[error("a message of type {0} has a field with an impossible value")]
    BadField(u8),
    /// The other side speaks another version of the protocol.
    #[error(
        "the worker speaks version {0} of the worker protocol and this program version {ours}: build both again with cargo xtask run",
        ours = crate::PROTOCOL
    )]
    OtherVersion(u32),
}
