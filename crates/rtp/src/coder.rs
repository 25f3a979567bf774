//! How does 16 kHz audio become payloads, and payloads become audio?

use tom_audio::opus::{BadOpus, OpusDecode, OpusEncode, duration};
use tom_audio::{G722Decoder, G722Encoder, Law, Resampler};
use tom_wire::sdp::Codec;

/// The rate of calls.
pub(crate) const CALL_RATE: u32 = 16_000;

/// Samples a second of what comes out of the codec's decoder.
pub(crate) fn rate(codec: Codec) -> u32 {
    match codec {
        Codec::Pcmu | Codec::Pcma => 8_000,
        Codec::G722 | Codec::Opus => CALL_RATE,
    }
}

/// How long a payload's audio lasts, in units of the codec's RTP clock; `None` if the codec has no such payload.
pub(crate) fn ticks(codec: Codec, payload: &[u8]) -> Option<u32> {
    match codec {
        // A byte is a unit of the clock: a sample of G.711, two of G.722, whose clock is half its rate.
        Codec::Pcmu | Codec::Pcma | Codec::G722 => u32::try_from(payload.len()).ok().filter(|&len| len > 0),
        Codec::Opus => duration(payload),
    }
}

/// Decodes the payloads of one stream.
#[derive(Debug)]
pub(crate) struct Decoder {
    codec: Codec,
    kind: Decoding,
}

#[derive(Debug)]
enum Decoding {
    G711(Law),
    G722(Box<G722Decoder>),
    Opus(Box<OpusDecode>),
}

impl Decoder {
    pub(crate) fn new(codec: Codec) -> Result<Self, BadOpus> {
        let kind = match codec {
            Codec::Pcmu => Decoding::G711(Law::Mu),
            Codec::Pcma => Decoding::G711(Law::A),
            Codec::G722 => Decoding::G722(Box::default()),
            Codec::Opus => Decoding::Opus(Box::new(OpusDecode::new()?)),
        };
        Ok(Self { codec, kind })
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the payload's samples, at [`rate`]. What cannot be read leaves `out` as it is.
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), BadOpus> {
        match &mut self.kind {
            Decoding::G711(law) => law.decode_into(payload, out),
            Decoding::G722(decoder) => decoder.decode_into(payload, out),
            Decoding::Opus(decoder) => decoder.decode_into(payload, out)?,
        }
        Ok(())
    }

    /// Appends what stands in for so many lost samples, if the codec knows better than anybody else.
    pub(crate) fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) -> bool {
        match &mut self.kind {
            Decoding::Opus(decoder) => decoder.lost_into(samples, out).is_ok(),
            Decoding::G711(_) | Decoding::G722(_) => false,
        }
    }
}

/// Encodes the frames of one stream.
#[derive(Debug)]
pub(crate) struct Encoder {
    codec: Codec,
    kind: Encoding,
    /// Frames of silence encoded in a row; after the second nothing of speech is left in the filter.
    silent: u32,
}

#[derive(Debug)]
enum Encoding {
    G711 { law: Law, down: Resampler, narrow: Vec<i16> },
    G722(Box<G722Encoder>),
    Opus(Box<OpusEncode>),
}

impl Encoder {
    pub(crate) fn new(codec: Codec) -> Result<Self, BadOpus> {
        let kind = match codec {
            Codec::Pcmu => Encoding::g711(Law::Mu),
            Codec::Pcma => Encoding::g711(Law::A),
            Codec::G722 => Encoding::G722(Box::default()),
            Codec::Opus => Encoding::Opus(Box::new(OpusEncode::new()?)),
        };
        Ok(Self { codec, kind, silent: 0 })
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the payload of 20 ms of 16 kHz.
    pub(crate) fn encode(&mut self, frame: &[i16], out: &mut Vec<u8>) {
        self.silent = 0;
        self.kind.frame(frame, out);
    }

    /// Appends the payload of 20 ms of silence.
    pub(crate) fn silence(&mut self, out: &mut Vec<u8>) {
        match &self.kind {
            Encoding::G711 { law, .. } if self.silent >= 2 => out.resize(out.len() + 160, law.silence()),
            _ => {
                self.silent += 1;
                self.kind.frame(&[0; CALL_RATE as usize / 50], out);
            }
        }
    }
}

impl Encoding {
    fn g711(law: Law) -> Self {
        Self::G711 {
            law,
            down: Resampler::new(CALL_RATE, 8_000),
            narrow: Vec::with_capacity(CALL_RATE as usize / 50),
        }
    }

    fn frame(&mut self, frame: &[i16], out: &mut Vec<u8>) {
        match self {
            Self::G711 { law, down, narrow } => {
                narrow.clear();
                down.push(frame, narrow);
                law.encode_into(narrow, out);
            }
            Self::G722(encoder) => encoder.encode_into(frame, out),
            // Frames are of 20 ms: the encoder takes each of them.
            Self::Opus(encoder) => encoder.encode_into(frame, out).unwrap_or_default(),
        }
    }
}
