//! Which message do a client's frames make?

use std::str::from_utf8;

use super::Fault;
use super::head::{Head, Kind, read, unmask};

/// A message, or one of the frames between its pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
    /// To be answered by a pong with the same bytes.
    Ping(&'a [u8]),
    /// The answer to a ping.
    Pong(&'a [u8]),
    /// The client closes. To be answered, if this side has not closed already, by a close with this code.
    Close(Option<u16>),
}

/// A frame that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Bytes of the frame: the next one begins behind them.
    pub used: usize,
    /// The message, if it is whole.
    pub event: Option<Event<'a>>,
}

/// Puts a client's frames together. Keeps a message only while it comes in pieces.
#[derive(Debug)]
pub struct Reader {
    max: usize,
    /// What the message is that comes in pieces.
    open: Option<Kind>,
    /// As much of it as has come; it stays until the next frame, so that it can be looked at.
    message: Vec<u8>,
    /// Bytes of it that are known to be UTF-8.
    checked: usize,
}

impl Reader {
    /// Takes frames and messages of at most so many bytes.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self { max, open: None, message: Vec::new(), checked: 0 }
    }

    /// Takes the frame that begins there, and its mask off its payload; nothing: it is not all there, and the bytes are
    /// as they were.
    ///
    /// # Errors
    /// What is wrong with it. Nothing can be read from this client after that.
    pub fn take<'a>(&'a mut self, bytes: &'a mut [u8]) -> Result<Option<Step<'a>>, Fault> {
        let Some(head) = read(bytes, self.max)? else { return Ok(None) };
        self.check(&head)?;
        let used = head.len + head.payload;
        let Some(payload) = bytes.get_mut(head.len..used) else { return Ok(None) };
        unmask(payload, head.mask);
        let payload = &*payload;
        let event = match head.kind {
            Some(kind) if kind.is_control() => Some(control(kind, payload)?),
            Some(kind) if head.last => Some(whole(kind, payload)?),
            more => self.piece(more, head.last, payload)?,
        };
        Ok(Some(Step { used, event }))
    }

    /// Whether the frame may come now, and its message not be too long.
    fn check(&mut self, head: &Head) -> Result<(), Fault> {
        if self.open.is_none() && !self.message.is_empty() {
            // It was taken.
            self.message = Vec::new();
        }
        match (head.kind, self.open) {
            (None, None) => Err(Fault::Broken("it goes on with a message that did not begin")),
            (Some(Kind::Text | Kind::Binary), Some(_)) => {
                Err(Fault::Broken("a message begins before the one before it has ended"))
            }
            (None, Some(_)) if self.message.len() + head.payload > self.max => Err(Fault::TooLong(self.max)),
            _ => Ok(()),
        }
    }

    /// A message's first piece, if it has a kind, or one that follows.
    fn piece(&mut self, first: Option<Kind>, last: bool, payload: &[u8]) -> Result<Option<Event<'_>>, Fault> {
        if first.is_some() {
            self.open = first;
            self.checked = 0;
        }
        self.message.extend_from_slice(payload);
        let text = self.open == Some(Kind::Text);
        if text {
            // A character may be cut in two by the end of a piece, but not by the message's.
            match from_utf8(&self.message[self.checked..]) {
                Ok(rest) => self.checked += rest.len(),
                Err(error) if error.error_len().is_none() && !last => self.checked += error.valid_up_to(),
                Err(_) => return Err(Fault::Utf8),
            }
        }
        if !last {
            return Ok(None);
        }
        self.open = None;
        whole(if text { Kind::Text } else { Kind::Binary }, &self.message).map(Some)
    }
}

fn whole(kind: Kind, payload: &[u8]) -> Result<Event<'_>, Fault> {
    match kind {
        Kind::Text => from_utf8(payload).map(Event::Text).map_err(|_| Fault::Utf8),
        _ => Ok(Event::Binary(payload)),
    }
}

fn control(kind: Kind, payload: &[u8]) -> Result<Event<'_>, Fault> {
    match (kind, payload) {
        (Kind::Ping, _) => Ok(Event::Ping(payload)),
        (Kind::Pong, _) => Ok(Event::Pong(payload)),
        (_, []) => Ok(Event::Close(None)),
        (_, [a, b, reason @ ..]) => {
            from_utf8(reason).map_err(|_| Fault::Utf8)?;
            let code = u16::from_be_bytes([*a, *b]);
            Ok(Event::Close(Some(if may_be_sent(code) { code } else { PROTOCOL_ERROR })))
        }
        (_, [_]) => Err(Fault::Broken("a close has half a code")),
    }
}

const PROTOCOL_ERROR: u16 = 1002;

/// The codes that a close may carry (RFC 6455, 7.4, and the registry of later ones).
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
