//! What colour has the line? Cepstra less their mean over the call.

use std::f32::consts::PI;
use std::sync::LazyLock;

use super::spectrum::{MEL, Mel};
use super::{Cepstrum, WIDTH};

/// The lifter of the model's `feat.params`.
const LIFTER: f32 = 22.0;

/// The mean a call begins with: the model's own.
const PRIOR: Cepstrum =
    [41.00, -5.29, -0.12, 5.09, 2.48, -4.07, -1.37, -1.78, -5.08, -2.05, -6.45, -1.42, 1.17];
/// How many frames of a call the first mean is worth.
const PRIOR_FRAMES: f32 = 50.0;
/// Frames that the mean remembers.
const MEMORY: f32 = 500.0;

/// A call's mean. It follows the audio from frame to frame.
#[derive(Clone, Debug)]
pub(crate) struct LineMean {
    sum: Cepstrum,
    frames: f32,
}

impl Default for LineMean {
    fn default() -> Self {
        Self { sum: PRIOR.map(|mean| mean * PRIOR_FRAMES), frames: PRIOR_FRAMES }
    }
}

impl LineMean {
    /// A frame's cepstrum, less the mean.
    pub(super) fn push(&mut self, mel: &Mel) -> Cepstrum {
        let mut cepstrum = cepstrum(mel);
        let keep = (MEMORY / (self.frames + 1.0)).min(1.0);
        self.frames = (self.frames + 1.0) * keep;
        for (sum, value) in self.sum.iter_mut().zip(&mut cepstrum) {
            *sum = (*sum + *value) * keep;
            *value -= *sum / self.frames;
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
