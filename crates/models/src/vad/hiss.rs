//! Has a hiss just begun? "stop", "six", "sorry" begin with a tenth of a second in which no network finds speech.
//!
//! A hiss lies high: its samples change sign so fast that their differences hold as much power as they do. Voices,
//! music and streets lie low.

use super::level::{PIECE, steep};

/// Pieces in a row (16 ms) that make a hiss: a click is shorter.
const LEAST: u32 = 4;
/// Pieces without it that end it (64 ms).
const OVER: u32 = 16;
/// The least power of the differences, as a share of the power. White noise has 2, over a telephone 0.6; a vowel has
/// 0.02 to 0.2.
const STEEP: f32 = 0.7;

/// The last pieces of one call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hiss {
    before: f32,
    run: u32,
    gap: u32,
    told: bool,
}

impl Hiss {
    /// Takes the next piece, its power, and whether that is far enough above the noise.
    pub(super) fn hear(&mut self, piece: &[i16; PIECE], power: f32, sound: bool) {
        let differences = steep(piece, &mut self.before);
        if sound && differences >= STEEP * power {
            self.run += 1;
            self.gap = 0;
            return;
        }
        self.run = 0;
        self.gap += 1;
        if self.gap >= OVER {
            self.told = false;
        }
    }

    /// Whether one has begun that was not told of yet.
    pub(super) fn begins(&mut self) -> bool {
        let begins = self.run >= LEAST && !self.told;
        self.told |= begins;
        begins
    }

    /// How many pieces ago it began.
    pub(super) fn age(&self) -> u32 {
        self.run
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::HighPass;
    use super::*;

    /// The pieces in which a hiss begins.
    fn begins(pcm: &[i16]) -> Vec<usize> {
        let (mut hiss, mut filter) = (Hiss::default(), HighPass::default());
        let (pieces, _) = pcm.as_chunks::<PIECE>();
        let each = pieces.iter().enumerate().filter(|(_, piece)| {
            let power = filter.power(piece);
            hiss.hear(piece, power, power > 1e-6);
            hiss.begins()
        });
        each.map(|(n, _)| n).collect()
    }

    fn tone(hz: f32, samples: usize) -> Vec<i16> {
        let wave = |n: usize| (n as f32 * hz * std::f32::consts::TAU / 16_000.0).sin() * 3_000.0;
        (0..samples).map(|n| wave(n) as i16).collect()
    }

    fn white(samples: usize) -> Vec<i16> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16 / 8
        };
        (0..samples).map(|_| next()).collect()
    }

    #[test]
    fn a_hiss_is_told_once_after_16_ms_and_again_after_a_silence() {
        let pcm = [vec![0; 640], white(1_600), vec![0; 1_600], white(640)].concat();
        assert_eq!(begins(&pcm), [13, 63]);
    }

    #[test]
    fn voices_tones_and_clicks_are_none() {
        assert!(begins(&tone(200.0, 8_000)).is_empty());
        assert!(begins(&tone(1_200.0, 8_000)).is_empty());
        let click = [vec![0; 640], white(128), vec![0; 640]].concat();
        assert!(begins(&click).is_empty(), "8 ms are too short");
    }

    #[test]
    fn what_is_not_above_the_noise_is_none() {
        let faint: Vec<i16> = white(8_000).iter().map(|s| s / 500).collect();
        assert!(begins(&faint).is_empty());
    }
}
