//! How loud is the sound above 100 Hz? Mains hum and offset are neither speech nor a reason to expect less of it.

/// Samples at 16 kHz in a piece, the smallest part that is measured: 4 ms.
pub(super) const PIECE: usize = 64;
/// How much of its last output a one-pole high-pass at 100 Hz keeps.
const KEEP: f32 = 0.961_5;
/// Full scale squared, the reference of dBFS here: a full-scale square wave has 0 dBFS.
const FULL: f32 = 32_768.0 * 32_768.0;
/// The level of digital silence, in dBFS.
const SILENCE_DB: f32 = -96.0;

/// The filter of one call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HighPass {
    input: f32,
    output: f32,
}

impl HighPass {
    /// Takes the next piece and gives its mean power above 100 Hz, full scale 1.
    pub(super) fn power(&mut self, piece: &[i16; PIECE]) -> f32 {
        // y[n] = KEEP * (y[n - 1] + x[n] - x[n - 1]), four steps at a time: what the four inputs bring is known
        // before the last output is, so that only one step waits for the one before.
        const POWERS: [f32; 4] = [KEEP, KEEP * KEEP, KEEP * KEEP * KEEP, KEEP * KEEP * KEEP * KEEP];
        let mut sum = [0.0; 4];
        let (fours, _) = piece.as_chunks::<4>();
        for four in fours {
            let x = four.map(f32::from);
            let mut brought = [x[0] - self.input, x[1] - x[0], x[2] - x[1], x[3] - x[2]].map(|d| KEEP * d);
            for n in 1..4 {
                brought[n] += KEEP * brought[n - 1];
            }
            for n in 0..4 {
                let y = brought[n] + POWERS[n] * self.output;
                brought[n] = y;
                sum[n] += y * y;
            }
            self.input = x[3];
            self.output = brought[3];
        }
        sum.iter().sum::<f32>() / (PIECE as f32 * FULL)
    }
}

/// A power, full scale 1, as dBFS.
pub(super) fn decibels(power: f32) -> f32 {
    (10.0 * power.log10()).max(SILENCE_DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_steps_at_once_are_the_filter_step_by_step() {
        let pcm: [i16; 8 * PIECE] = std::array::from_fn(|n| (n * n * 7919 % 40_000) as i16);
        let (pieces, _) = pcm.as_chunks::<PIECE>();
        let (mut filter, mut x0, mut y) = (HighPass::default(), 0.0, 0.0);
        for piece in pieces {
            let mut sum = 0.0;
            for x in piece.map(f64::from) {
                y = f64::from(KEEP) * (y + x - x0);
                x0 = x;
                sum += y * y;
            }
            let exact = sum / (PIECE as f64 * f64::from(FULL));
            let ours = f64::from(filter.power(piece));
            assert!((ours / exact - 1.0).abs() < 1e-3, "{ours} for {exact}");
        }
    }
}
