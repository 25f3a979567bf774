//! What colour has the line? Cepstra less their mean over the call.

use std::f32::consts::PI;
use std::sync::LazyLock;

use super::spectrum::{MEL, Mel};
use super::{Cepstrum, WIDTH};

/// The lifter of the model's `feat.params`.
const LIFTER: f32 = 22.0;

/// The mean of speech in a quiet room, over a line of 300 to 3400 Hz and over one of full width: what a call
/// begins with. Measured over several voices.
const TELEPHONE: Cepstrum = [26.0, 24.0, -34.0, 38.0, -21.0, -8.0, 6.5, -22.0, 0.0, -7.0, -4.0, 2.5, -5.5];
/// See [`TELEPHONE`].
const WIDE: Cepstrum = [32.0, 0.0, 7.0, 19.0, -1.0, 0.0, 3.5, -4.0, -2.0, -3.0, 4.0, 1.0, 1.5];
/// How many frames of a call the first mean is worth.
const PRIOR_FRAMES: f32 = 100.0;
/// Frames that the mean remembers.
const MEMORY: f32 = 500.0;

/// Bands below 4 kHz, and those a telephone line leaves empty (from 5 kHz; next to 4 kHz resampling leaks).
const INSIDE: std::ops::Range<usize> = 0..19;
/// See [`INSIDE`].
const OUTSIDE: std::ops::Range<usize> = 23..MEL;
/// Peak energy outside over that inside from which on a line is wide. Telephone lines stay below 1e-5, speech over
/// wide lines exceeds 2e-4 within the first syllable (measured).
const WIDE_RATIO: f32 = 4e-5;
/// Peak energy below which nothing was said that could tell.
const AUDIBLE: f32 = 1e5;

/// A call's mean. It follows the audio from frame to frame, silence too: that is what the model was trained with.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineMean {
    sum: Cepstrum,
    frames: f32,
    /// The greatest energy so far.
    inside: f32,
    outside: f32,
}

impl LineMean {
    /// Takes note of a frame before noise was removed from it.
    pub(super) fn note(&mut self, mel: &Mel) {
        self.inside = mel[INSIDE].iter().copied().fold(self.inside, f32::max);
        self.outside = mel[OUTSIDE].iter().copied().fold(self.outside, f32::max);
    }

    /// A frame's cepstrum, less the mean.
    pub(super) fn push(&mut self, mel: &Mel) -> Cepstrum {
        let mut cepstrum = cepstrum(mel);
        let keep = (MEMORY / (self.frames + 1.0)).min(1.0);
        self.frames = (self.frames + 1.0) * keep;
        let wide = self.inside > AUDIBLE && self.outside > WIDE_RATIO * self.inside;
        let prior = if wide { WIDE } else { TELEPHONE };
        for ((sum, prior), value) in self.sum.iter_mut().zip(prior).zip(&mut cepstrum) {
            *sum = (*sum + *value) * keep;
            *value -= (*sum + prior * PRIOR_FRAMES) / (self.frames + PRIOR_FRAMES);
        }
        cepstrum
    }
}

/// Cosines and lifter in one.
static COSINES: LazyLock<Vec<Mel>> = LazyLock::new(|| {
    let row = |i: usize| {
        let scale = if i == 0 { (1.0 / MEL as f32).sqrt() } else { (2.0 / MEL as f32).sqrt() };
        let lifter = 1.0 + LIFTER / 2.0 * (i as f32 * PI / LIFTER).sin();
        std::array::from_fn(|j| scale * lifter * (PI / MEL as f32 * i as f32 * (j as f32 + 0.5)).cos())
    };
    (0..WIDTH).map(row).collect()
});

/// The liftered cosine transform of the logarithms of the bands.
fn cepstrum(mel: &Mel) -> Cepstrum {
    let logs = mel.map(f32::ln);
    std::array::from_fn(|i| COSINES[i].iter().zip(&logs).map(|(cos, log)| cos * log).sum())
}
