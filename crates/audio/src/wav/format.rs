//! What a `fmt ` chunk says, and how its samples become 16-bit ones.

use std::fmt;

use super::WavError;
use crate::Law;

/// How a WAV file keeps its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Linear PCM: unsigned up to 8 bits, signed above.
    Pcm,
    /// IEEE floating point, full scale at 1.
    Float,
    /// G.711 A-law.
    ALaw,
    /// G.711 µ-law.
    MuLaw,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcm => "PCM",
            Self::Float => "floating-point",
            Self::ALaw => "A-law",
            Self::MuLaw => "µ-law",
        })
    }
}

/// The 14 bytes after the format tag in the identifier of an extensible format that stands for a plain tag
/// (KSDATAFORMAT_SUBTYPE_*, 0000xxxx-0000-0010-8000-00AA00389B71).
const PLAIN_SUBTYPE: [u8; 14] =
    [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];

const EXTENSIBLE: u16 = 0xFFFE;

/// A checked `fmt ` chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) encoding: Encoding,
    pub(super) channels: u16,
    pub(super) rate_hz: u32,
    pub(super) bits: u16,
    /// Bytes of one sample, 1 to 8.
    width: usize,
}

impl Format {
    pub(super) fn parse(chunk: &[u8]) -> Result<Self, WavError> {
        let number = |at: usize| chunk.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        let (Some(mut tag), Some(channels), Some(rate_low), Some(rate_high), Some(block), Some(bits)) =
            (number(0), number(2), number(4), number(6), number(12), number(14))
        else {
            return Err(WavError::NoFormat);
        };
        if tag == EXTENSIBLE {
            let (Some(inner), Some(rest)) = (number(24), chunk.get(26..40)) else {
                return Err(WavError::NoFormat);
            };
            if rest != PLAIN_SUBTYPE {
                return Err(compressed(tag));
            }
            tag = inner;
        }
        let encoding = match tag {
            1 => Encoding::Pcm,
            3 => Encoding::Float,
            6 => Encoding::ALaw,
            7 => Encoding::MuLaw,
            other => return Err(compressed(other)),
        };
        if channels == 0 {
            return Err(WavError::NoChannels);
        }
        let rate_hz = u32::from(rate_low) | u32::from(rate_high) << 16;
        if !(4_000..=192_000).contains(&rate_hz) {
            return Err(WavError::Rate(rate_hz));
        }
        // Samples of odd widths sit at the top of whole bytes.
        let width = usize::from(bits.div_ceil(8));
        let known = match encoding {
            Encoding::Pcm => (1..=4).contains(&width),
            Encoding::Float => bits == 32 || bits == 64,
            Encoding::ALaw | Encoding::MuLaw => bits == 8,
        };
        if !known {
            return Err(WavError::Bits { encoding, bits });
        }
        let container = block / channels;
        // 24 bits in groups of four bytes do occur: PCM may sit in a larger container.
        let roomy = encoding == Encoding::Pcm && usize::from(container) > width && container <= 4;
        let fits = usize::from(container) == width || roomy;
        if block % channels != 0 || !fits {
            return Err(WavError::BadBlock { channels, bits, block });
        }
        Ok(Self { encoding, channels, rate_hz, bits, width: usize::from(container) })
    }

    /// Bytes of one sample of every channel.
    pub(super) fn group(&self) -> usize {
        self.width * usize::from(self.channels)
    }

    /// The samples of whole groups.
    pub(super) fn decode(&self, data: &[u8]) -> Vec<i16> {
        match (self.encoding, self.width) {
            (Encoding::ALaw, _) => companded(Law::A, data),
            (Encoding::MuLaw, _) => companded(Law::Mu, data),
            (Encoding::Float, 4) => each(data, |b: [u8; 4]| real(f64::from(f32::from_le_bytes(b)))),
            (Encoding::Float, _) => each(data, |b: [u8; 8]| real(f64::from_le_bytes(b))),
            (Encoding::Pcm, 1) => each(data, |[b]: [u8; 1]| (i16::from(b) - 128) << 8),
            (Encoding::Pcm, 2) => each(data, i16::from_le_bytes),
            (Encoding::Pcm, 3) => {
                each(data, |[low, mid, high]: [u8; 3]| narrow(i32::from_le_bytes([0, low, mid, high])))
            }
            (Encoding::Pcm, _) => each(data, |b: [u8; 4]| narrow(i32::from_le_bytes(b))),
        }
    }
}

fn companded(law: Law, codes: &[u8]) -> Vec<i16> {
    let mut out = Vec::with_capacity(codes.len());
    law.decode_into(codes, &mut out);
    out
}

fn each<const WIDTH: usize>(data: &[u8], sample: impl Fn([u8; WIDTH]) -> i16) -> Vec<i16> {
    data.as_chunks::<WIDTH>().0.iter().map(|&b| sample(b)).collect()
}

/// 32 bits rounded to 16; the topmost values stay at full scale.
fn narrow(sample: i32) -> i16 {
    (sample.saturating_add(1 << 15) >> 16) as i16
}

/// Full scale is 1; what is beyond is clipped and what is no number is silence (`as` does both).
fn real(sample: f64) -> i16 {
    (sample * 32_768.0).round() as i16
}

fn compressed(tag: u16) -> WavError {
    let name = match tag {
        0x0002 | 0x0011 => "ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 | 0x0055 => "MPEG audio",
        0x0160 | 0x0161 => "Windows Media Audio",
        EXTENSIBLE => "a codec of its own",
        _ => "an unknown codec",
    };
    WavError::Compressed { tag, name }
}
