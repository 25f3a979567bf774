//! How is one band predicted, and the difference coded (G.722, 3 and 6.2)?

use super::saturate;
use super::tables::{
    LOG, LOWER_NEGATIVE, LOWER_POSITIVE, LOWER_STEPS, LOWER_WEIGHT, QUANTISER_4, QUANTISER_6, UPPER,
    UPPER_WEIGHT,
};

/// Differences the zeros of the predictor look at.
const ZEROS: usize = 6;
/// Largest logarithm of the step: of the lower band, of the upper one.
const MOST_LOWER: i32 = 18_432;
const MOST_UPPER: i32 = 22_528;

/// The state of one band, alike at both ends. Names follow the recommendation where it has short ones.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// What is predicted, and the part of it that comes from the zeros.
    predicted: i32,
    from_zeros: i32,
    /// Reconstructed samples and those without the poles' part, the newest first.
    r: [i32; 2],
    p: [i32; 2],
    /// Coefficients of the two poles.
    a: [i32; 2],
    /// Coefficients of the zeros, and the differences they belong to, the newest first.
    b: [i32; ZEROS],
    d: [i32; ZEROS],
    /// Logarithm of the step, and the step.
    log: i32,
    step: i32,
}

impl Band {
    pub(super) fn lower() -> Self {
        Self::with_step(32)
    }

    pub(super) fn upper() -> Self {
        Self::with_step(8)
    }

    fn with_step(step: i32) -> Self {
        Self {
            predicted: 0,
            from_zeros: 0,
            r: [0; 2],
            p: [0; 2],
            a: [0; 2],
            b: [0; ZEROS],
            d: [0; ZEROS],
            log: 0,
            step,
        }
    }

    /// Codes a sample of the lower band in 6 bits.
    pub(super) fn encode_lower(&mut self, sample: i32) -> u8 {
        let difference = saturate(sample - self.predicted);
        let magnitude = if difference < 0 { !difference } else { difference };
        let level =
            LOWER_STEPS[1..].iter().take_while(|&&edge| magnitude >= (edge * self.step) >> 12).count() + 1;
        let code = if difference < 0 { LOWER_NEGATIVE[level] } else { LOWER_POSITIVE[level] };
        self.adapt_lower(code);
        code
    }

    /// The sample a code of the lower band stands for.
    pub(super) fn decode_lower(&mut self, code: u8) -> i32 {
        let fine = (self.step * QUANTISER_6[usize::from(code)]) >> 15;
        let sample = (self.predicted + fine).clamp(-16_384, 16_383);
        self.adapt_lower(code);
        sample
    }

    /// Both ends follow the four upper bits, so that a network may take the lower two.
    fn adapt_lower(&mut self, code: u8) {
        let coarse = usize::from(code >> 2);
        let difference = (self.step * QUANTISER_4[coarse]) >> 15;
        self.log = (((self.log * 127) >> 7) + LOWER_WEIGHT[coarse]).clamp(0, MOST_LOWER);
        self.step = step(self.log, 8);
        self.predict(difference);
    }

    /// Codes a sample of the upper band in 2 bits.
    pub(super) fn encode_upper(&mut self, sample: i32) -> u8 {
        let difference = saturate(sample - self.predicted);
        let magnitude = if difference < 0 { !difference } else { difference };
        let large = magnitude >= (564 * self.step) >> 12;
        let code = match (difference < 0, large) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        self.adapt_upper(code);
        code
    }

    /// The sample a code of the upper band stands for.
    pub(super) fn decode_upper(&mut self, code: u8) -> i32 {
        let difference = (self.step * UPPER[usize::from(code)]) >> 15;
        let sample = (self.predicted + difference).clamp(-16_384, 16_383);
        self.adapt_upper(code);
        sample
    }

    fn adapt_upper(&mut self, code: u8) {
        let difference = (self.step * UPPER[usize::from(code)]) >> 15;
        self.log = (((self.log * 127) >> 7) + UPPER_WEIGHT[usize::from(code)]).clamp(0, MOST_UPPER);
        self.step = step(self.log, 10);
        self.predict(difference);
    }

    /// Learns from a difference and predicts the next sample (block 4).
    fn predict(&mut self, d: i32) {
        let r = saturate(self.predicted + d);
        let p = saturate(self.from_zeros + d);
        let alike = |a: i32, b: i32| (a < 0) == (b < 0);

        // The poles.
        let slope = saturate(self.a[0] << 2);
        let turned = if alike(p, self.p[0]) { -slope } else { slope }.min(32_767);
        let push = if alike(p, self.p[1]) { 128 } else { -128 };
        let second = (push + (turned >> 7) + ((self.a[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let push = if alike(p, self.p[0]) { 192 } else { -192 };
        let bound = saturate(15_360 - second);
        let first = saturate(push + ((self.a[0] * 32_640) >> 15)).clamp(-bound, bound);

        // The zeros.
        let push = if d == 0 { 0 } else { 128 };
        for (b, &before) in self.b.iter_mut().zip(&self.d) {
            let push = if alike(d, before) { push } else { -push };
            *b = saturate(push + ((*b * 32_640) >> 15));
        }

        self.d.copy_within(..ZEROS - 1, 1);
        self.d[0] = d;
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        self.a = [first, second];
        let weigh = |weight: i32, value: i32| (weight * saturate(value * 2)) >> 15;
        let poles = saturate(weigh(first, self.r[0]) + weigh(second, self.r[1]));
        self.from_zeros = saturate(self.b.iter().zip(&self.d).map(|(&b, &d)| weigh(b, d)).sum());
        self.predicted = saturate(poles + self.from_zeros);
    }
}

/// The step of a logarithm; `scale` shifts it to the band's range.
fn step(log: i32, scale: i32) -> i32 {
    let mantissa = LOG[((log >> 6) & 31) as usize];
    let shift = scale - (log >> 11);
    (if shift < 0 { mantissa << -shift } else { mantissa >> shift }) << 2
}
