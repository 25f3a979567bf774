//! Why a WAV file cannot be read.

use super::Encoding;

/// Why bytes are no WAV file that can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WavError {
    /// No byte at all.
    #[error("the file is empty; record or export it again")]
    Empty,
    /// It does not begin like a WAV file.
    #[error("this is no WAV file (it does not begin with RIFF and WAVE); convert it to WAV first")]
    NotWav,
    /// RIFX: numbers with the high byte first.
    #[error("this WAV file is big-endian (RIFX); convert it to an ordinary WAV file")]
    BigEndian,
    /// No `fmt ` chunk, or one that is too short.
    #[error("the WAV file does not say its format (fmt chunk missing or cut off); export it again")]
    NoFormat,
    /// A compression we cannot undo.
    #[error("the WAV file is compressed with {name} (format {tag:#06x}); convert it to PCM")]
    Compressed {
        /// The format tag of the file.
        tag: u16,
        /// Its usual name.
        name: &'static str,
    },
    /// A width of samples that this encoding does not have.
    #[error("{bits}-bit {encoding} WAV files are not supported; convert it to 16-bit PCM")]
    Bits {
        /// How samples are kept.
        encoding: Encoding,
        /// Bits per sample as the file says.
        bits: u16,
    },
    /// A file of no channels.
    #[error("the WAV file says it has no channels; export it again")]
    NoChannels,
    /// The size of one sample group is not channels times sample size.
    #[error("the WAV file contradicts itself ({channels} channels, {bits} bits, but {block} bytes a group)")]
    BadBlock {
        /// Channels as the file says.
        channels: u16,
        /// Bits per sample as the file says.
        bits: u16,
        /// Bytes per sample group as the file says.
        block: u16,
    },
    /// A sampling rate that is not audio.
    #[error("{0} Hz is no sampling rate between 4000 and 192000 Hz")]
    Rate(u32),
    /// No `data` chunk, or nothing in it.
    #[error("the WAV file holds no audio; record or export it again")]
    NoAudio,
    /// More bytes than we read.
    #[error("the WAV file has {bytes} bytes, more than the {limit} that are read; cut it into pieces")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
        /// Bytes read at most.
        limit: usize,
    },
}
