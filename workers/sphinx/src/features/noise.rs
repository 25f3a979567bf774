//! What of a frame is speech? A Wiener filter per band.
//!
//! The noise is what the utterance begins with (the audio before speech was detected), followed slowly where
//! a band is quiet. The gain is that of a Wiener filter with the decision-directed estimate of the
//! signal-to-noise ratio (Ephraim and Malah, 1984), smoothed over bands. What is left is laid on a bed of weak noise:
//! the model was trained with rooms, and knows no perfect stillness.

use super::spectrum::{MEL, Mel};

/// Frames that are taken for noise when an utterance begins: 120 ms.
const HEAD: usize = 12;

/// The least gain, so that what is left of a silent band has no end.
const FLOOR: f32 = 0.01;
/// How far the frame before decides the signal-to-noise ratio.
const TRUST: f32 = 0.9;
/// How much stronger the noise is taken to be than it was estimated.
const OVER: f32 = 1.5;
/// Bands to either side over which gains are smoothed.
const SPREAD: usize = 2;
/// The bed, as a share of the mean band of the loudest frame of late: 40 dB below it. Measured over a telephone line:
/// without it every other phrase of espeak-ng's is lost and every fifth digit of people, with thirty times as much
/// every eighth phrase of flite's.
const BED: f32 = 1e-4;
/// What the loudest frame is taken to be at the least: a soft voice.
const SOFT: f32 = 1e6;
/// How much of the loudest frame is left a frame later: half of it after seven seconds.
const FADE: f32 = 0.999;
/// The share of a frame's energy that must be left for it to be more than noise.
const LIVELY: f32 = 0.3;

/// Removes a call's noise.
#[derive(Debug, Default)]
pub(crate) struct NoiseFilter {
    /// Frames held back until the noise is known.
    head: Vec<Mel>,
    settled: bool,
    noise: Mel,
    /// The speech's power over the noise's in the frame before.
    before: Mel,
    smooth: Mel,
    /// Whether a bed is laid.
    bedded: bool,
    /// The mean band of the loudest frame of late.
    loudest: f32,
    /// Frames of this utterance that were more than noise.
    lively: usize,
}

impl NoiseFilter {
    pub(super) fn begin(&mut self, bedded: bool) {
        self.bedded = bedded;
        self.head.clear();
        self.settled = false;
        self.before = [0.0; MEL];
        self.lively = 0;
    }

    /// Frames of the utterance that were more than noise.
    pub(super) fn lively(&self) -> usize {
        self.lively
    }

    /// Takes a frame; gives the frames that are cleaned.
    pub(super) fn push(&mut self, mel: Mel, mut clean: impl FnMut(Mel)) {
        if self.settled {
            return clean(self.filter(mel));
        }
        self.head.push(mel);
        if self.head.len() == HEAD {
            self.finish(clean);
        }
    }

    /// Gives what is held back.
    pub(super) fn finish(&mut self, mut clean: impl FnMut(Mel)) {
        if !self.settled && !self.head.is_empty() {
            self.settle();
        }
        for mel in std::mem::take(&mut self.head) {
            clean(self.filter(mel));
        }
    }

    fn settle(&mut self) {
        self.settled = true;
        let count = self.head.len() as f32;
        for band in 0..MEL {
            self.noise[band] = self.head.iter().map(|mel| mel[band]).sum::<f32>() / count;
        }
        self.smooth = self.head[0];
    }

    fn filter(&mut self, mel: Mel) -> Mel {
        let mut gains = [0.0; MEL];
        for band in 0..MEL {
            let energy = mel[band];
            let noise = &mut self.noise[band];
            self.smooth[band] += 0.4 * (energy - self.smooth[band]);
            let ratio = self.smooth[band] / *noise;
            let rate = if ratio < 1.0 {
                0.1
            } else if ratio < 3.0 {
                0.04
            } else {
                0.0
            };
            *noise += rate * (energy - *noise);
            let posterior = energy / (OVER * *noise);
            let prior = TRUST * self.before[band] + (1.0 - TRUST) * (posterior - 1.0).max(0.0);
            let gain = prior / (1.0 + prior);
            self.before[band] = gain * gain * posterior;
            gains[band] = gain;
        }
        let mut out = mel;
        for band in 0..MEL {
            let around = &gains[band.saturating_sub(SPREAD)..(band + SPREAD + 1).min(MEL)];
            let gain = (around.iter().sum::<f32>() / around.len() as f32).max(FLOOR);
            out[band] *= gain;
        }
        let (before, left) = (mel.iter().sum::<f32>(), out.iter().sum::<f32>());
        self.lively += usize::from(left > LIVELY * before);
        self.loudest = (before / MEL as f32).max(self.loudest * FADE).max(SOFT);
        let bed = if self.bedded { BED * self.loudest } else { 0.0 };
        out.map(|energy| energy + bed)
    }
}
