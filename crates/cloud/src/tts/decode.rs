//! Which samples are in the bytes that a speech server sends?

use tom_audio::Resampler;

use crate::AudioFormat;

/// A WAV header longer than that is none.
const MOST_HEADER: usize = 64 << 10;
/// Bytes after which it is plain what they are.
const SNIFF: usize = 12;

/// Why bytes are no speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

/// How samples lie in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    rate_hz: u32,
    channels: usize,
    /// 32-bit floating point for 16-bit integers.
    float: bool,
}

#[derive(Debug)]
enum State {
    /// The start, or a WAV header, is not complete.
    Head(Vec<u8>),
    /// Samples.
    Body {
        layout: Layout,
        resampler: Box<Resampler>,
        /// Bytes of a sample group that is not complete.
        part: Vec<u8>,
        /// Bytes of audio still to come; none: until the end.
        left: Option<u64>,
    },
}

/// Makes 16 kHz mono of bare samples or of a WAV file, in pieces of any size.
#[derive(Debug)]
pub(super) struct Decoder {
    format: AudioFormat,
    rate_hz: u32,
    state: State,
}

impl Decoder {
    /// For what was asked for; a WAV file is known by its head in any case.
    pub(super) fn new(format: AudioFormat, rate_hz: u32) -> Self {
        Self { format, rate_hz, state: State::Head(Vec::new()) }
    }

    /// Takes the next bytes; their samples are appended to `out`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<i16>) -> Result<(), Unreadable> {
        let State::Head(head) = &mut self.state else {
            self.body(bytes, out);
            return Ok(());
        };
        if head.len() + bytes.len() < SNIFF {
            head.extend_from_slice(bytes);
            return Ok(());
        }
        // A long piece of bare samples needs no copy.
        let taken = bytes.len().min(MOST_HEADER.saturating_sub(head.len()));
        head.extend_from_slice(&bytes[..taken]);
        let head = std::mem::take(head);
        match begin(&head, self.format, self.rate_hz)? {
            None if taken < bytes.len() => return Err(Unreadable("sends a WAV header without an end")),
            None => self.state = State::Head(head),
            Some((layout, left, from)) => {
                self.start(layout, left);
                self.body(&head[from..], out);
                self.body(&bytes[taken..], out);
            }
        }
        Ok(())
    }

    /// The bytes are over: what is still on its way comes out. Half a sample is dropped.
    pub(super) fn end(&mut self, out: &mut Vec<i16>) -> Result<(), Unreadable> {
        if let State::Head(head) = &mut self.state {
            let head = std::mem::take(head);
            if head.is_empty() {
                return Ok(());
            }
            if self.format == AudioFormat::Wav || head.starts_with(b"RIFF") {
                return Err(Unreadable("sends a WAV file that ends in its header"));
            }
            self.start(Layout { rate_hz: self.rate_hz, channels: 1, float: false }, None);
            self.body(&head, out);
        }
        if let State::Body { resampler, .. } = &mut self.state {
            resampler.flush(out);
        }
        Ok(())
    }

    fn start(&mut self, layout: Layout, left: Option<u64>) {
        let resampler = Box::new(Resampler::new(layout.rate_hz, 16_000));
        self.state = State::Body { layout, resampler, part: Vec::new(), left };
    }

    fn body(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        let State::Body { layout, resampler, part, left } = &mut self.state else { return };
        let bytes = match left {
            None => bytes,
            Some(left) => {
                let now = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= now as u64;
                // What follows the audio in a file is not for the ear.
                &bytes[..now]
            }
        };
        part.extend_from_slice(bytes);
        let width = if layout.float { 4 } else { 2 } * layout.channels;
        let whole = part.len() - part.len() % width;
        let mono: Vec<i16> = part[..whole].chunks_exact(width).map(|group| mix(group, *layout)).collect();
        part.drain(..whole);
        resampler.push(&mono, out);
    }
}

/// One sample of all channels.
fn mix(group: &[u8], layout: Layout) -> i16 {
    let channels = layout.channels as f32;
    if layout.float {
        let (samples, _) = group.as_chunks::<4>();
        let sum: f32 = samples.iter().map(|bytes| f32::from_le_bytes(*bytes)).sum();
        // `as` saturates, and makes 0 of what is no number.
        return (sum / channels * 32_767.0) as i16;
    }
    let (samples, _) = group.as_chunks::<2>();
    let sum: i32 = samples.iter().map(|bytes| i32::from(i16::from_le_bytes(*bytes))).sum();
    (sum / layout.channels as i32) as i16
}

/// What the bytes are, how many bytes of audio follow, and where it begins; none: more is needed to tell.
fn begin(
    head: &[u8],
    format: AudioFormat,
    rate_hz: u32,
) -> Result<Option<(Layout, Option<u64>, usize)>, Unreadable> {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
        return wav(head);
    }
    for (mark, what) in [
        (&b"ID3"[..], "sends MP3"),
        (b"OggS", "sends Ogg"),
        (b"fLaC", "sends FLAC"),
        (b"<html", "sends a web page and no audio"),
        (b"<!DOC", "sends a web page and no audio"),
        (b"{\"", "sends JSON and no audio"),
    ] {
        if head.starts_with(mark) {
            return Err(Unreadable(what));
        }
    }
    if format == AudioFormat::Wav {
        return Err(Unreadable("sends no WAV file"));
    }
    Ok(Some((Layout { rate_hz, channels: 1, float: false }, None, 0)))
}

/// As [`begin`], for a WAV file: its chunks up to the audio.
fn wav(head: &[u8]) -> Result<Option<(Layout, Option<u64>, usize)>, Unreadable> {
    let mut layout = None;
    let mut at = 12;
    loop {
        let Some(chunk) = head.get(at..at + 8) else { return Ok(None) };
        let (name, length) = (&chunk[..4], [chunk[4], chunk[5], chunk[6], chunk[7]]);
        let length = u32::from_le_bytes(length);
        at += 8;
        if name == b"data" {
            let layout = layout.ok_or(Unreadable("sends a WAV file without a format"))?;
            // Who writes a file before knowing its length writes none, or the largest there is.
            let left = (length != 0 && length < u32::MAX - 0xFFFF).then_some(u64::from(length));
            return Ok(Some((layout, left, at)));
        }
        let length = length as usize;
        if length > MOST_HEADER {
            return Err(Unreadable("sends a WAV header without an end"));
        }
        let Some(content) = head.get(at..at + length) else { return Ok(None) };
        if name == b"fmt " {
            layout = Some(layout_of(content)?);
        }
        at += length + length % 2;
    }
}

fn layout_of(fmt: &[u8]) -> Result<Layout, Unreadable> {
    let word = |at: usize| fmt.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let short = Unreadable("sends a WAV file with a broken format");
    let (tag, channels, bits) = (word(0).ok_or(short)?, word(2).ok_or(short)?, word(14).ok_or(short)?);
    let rate_hz = u32::from(word(4).ok_or(short)?) | u32::from(word(6).ok_or(short)?) << 16;
    // WAVE_FORMAT_EXTENSIBLE keeps the true tag where its sub-format begins.
    let tag = if tag == 0xFFFE { word(24).ok_or(short)? } else { tag };
    let float = match (tag, bits) {
        (1, 16) => false,
        (3, 32) => true,
        _ => return Err(Unreadable("sends a WAV file that holds neither 16-bit nor floating point samples")),
    };
    if !(1..=8).contains(&channels) || !(4_000..=192_000).contains(&rate_hz) {
        return Err(Unreadable("sends a WAV file with an impossible rate or number of channels"));
    }
    Ok(Layout { rate_hz, channels: usize::from(channels), float })
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
