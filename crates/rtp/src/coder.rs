//! How does 16 kHz audio become payloads, and payloads become audio?

use tom_audio::{Law, Resampler};
use tom_wire::sdp::Codec;

/// The rate of calls.
pub(crate) const CALL_RATE: u32 = 16_000;

/// The law of a G.711 codec.
fn law(codec: Codec) -> Option<Law> {
    match codec {
        Codec::Pcmu => Some(Law::Mu),
        Codec::Pcma => Some(Law::A),
        Codec::G722 | Codec::Opus => None,
    }
}

/// Whether we have the codec.
pub(crate) fn is_known(codec: Codec) -> bool {
    law(codec).is_some()
}

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
        Codec::Opus => None,
    }
}

/// Decodes the payloads of one stream.
#[derive(Debug)]
pub(crate) struct Decoder {
    codec: Codec,
}

impl Decoder {
    pub(crate) fn new(codec: Codec) -> Self {
        Self { codec }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the payload's samples, at [`rate`].
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        if let Some(law) = law(self.codec) {
            law.decode_into(payload, out);
        }
    }
}

/// Encodes the frames of one stream.
#[derive(Debug)]
pub(crate) struct Encoder {
    codec: Codec,
    down: Resampler,
    narrow: Vec<i16>,
    /// Frames of silence encoded in a row; after the second nothing of speech is left in the filter.
    silent: u32,
}

impl Encoder {
    pub(crate) fn new(codec: Codec) -> Self {
        Self {
            codec,
            down: Resampler::new(CALL_RATE, rate(codec)),
            narrow: Vec::with_capacity(CALL_RATE as usize / 50),
            silent: 0,
        }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the payload of 20 ms of 16 kHz.
    pub(crate) fn encode(&mut self, frame: &[i16], out: &mut Vec<u8>) {
        self.silent = 0;
        self.frame(frame, out);
    }

    /// Appends the payload of 20 ms of silence.
    pub(crate) fn silence(&mut self, out: &mut Vec<u8>) {
        match law(self.codec) {
            Some(law) if self.silent >= 2 => out.resize(out.len() + 160, law.silence()),
            _ => {
                self.silent += 1;
                self.frame(&[0; CALL_RATE as usize / 50], out);
            }
        }
    }

    fn frame(&mut self, frame: &[i16], out: &mut Vec<u8>) {
        self.narrow.clear();
        self.down.push(frame, &mut self.narrow);
        if let Some(law) = law(self.codec) {
            law.encode_into(&self.narrow, out);
        }
    }
}
