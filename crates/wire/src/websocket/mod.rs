//! How do bytes off a client's socket become WebSocket messages, and messages bytes? (RFC 6455)
//!
//! The server's side only, and no extensions: none is offered. [`Reader`] unmasks what a client sent where it lies and
//! hands out messages without a copy unless they came in pieces; [`write()`] appends what a server sends. Who reads and
//! writes the socket, answers pings and closes is the transport's business.

mod head;
mod reader;

pub use head::{Kind, write, write_close};
pub use reader::{Event, Reader, Step};

/// Why a client's bytes are no WebSocket messages that are taken. Nothing can be read after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A frame or a message is longer than the reader takes.
    #[error("a message is longer than {0} bytes")]
    TooLong(usize),
    /// RFC 6455 has no such frame, or not there.
    #[error("a broken frame: {0}")]
    Broken(&'static str),
    /// A text, or the reason of a close, is not UTF-8.
    #[error("text that is not UTF-8")]
    Utf8,
}
