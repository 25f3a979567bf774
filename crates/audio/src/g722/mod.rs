//! How does wideband speech become 64 kbit/s and back: ITU-T G.722, mode 1?
//!
//! Two filters in a mirror split 16 kHz into a lower and an upper band of 8 kHz each. Both are coded by prediction
//! (ADPCM), the lower one in 6 bits a sample, the upper one in 2: a byte carries two samples. All arithmetic is that
//! of the recommendation, in whole numbers, so that every decoder comes to the same samples.

mod band;
mod tables;

use band::Band;
use tables::{QMF, QMF_TAPS};

/// Samples both filters look at.
const PAST: usize = QMF_TAPS * 2;

/// Makes bytes of samples.
#[derive(Clone, Debug)]
pub struct G722Encoder {
    past: [i32; PAST],
    lower: Band,
    upper: Band,
    /// The first sample of a pair whose second has not come.
    half: Option<i16>,
}

impl Default for G722Encoder {
    fn default() -> Self {
        Self { past: [0; PAST], lower: Band::lower(), upper: Band::upper(), half: None }
    }
}

impl G722Encoder {
    /// Appends a byte for every two samples of 16 kHz; allocates only if `out` lacks the room.
    pub fn encode_into(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        let mut samples = pcm.iter().copied();
        while let Some(first) = self.half.take().or_else(|| samples.next()) {
            let Some(second) = samples.next() else {
                self.half = Some(first);
                break;
            };
            push(&mut self.past, [first.into(), second.into()]);
            let (even, odd) = split(&self.past);
            let low = self.lower.encode_lower((odd + even) >> 14);
            let high = self.upper.encode_upper((odd - even) >> 14);
            out.push(high << 6 | low);
        }
    }
}

/// Makes samples of bytes.
#[derive(Clone, Debug)]
pub struct G722Decoder {
    past: [i32; PAST],
    lower: Band,
    upper: Band,
}

impl Default for G722Decoder {
    fn default() -> Self {
        Self { past: [0; PAST], lower: Band::lower(), upper: Band::upper() }
    }
}

impl G722Decoder {
    /// Appends two samples of 16 kHz for every byte; allocates only if `out` lacks the room.
    pub fn decode_into(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        for &byte in bytes {
            let low = self.lower.decode_lower(byte & 0x3f);
            let high = self.upper.decode_upper(byte >> 6);
            push(&mut self.past, [low + high, low - high]);
            let (even, odd) = split(&self.past);
            out.extend([saturate(odd >> 11) as i16, saturate(even >> 11) as i16]);
        }
    }
}

fn push(past: &mut [i32; PAST], pair: [i32; 2]) {
    past.copy_within(2.., 0);
    past[PAST - 2..].copy_from_slice(&pair);
}

/// The sums over the samples at even and at odd places.
fn split(past: &[i32; PAST]) -> (i32, i32) {
    let (pairs, _) = past.as_chunks::<2>();
    let (mut even, mut odd) = (0, 0);
    for (at, [first, second]) in pairs.iter().enumerate() {
        even += first * QMF[at];
        odd += second * QMF[QMF_TAPS - 1 - at];
    }
    (even, odd)
}

/// Kept within 16 bits.
fn saturate(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}
