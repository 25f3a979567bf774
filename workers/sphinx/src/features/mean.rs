//! What colour has the line? Cepstra less their mean over the call.

use std::f32::consts::PI;
use std::sync::LazyLock;

use super::spectrum::{MEL, Mel};
use super::{Cepstrum, WIDTH};

/// The lifter of the model's `feat.params`.
const LIFTER: f32 = 22.0;

/// The mean of speech over a line of 300 to 3400 Hz and over one of full width: what a call begins with. Measured
/// over flite's four voices, in a quiet room and in weak noise, as [`NoiseFilter`](super::noise::NoiseFilter)
/// leaves them, and with [`HELD`].
const TELEPHONE: Cepstrum = [43.3, 2.1, 0.3, 5.8, -2.3, -8.1, -1.2, -6.1, -7.9, -0.9, -1.2, -1.3, -0.3];
/// As [`TELEPHONE`], without the bed and without [`HELD`].
const BARE: Cepstrum = [26.0, 24.0, -34.0, 38.0, -21.0, -8.0, 6.5, -22.0, 0.0, -7.0, -4.0, 2.5, -5.5];
/// See [`TELEPHONE`].
const WIDE: Cepstrum = [35.3, 0.6, 5.3, 16.2, -1.0, -0.6, 3.2, -2.7, -1.2, -2.0, 3.9, 1.1, 0.9];
/// How many frames of a call the first mean is worth.
const PRIOR_FRAMES: f32 = 100.0;
/// Frames that the mean remembers.
const MEMORY: f32 = 500.0;
/// Frames of a call up to which an utterance is looked at a second time when it is over and the line is better
/// known: two seconds, which is the first utterance and perhaps a second.
const UNKNOWN: f32 = 200.0;
/// Frames that are kept for that: ten seconds.
const MOST_KEPT: usize = 1000;

/// Bands below 4 kHz, and those a telephone line leaves empty (from 5 kHz; next to 4 kHz resampling leaks).
const INSIDE: std::ops::Range<usize> = 0..19;
/// See [`INSIDE`].
const OUTSIDE: std::ops::Range<usize> = 23..MEL;
/// What a telephone line cuts off is taken to be this share of the highest band that it passes: the model expects
/// something there, most of all of an "s". Measured: of people's digits 94 instead of 89 in 100 are right, and 20
/// instead of 15 of 26 rows of four.
const HELD: f32 = 0.5;
/// The highest band that a telephone line passes whole.
const HIGHEST: usize = 17;
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
    /// The cepstra of an utterance that began when little was known of the line.
    kept: Option<Vec<Cepstrum>>,
    /// Whether a telephone line is left as it is.
    bare: bool,
}

impl LineMean {
    /// Takes note of a frame before noise was removed from it.
    pub(super) fn note(&mut self, mel: &Mel) {
        self.inside = mel[INSIDE].iter().copied().fold(self.inside, f32::max);
        self.outside = mel[OUTSIDE].iter().copied().fold(self.outside, f32::max);
    }

    /// An utterance begins; what a telephone line lacks is filled in unless it is to stay bare.
    pub(super) fn begin(&mut self, bare: bool) {
        self.bare = bare;
        self.kept = (self.frames < UNKNOWN).then(Vec::new);
    }

    /// A frame's cepstrum, less the mean.
    pub(super) fn push(&mut self, mel: &Mel) -> Cepstrum {
        let cepstrum = if self.bare || self.wide() { cepstrum(mel) } else { cepstrum(&filled(*mel)) };
        let keep = (MEMORY / (self.frames + 1.0)).min(1.0);
        self.frames = (self.frames + 1.0) * keep;
        for (sum, value) in self.sum.iter_mut().zip(cepstrum) {
            *sum = (*sum + value) * keep;
        }
        if let Some(kept) = &mut self.kept {
            kept.push(cepstrum);
        }
        if self.kept.as_ref().is_some_and(|kept| kept.len() > MOST_KEPT) {
            self.kept = None;
        }
        less(cepstrum, &self.mean())
    }

    /// The utterance once more, all of it less the mean as it is known now. `None` if the line was known when it
    /// began, or it was long enough to make it known.
    pub(super) fn again(&mut self) -> Option<Vec<Cepstrum>> {
        let kept = self.kept.take()?;
        let mean = self.mean();
        Some(kept.into_iter().map(|cepstrum| less(cepstrum, &mean)).collect())
    }

    /// Whether the line is seen to be wide.
    fn wide(&self) -> bool {
        self.inside > AUDIBLE && self.outside > WIDE_RATIO * self.inside
    }

    fn mean(&self) -> Cepstrum {
        let prior = match (self.wide(), self.bare) {
            (true, _) => WIDE,
            (false, true) => BARE,
            (false, false) => TELEPHONE,
        };
        let frames = self.frames + PRIOR_FRAMES;
        std::array::from_fn(|i| (self.sum[i] + prior[i] * PRIOR_FRAMES) / frames)
    }
}

/// A telephone line's bands, with something in those that it cuts off.
fn filled(mut mel: Mel) -> Mel {
    let least = HELD * mel[HIGHEST];
    for band in &mut mel[HIGHEST + 1..] {
        *band = band.max(least);
    }
    mel
}

fn less(cepstrum: Cepstrum, mean: &Cepstrum) -> Cepstrum {
    std::array::from_fn(|i| cepstrum[i] - mean[i])
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
