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

/// Writes the header before a payload that stands behind its place.
///
/// # Errors
/// When the payload is longer than [`MAX_PAYLOAD`].
pub(crate) fn seal(kind: u8, stream: u32, mut bytes: Vec<u8>) -> Result<Vec<u8>, WireError> {
    let length = bytes.len().saturating_sub(HEADER);
    if length > MAX_PAYLOAD {
        return Err(WireError::TooLong(length));
    }
    if let Some(header) = bytes.first_chunk_mut::<HEADER>() {
        let ([l0, l1, l2, l3], [s0, s1, s2, s3]) = ((length as u32).to_le_bytes(), stream.to_le_bytes());
        *header = [l0, l1, l2, l3, kind, s0, s1, s2, s3];
    }
    Ok(bytes)
}

/// Collects bytes and gives back whole frames.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    /// Grows to what is needed and stays: a read writes into what is there, which nobody has to clear before.
    bytes: Vec<u8>,
    /// How many were read, and of these how many were given out.
    filled: usize,
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
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    /// Reads once from a source and tells how many bytes came; 0 is its end.
    ///
    /// # Errors
    /// What the source's `read` gives, time-outs included. Nothing is lost then.
    pub fn read_from(&mut self, source: &mut impl Read) -> io::Result<usize> {
        let read = source.read(self.room(READ))?;
        self.filled += read;
        Ok(read)
    }

    /// The next whole frame; `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the length is over the limit. The bytes cannot be trusted from there on.
    pub fn next_frame(&mut self) -> Result<Option<RawFrame<'_>>, WireError> {
        let rest = &self.bytes[self.taken..self.filled];
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

    /// Room for so many bytes at least, behind what is filled. Frames are cheap to give out because the bytes before them go
    /// only here.
    fn room(&mut self, least: usize) -> &mut [u8] {
        self.bytes.copy_within(self.taken..self.filled, 0);
        self.filled -= std::mem::take(&mut self.taken);
        if self.bytes.len() < self.filled + least {
            self.bytes.resize(self.filled + least, 0);
        }
        &mut self.bytes[self.filled..]
    }
}
