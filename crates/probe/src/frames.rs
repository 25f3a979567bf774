//! Where does a WebSocket frame begin and end? (RFC 6455, 5.2), without a socket.
//!
//! The measuring caller and the impairment relay both need no more than this: whole frames, and what kind
//! they are. Payloads are looked at where they lie.

/// The longest payload that is taken.
pub const MAX_PAYLOAD: u64 = 1 << 20;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// More of the message before.
    Continuation,
    /// Text.
    Text,
    /// Bytes: in TOM's protocol, audio.
    Binary,
    /// The end.
    Close,
    /// A sign of life is asked for.
    Ping,
    /// A sign of life.
    Pong,
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The message ends with this frame.
    pub last: bool,
    /// What it carries.
    pub kind: Kind,
    /// What its payload is masked with, if it is.
    pub mask: Option<[u8; 4]>,
    /// Bytes of the head.
    pub head: usize,
    /// Bytes of the payload.
    pub payload: usize,
}

impl Head {
    /// Bytes of the whole frame.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.head + self.payload
    }

    /// Never: a frame has a head.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }
}

/// What cannot be a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A code that RFC 6455 does not have, or a reserved bit without an extension.
    #[error("a frame with the first byte {0:#04x} is none of RFC 6455")]
    Unknown(u8),
    /// More than [`MAX_PAYLOAD`].
    #[error("a frame of {0} bytes is longer than any of TOM's")]
    TooLong(u64),
}

/// Reads the head of the frame that begins here; `None`: more bytes are needed.
///
/// # Errors
/// When no frame begins here.
pub fn head(bytes: &[u8]) -> Result<Option<Head>, FrameError> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let kind = match first & 0x7f {
        0 => Kind::Continuation,
        1 => Kind::Text,
        2 => Kind::Binary,
        8 => Kind::Close,
        9 => Kind::Ping,
        10 => Kind::Pong,
        _ => return Err(FrameError::Unknown(*first)),
    };
    let (payload, used) = match (second & 0x7f, rest) {
        (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 2),
        (127, [a, b, c, d, e, f, g, h, ..]) => (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 8),
        (126 | 127, _) => return Ok(None),
        (short, _) => (u64::from(short), 0),
    };
    if payload > MAX_PAYLOAD {
        return Err(FrameError::TooLong(payload));
    }
    let masked = second & 0x80 != 0;
    let mask = match (masked, rest.get(used..used + 4)) {
        (false, _) => None,
        (true, Some(&[a, b, c, d])) => Some([a, b, c, d]),
        (true, _) => return Ok(None),
    };
    let head = 2 + used + if masked { 4 } else { 0 };
    Ok(Some(Head { last: first & 0x80 != 0, kind, mask, head, payload: payload as usize }))
}

/// Appends a client's frame. It is masked with zeros, as the protocol asks for a mask and a measuring caller
/// wants no work per frame: what lies in memory is what is sent.
pub fn write(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    let code = match kind {
        Kind::Continuation => 0,
        Kind::Text => 1,
        Kind::Binary => 2,
        Kind::Close => 8,
        Kind::Ping => 9,
        Kind::Pong => 10,
    };
    out.push(0x80 | code);
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(medium as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
