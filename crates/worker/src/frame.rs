//! How messages lie on the socket: `u32 length | u8 type | u32 stream | payload`, little-endian.
//!
//! `length` counts the payload alone. Nothing here knows what a payload means.

use std::io::{self, Read};

use crate::WireError;

/// The longest payload in bytes.
pub const MAX_PAYLOAD: usize = 1 << 20;

/// Length, type and stream: what stands before each payload.
pub(crate) const HEADER: usize = 9;

/// How much one read asks for.
const READ: usize = 64 * 1024;

/// One frame, still in the buffer it was read into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawFrame<'a> {
    /// The message's number.
    pub kind: u8,
    /// The stream it belongs to; 0 where it belongs to none.
    pub stream: u32,
    /// The message's fields.
    pub payload: &'a [u8],
}

/// Puts a header before a payload.
///
/// # Errors
/// When the payload is longer than [`MAX_PAYLOAD`].
pub(crate) fn seal(kind: u8, stream: u32, payload: &[u8]) -> Result<Vec<u8>, WireError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(WireError::TooLong(payload.len()));
    }
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    bytes.push(kind);
    bytes.extend_from_slice(&stream.to_le_bytes());
    bytes.extend_from_slice(payload);
    Ok(bytes)
}

/// Collects bytes and gives back whole frames.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
    taken: usize,
}

impl FrameBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes that were read elsewhere.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.forget_taken();
        self.bytes.extend_from_slice(bytes);
    }

    /// Reads once from a source and tells how many bytes came; 0 is its end.
    ///
    /// # Errors
    /// What the source's `read` gives, time-outs included. Nothing is lost then.
    pub fn read_from(&mut self, source: &mut impl Read) -> io::Result<usize> {
        self.forget_taken();
        let filled = self.bytes.len();
        self.bytes.resize(filled + READ, 0);
        let outcome = source.read(&mut self.bytes[filled..]);
        self.bytes.truncate(filled + outcome.as_ref().map_or(0, |n| *n));
        outcome
    }

    /// The next whole frame; `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the length is over the limit. The bytes cannot be trusted from there on.
    pub fn next_frame(&mut self) -> Result<Option<RawFrame<'_>>, WireError> {
        let rest = &self.bytes[self.taken..];
        let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let [l0, l1, l2, l3, kind, s0, s1, s2, s3] = *header;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > MAX_PAYLOAD {
            return Err(WireError::TooLong(length));
        }
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        self.taken += HEADER + length;
        Ok(Some(RawFrame { kind, stream: u32::from_le_bytes([s0, s1, s2, s3]), payload }))
    }

    /// Frames are cheap to give out because the bytes before them go only when new ones come.
    fn forget_taken(&mut self) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
    }
}
