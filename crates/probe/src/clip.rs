//! How is audio kept so that saying it costs nothing? As the frames that go onto the socket.

use crate::frames::{Kind, write};
use crate::voice::{FRAME, edges};

/// Bytes of 20 ms of PCM16 at 16 kHz as a client's WebSocket frame.
pub const WIRE: usize = 8 + FRAME * 2;

/// Audio in frames of 20 ms, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    name: String,
    wire: Vec<u8>,
    marks: Vec<usize>,
}

impl Clip {
    /// From samples at 16 kHz. Marks are sample positions whose sending is noted; the last frame is filled up
    /// with silence.
    #[must_use]
    pub fn new(name: impl Into<String>, pcm: &[i16], marks: &[usize]) -> Self {
        let mut wire = Vec::with_capacity(pcm.len().div_ceil(FRAME) * WIRE);
        let mut bytes = [0; FRAME * 2];
        for frame in pcm.chunks(FRAME) {
            bytes.fill(0);
            for (to, sample) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(frame) {
                *to = sample.to_le_bytes();
            }
            write(Kind::Binary, &bytes, &mut wire);
        }
        let marks = marks.iter().map(|at| at / FRAME).collect();
        Self { name: name.into(), wire, marks }
    }

    /// The same with two marks: the first and the last voiced sample by level. `None`: nothing in it is audible.
    #[must_use]
    pub fn of_speech(name: impl Into<String>, pcm: &[i16]) -> Option<Self> {
        let (first, last) = edges(pcm)?;
        Some(Self::new(name, pcm, &[first, last]))
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Frames of 20 ms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.wire.len() / WIRE
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }

    /// A frame as it goes onto the socket.
    pub(crate) fn frame(&self, n: usize) -> &[u8] {
        &self.wire[n * WIRE..(n + 1) * WIRE]
    }

    /// The samples of a frame.
    #[must_use]
    pub fn pcm(&self, n: usize) -> [i16; FRAME] {
        samples(&self.frame(n)[WIRE - FRAME * 2..])
    }

    /// How many marks lie in a frame.
    #[must_use]
    pub fn marks_in(&self, n: usize) -> usize {
        self.marks.iter().filter(|mark| **mark == n).count()
    }
}

/// The samples of 20 ms.
pub(crate) fn samples(bytes: &[u8]) -> [i16; FRAME] {
    let mut pcm = [0; FRAME];
    for (sample, bytes) in pcm.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *sample = i16::from_le_bytes(*bytes);
    }
    pcm
}

/// White noise of that level, the same for one seed for ever (splitmix64).
#[must_use]
pub fn noise(seed: u64, dbfs: f64, samples: usize) -> Vec<i16> {
    // Uniform noise between -a and a has an RMS of a / sqrt 3.
    let amplitude = 32_768.0 * 10f64.powf(dbfs / 20.0) * 3f64.sqrt();
    let mut state = seed;
    (0..samples)
        .map(|_| {
            let unit = (next(&mut state) >> 11) as f64 / (1u64 << 53) as f64;
            ((unit * 2.0 - 1.0) * amplitude).round() as i16
        })
        .collect()
}

/// The next number of a small generator (splitmix64, Steele and others 2014).
pub fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
#[path = "clip_tests.rs"]
mod tests;
