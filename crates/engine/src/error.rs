//! One error type for every engine: what happened, whose fault it is, and whether again may help.

use std::error::Error;

/// What went wrong, for counting and for choosing what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The engine, its library, voice or model is not installed here.
    Missing,
    /// It could not be started or reached.
    Unavailable,
    /// It died, or its connection was cut, while it worked.
    Crashed,
    /// No useful output before the deadline.
    Timeout,
    /// A queue is full: more was asked than it can do.
    Overload,
    /// The request makes no sense to it (unknown language, broken grammar, empty text).
    BadRequest,
    /// It answered with something that cannot be read.
    Protocol,
}

impl ErrorKind {
    /// A stable word for metrics and logs.
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

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// TOM's own, or its configuration's.
    Us,
    /// The engine's.
    Engine,
    /// The caller's (or whoever sent the request).
    Caller,
}

/// An engine's failure.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct EngineError {
    /// The kind, for decisions.
    pub kind: ErrorKind,
    /// Whose fault it is.
    pub side: Side,
    /// Whether the same request may succeed when it is put again at once.
    pub retry: bool,
    /// What went wrong and what to do, for a person. Never holds what a caller said.
    pub what: String,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl EngineError {
    /// An error of a kind, with the side and retry that usually go with it.
    #[must_use]
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        let (side, retry) = match kind {
            ErrorKind::Missing => (Side::Us, false),
            ErrorKind::Overload => (Side::Us, true),
            ErrorKind::BadRequest => (Side::Caller, false),
            ErrorKind::Protocol => (Side::Engine, false),
            ErrorKind::Unavailable | ErrorKind::Crashed | ErrorKind::Timeout => (Side::Engine, true),
        };
        Self { kind, side, retry, what: what.into(), source: None }
    }

    /// The same error with what lies beneath it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
