//! What a WAV file holds, and how one is written.
//!
//! Reading takes every usual kind: linear PCM of 8 to 32 bits, floating point of 32 and 64 bits, A-law and
//! µ-law, also under WAVE_FORMAT_EXTENSIBLE and as RF64, with any number of channels, and files whose sizes
//! were never filled in or that end early.

mod error;
mod format;
mod reader;
mod writer;

pub use error::WavError;
pub use format::Encoding;
pub use reader::{MAX_BYTES, read, read_limited};
pub use writer::{WavWriter, to_bytes};

use crate::resample::convert;

/// The audio of a WAV file, as 16-bit samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wav {
    /// Samples per second and channel, 4 000 to 192 000.
    pub rate_hz: u32,
    /// Channels, at least one.
    pub channels: u16,
    /// The samples of all channels in turn; whole sample groups only.
    pub samples: Vec<i16>,
    /// How the file kept them.
    pub encoding: Encoding,
    /// Bits of each sample in the file.
    pub bits: u16,
    /// The file promised more audio than it holds; `samples` is what was there.
    pub truncated: bool,
}

impl Wav {
    /// Samples of one channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len() / usize::from(self.channels.max(1))
    }

    /// Whether there is no sample at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// How long it plays, in milliseconds.
    #[must_use]
    pub fn millis(&self) -> u64 {
        self.len() as u64 * 1000 / u64::from(self.rate_hz.max(1))
    }

    /// One channel's samples, nothing if there is no such channel.
    pub fn channel(&self, index: u16) -> impl Iterator<Item = i16> + '_ {
        let width = usize::from(self.channels.max(1));
        let from = if index < self.channels { usize::from(index) } else { self.samples.len() };
        self.samples.iter().copied().skip(from).step_by(width)
    }

    /// All channels averaged into one.
    #[must_use]
    pub fn to_mono(&self) -> Vec<i16> {
        if self.channels <= 1 {
            return self.samples.clone();
        }
        self.samples
            .chunks_exact(usize::from(self.channels))
            .map(|group| {
                let sum: i64 = group.iter().map(|&sample| i64::from(sample)).sum();
                (sum / i64::from(self.channels)) as i16
            })
            .collect()
    }

    /// One channel at another rate, without delay.
    #[must_use]
    pub fn to_mono_at(&self, rate_hz: u32) -> Vec<i16> {
        convert(&self.to_mono(), self.rate_hz, rate_hz)
    }

    /// One channel at 16 kHz: what a call takes.
    #[must_use]
    pub fn to_mono_16k(&self) -> Vec<i16> {
        self.to_mono_at(16_000)
    }
}
