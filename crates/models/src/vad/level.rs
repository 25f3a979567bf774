//! How loud is the sound above 100 Hz? Mains hum and offset are neither speech nor a reason to expect less of it.

/// Samples at 16 kHz in a piece, the smallest part that is measured: 4 ms.
pub(super) const PIECE: usize = 64;
/// Parts of a piece that are filtered side by side.
const PARTS: usize = 4;
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
        // y[n] = KEEP * (y[n - 1] + x[n] - x[n - 1]), in four parts side by side that each begin with y = 0. What a
        // part misses by that fades by KEEP at each step, so the sum of squares can be mended afterwards.
        const PART: usize = PIECE / PARTS;
        let mut before = [0.0f32; PIECE + 1];
        before[0] = self.input;
        for (to, from) in before[1..].iter_mut().zip(piece) {
            *to = f32::from(*from);
        }
        let mut y = [0.0f32; PARTS];
        let mut square = [0.0f32; PARTS];
        let mut fading = [0.0f32; PARTS];
        let mut fade = KEEP;
        for step in 0..PART {
            for part in 0..PARTS {
                let at = part * PART + step;
                y[part] = KEEP * (y[part] + before[at + 1] - before[at]);
                square[part] += y[part] * y[part];
                fading[part] += fade * y[part];
            }
            fade *= KEEP;
        }
        // Here `fade` is KEEP^(PART + 1).
        let faded = fade / KEEP;
        let squares = KEEP * KEEP * (1.0 - faded * faded) / (1.0 - KEEP * KEEP);
        let mut sum = 0.0;
        for part in 0..PARTS {
            let missed = self.output;
            sum += square[part] + missed * (2.0 * fading[part] + missed * squares);
            self.output = y[part] + faded * missed;
        }
        self.input = before[PIECE];
        // Rounding may leave a trace below nothing.
        sum.max(0.0) / (PIECE as f32 * FULL)
    }
}

/// The mean power of the differences from sample to sample, full scale 1; `before` is the last sample of the piece
/// before.
pub(super) fn steep(piece: &[i16; PIECE], before: &mut f32) -> f32 {
    let mut all = [0.0f32; PIECE + 1];
    all[0] = *before;
    for (to, from) in all[1..].iter_mut().zip(piece) {
        *to = f32::from(*from);
    }
    let mut square = [0.0f32; PARTS];
    for step in (0..PIECE).step_by(PARTS) {
        for part in 0..PARTS {
            let difference = all[step + part + 1] - all[step + part];
            square[part] += difference * difference;
        }
    }
    *before = all[PIECE];
    square.iter().sum::<f32>() / (PIECE as f32 * FULL)
}

/// A power, full scale 1, as dBFS.
pub(super) fn decibels(power: f32) -> f32 {
    (10.0 * power.log10()).max(SILENCE_DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_side_by_side_are_the_filter_step_by_step() {
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
