//! Where in a file the format and the samples are.

use super::format::Format;
use super::{Wav, WavError};

/// Bytes that [`read`] takes at most: 512 MiB, more than an hour of anything.
pub const MAX_BYTES: usize = 512 << 20;

/// A size that says "not known": what a streaming writer leaves behind, and RF64's way to a larger field.
const UNKNOWN: u32 = u32::MAX;

/// Reads a WAV file. The memory it takes is at most twice the input's.
///
/// # Errors
///
/// [`WavError`] says what is wrong and what to do. A file that ends early is no error: what is there is
/// returned with [`Wav::truncated`] set.
pub fn read(bytes: &[u8]) -> Result<Wav, WavError> {
    read_limited(bytes, MAX_BYTES)
}

/// Like [`read`], with a limit of one's own on the size of the file in bytes.
///
/// # Errors
///
/// As [`read`]; [`WavError::TooLarge`] above the limit.
pub fn read_limited(bytes: &[u8], limit: usize) -> Result<Wav, WavError> {
    if bytes.is_empty() {
        return Err(WavError::Empty);
    }
    if bytes.len() > limit {
        return Err(WavError::TooLarge { bytes: bytes.len(), limit });
    }
    let riff = match bytes.get(..4) {
        Some(b"RIFF" | b"RF64" | b"BW64") => size_at(bytes, 4).ok_or(WavError::NotWav)?,
        Some(b"RIFX") => return Err(WavError::BigEndian),
        _ => return Err(WavError::NotWav),
    };
    if bytes.get(8..12) != Some(b"WAVE") {
        return Err(WavError::NotWav);
    }
    let chunks = find(bytes, riff);
    let format = Format::parse(chunks.format.ok_or(WavError::NoFormat)?)?;
    let (data, promised) = chunks.data.ok_or(WavError::NoAudio)?;
    let whole = data.len() - data.len() % format.group();
    if whole == 0 {
        return Err(WavError::NoAudio);
    }
    Ok(Wav {
        rate_hz: format.rate_hz,
        channels: format.channels,
        samples: format.decode(&data[..whole]),
        encoding: format.encoding,
        bits: format.bits,
        truncated: whole as u64 != promised.unwrap_or(data.len() as u64),
    })
}

/// The two chunks that matter.
#[derive(Default)]
struct Chunks<'a> {
    format: Option<&'a [u8]>,
    /// What is there, and how much the file promised if it did.
    data: Option<(&'a [u8], Option<u64>)>,
}

/// Walks the chunks until both are found. `riff` is the size in the file's own header.
fn find(bytes: &[u8], riff: u32) -> Chunks<'_> {
    let mut found = Chunks::default();
    let mut large_data = None;
    let mut at = 12;
    while let (Some(id), Some(size)) = (bytes.get(at..at + 4), size_at(bytes, at + 4)) {
        let body = &bytes[at + 8..];
        let mut promised = Some(u64::from(size));
        if id == b"data" {
            if size == UNKNOWN {
                promised = large_data;
            } else if size == 0 && never_filled_in(bytes, riff, at + 8) {
                promised = None;
            }
        }
        let here = promised
            .map_or(body.len(), |size| usize::try_from(size).map_or(body.len(), |size| size.min(body.len())));
        let chunk = &body[..here];
        match id {
            b"fmt " if found.format.is_none() => found.format = Some(chunk),
            b"data" if found.data.is_none() => found.data = Some((chunk, promised)),
            // RF64 (EBU Tech 3306): RIFF size, then data size, 64 bits each.
            b"ds64" => {
                large_data = chunk.get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
            }
            _ => {}
        }
        if found.format.is_some() && found.data.is_some() {
            break;
        }
        at = next_chunk(bytes, at + 8 + here);
    }
    found
}

/// Whether an empty `data` chunk is one whose writer never came back to fill in the size.
fn never_filled_in(bytes: &[u8], riff: u32, data: usize) -> bool {
    let end = u64::from(riff) + 8;
    riff == 0 || riff == UNKNOWN || end == data as u64 && bytes.len() > data
}

/// Chunks start at even places; some writers forget the byte that fills up an odd chunk.
fn next_chunk(bytes: &[u8], end: usize) -> usize {
    let is_id =
        |at: usize| bytes.get(at..at + 4).is_some_and(|id| id.iter().all(|b| (0x20..0x7F).contains(b)));
    if end % 2 == 1 && (is_id(end + 1) || !is_id(end)) { end + 1 } else { end }
}

fn size_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)
}
