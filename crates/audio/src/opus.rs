//! How does speech become Opus (RFC 6716) and back, at 16 kHz mono?
//!
//! The codec is the crate `opus-pure`, a port of libopus to Rust without C. Its decoder downmixes what is stereo, and
//! makes up for lost packets in its own way, which keeps its state in step.

use opus_pure::{Application, OpusDecoder, OpusEncoder, Signal, packet};

/// The rate of both sides, in hertz.
const RATE: i32 = 16_000;
/// Samples of 20 ms, and of the longest packet, 120 ms.
const FRAME: usize = 320;
const LONGEST: usize = FRAME * 6;
/// Samples of 2.5 ms: what a gap must be a multiple of.
const UNIT: usize = 40;
/// Bits a second: speech of the whole band, without a loss that can be heard.
const BITRATE: i32 = 24_000;
/// How hard the encoder looks for a better code, 0 to 10. Higher costs a multiple of the time for little at this rate.
const COMPLEXITY: i32 = 1;
/// Largest packet written.
const LARGEST: usize = 400;

/// The codec failed, or the bytes are no packet of its.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no Opus packet")]
pub struct BadOpus;

/// How long a packet lasts, in samples of 48 kHz, which is the RTP clock of Opus whatever it carries (RFC 7587).
#[must_use]
pub fn duration(packet: &[u8]) -> Option<u32> {
    packet::samples_48k(packet)
        .ok()
        .and_then(|samples| u32::try_from(samples).ok())
        .filter(|&samples| samples > 0)
}

/// Makes samples of packets.
pub struct OpusDecode {
    decoder: OpusDecoder,
    samples: Box<[i16; LONGEST]>,
}

impl std::fmt::Debug for OpusDecode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpusDecode")
    }
}

impl OpusDecode {
    /// A decoder that has heard nothing.
    ///
    /// # Errors
    /// [`BadOpus`] when the codec refuses, which it does not at this rate.
    pub fn new() -> Result<Self, BadOpus> {
        let decoder = OpusDecoder::new(RATE, 1).map_err(|_| BadOpus)?;
        Ok(Self { decoder, samples: Box::new([0; LONGEST]) })
    }

    /// Appends a packet's samples; allocates only if `out` lacks the room.
    ///
    /// # Errors
    /// [`BadOpus`] when the bytes are no packet; `out` is then unchanged.
    pub fn decode_into(&mut self, packet: &[u8], out: &mut Vec<i16>) -> Result<(), BadOpus> {
        if packet.is_empty() {
            return Err(BadOpus);
        }
        let decoded = self.decoder.decode_s16(packet, LONGEST, &mut self.samples[..]).map_err(|_| BadOpus)?;
        out.extend_from_slice(self.samples.get(..decoded).ok_or(BadOpus)?);
        Ok(())
    }

    /// Appends what stands in for so many lost samples, whole units of 2.5 ms up to 120 ms of them.
    ///
    /// # Errors
    /// [`BadOpus`] when the decoder cannot make them up; `out` is then unchanged.
    pub fn lost_into(&mut self, samples: usize, out: &mut Vec<i16>) -> Result<(), BadOpus> {
        if !samples.is_multiple_of(UNIT) || samples > LONGEST {
            return Err(BadOpus);
        }
        let made = self.decoder.decode_s16(&[], samples, &mut self.samples[..]).map_err(|_| BadOpus)?;
        out.extend_from_slice(self.samples.get(..made).filter(|_| made == samples).ok_or(BadOpus)?);
        Ok(())
    }
}

/// Makes packets of samples.
pub struct OpusEncode {
    encoder: OpusEncoder,
    packet: [u8; LARGEST],
}

impl std::fmt::Debug for OpusEncode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpusEncode")
    }
}

impl OpusEncode {
    /// An encoder for speech.
    ///
    /// # Errors
    /// [`BadOpus`] when the codec refuses, which it does not at this rate.
    pub fn new() -> Result<Self, BadOpus> {
        let mut encoder = OpusEncoder::new(RATE, 1, Application::Voip).map_err(|_| BadOpus)?;
        encoder.bitrate_bps = BITRATE;
        encoder.complexity = COMPLEXITY;
        encoder.signal_type = Some(Signal::Voice);
        Ok(Self { encoder, packet: [0; LARGEST] })
    }

    /// Appends the packet of 20 ms, 320 samples.
    ///
    /// # Errors
    /// [`BadOpus`] when it is another number of samples; `out` is then unchanged.
    pub fn encode_into(&mut self, frame: &[i16], out: &mut Vec<u8>) -> Result<(), BadOpus> {
        if frame.len() != FRAME {
            return Err(BadOpus);
        }
        let len = self.encoder.encode_s16(frame, FRAME, &mut self.packet).map_err(|_| BadOpus)?;
        out.extend_from_slice(self.packet.get(..len).ok_or(BadOpus)?);
        Ok(())
    }
}
