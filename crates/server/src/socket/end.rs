//! For which reasons does a connection end, and in which words?

use tom_turn::EndReason;
use tom_wire::{ErrorCode, WireError};

use super::throttle::Limit;
use crate::app::App;
use crate::metrics::registry as m;

/// Larger messages than this are not even read; what lies between the limit and this gets a proper answer.
pub(crate) const MAX_READ: usize = 1 << 20;

/// How a connection ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The call is over.
    Call(EndReason),
    /// The call's task broke.
    Broken,
    /// The client closed, or is not there any more.
    Gone,
    /// The client did what it must not.
    Fault(WireError),
}

pub(crate) fn too_large(max: usize) -> WireError {
    WireError::new(
        ErrorCode::FrameTooLarge,
        format!("a message has at most {max} bytes: send audio in pieces of 20 ms"),
    )
}

pub(crate) fn limit_text(limit: Limit) -> &'static str {
    match limit {
        Limit::Messages => "too many messages a second: send audio in pieces of 20 ms or more",
        Limit::Bytes => "too many bytes a second: send audio in real time",
    }
}

pub(crate) fn count_limit(app: &App, limit: Limit) {
    let kind = match limit {
        Limit::Messages => "messages_per_sec",
        Limit::Bytes => "bytes_per_sec",
    };
    app.metrics.count(&m::RATE_LIMIT, &[kind]);
    app.metrics.count(&m::RATE_LIMIT_ALL, &[]);
}

/// What it means that the stream cannot be read on.
pub(crate) fn broken_stream(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") || text.contains("Space limit") {
        return End::Fault(too_large(MAX_READ));
    }
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return End::Gone;
        }
        cause = error.source();
    }
    if text.contains("closing handshake") || text.contains("closed connection") {
        return End::Gone;
    }
    End::Fault(WireError::new(
        ErrorCode::BadEvent,
        "the stream cannot be read: a broken frame, or text that is not UTF-8",
    ))
}
