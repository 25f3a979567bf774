//! What do the first bytes of a WebSocket frame say? (RFC 6455, 5.2)

use super::Fault;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// Bytes.
    Binary,
    /// The end, with a code and a reason, or without.
    Close,
    /// A sign of life is asked for.
    Ping,
    /// A sign of life.
    Pong,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    /// Control frames are short, in one piece, and may come between the pieces of a message.
    pub(super) const fn is_control(self) -> bool {
        !matches!(self, Self::Text | Self::Binary)
    }
}

/// The longest payload of a control frame.
pub(super) const MAX_CONTROL: usize = 125;

/// The head of a client's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The message ends with this frame.
    pub(super) last: bool,
    /// What it carries; none: more of the message before.
    pub(super) kind: Option<Kind>,
    pub(super) mask: [u8; 4],
    /// Bytes of the head.
    pub(super) len: usize,
    /// Bytes of the payload, at most `max`.
    pub(super) payload: usize,
}

/// Reads the head of the frame that begins there; nothing: it is not all there yet. What is wrong is told as soon as
/// it can be seen.
pub(super) fn read(bytes: &[u8], max: usize) -> Result<Option<Head>, Fault> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0x70 != 0 {
        return Err(Fault::Broken("a reserved bit is set, and no extension was agreed on"));
    }
    let last = first & 0x80 != 0;
    let kind = match first & 0x0f {
        0 => None,
        1 => Some(Kind::Text),
        2 => Some(Kind::Binary),
        8 => Some(Kind::Close),
        9 => Some(Kind::Ping),
        10 => Some(Kind::Pong),
        _ => return Err(Fault::Broken("its opcode is unknown")),
    };
    if second & 0x80 == 0 {
        return Err(Fault::Broken("it is not masked, as all of a client's must be"));
    }
    let short = second & 0x7f;
    if kind.is_some_and(Kind::is_control) {
        if !last {
            return Err(Fault::Broken("a ping, pong or close comes in pieces"));
        }
        if usize::from(short) > MAX_CONTROL {
            return Err(Fault::Broken("a ping, pong or close has more than 125 bytes"));
        }
    }
    let (payload, rest, extended) = match (short, rest) {
        (126, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest, 2),
        (127, [a, b, c, d, e, f, g, h, rest @ ..]) => {
            (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest, 8)
        }
        (126 | 127, _) => return Ok(None),
        (short, rest) => (u64::from(short), rest, 0),
    };
    let payload = usize::try_from(payload).ok().filter(|payload| *payload <= max);
    let payload = payload.ok_or(Fault::TooLong(max))?;
    let Some(mask) = rest.first_chunk::<4>() else { return Ok(None) };
    Ok(Some(Head { last, kind, mask: *mask, len: 2 + extended + 4, payload }))
}

/// Takes the mask off.
pub(super) fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
}

/// Appends a server's message in one frame.
pub fn write(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    let head = 0x80 | kind.code();
    match payload.len() {
        short @ 0..126 => out.extend_from_slice(&[head, short as u8]),
        medium @ 126..=0xffff => {
            let [a, b] = (medium as u16).to_be_bytes();
            out.extend_from_slice(&[head, 126, a, b]);
        }
        long => {
            out.extend_from_slice(&[head, 127]);
            out.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// Appends a server's close. A reason that is too long for one frame is cut, at the end of a character.
pub fn write_close(code: Option<u16>, reason: &str, out: &mut Vec<u8>) {
    let Some(code) = code else { return write(Kind::Close, &[], out) };
    let reason = &reason[..reason.floor_char_boundary(MAX_CONTROL - 2)];
    let mut payload = [0; MAX_CONTROL];
    payload[..2].copy_from_slice(&code.to_be_bytes());
    payload[2..2 + reason.len()].copy_from_slice(reason.as_bytes());
    write(Kind::Close, &payload[..2 + reason.len()], out);
}
