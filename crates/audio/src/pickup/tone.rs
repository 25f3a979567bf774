//! Is a frame a single tone, such as a mailbox's beep?
//!
//! A row of Goertzel filters (G. Goertzel, 1958), 50 Hz apart, over a frame under a Hann window: a single tone has
//! nearly all of the frame's energy in three neighbours.

use std::f32::consts::TAU;

/// Samples of a frame: 20 ms at 16 kHz. The filters are a sixteen-thousandth of that apart.
const FRAME: usize = 320;
/// Filters: from 500 Hz, above what exchanges ring with (425 and 440 Hz), to 2200 Hz.
const FIRST: usize = 10;
const LAST: usize = 44;
/// The share of the energy that a tone has in its three filters at least.
const PURE: f32 = 0.85;
/// What is quieter, mean square of samples from -1 to 1 (about -45 dBFS), is no beep.
const QUIET: f32 = 3e-5;

/// Looks at frames one by one. About 12 000 multiplications a frame, no allocation.
#[derive(Clone, Debug)]
pub(super) struct ToneMeter {
    window: [f32; FRAME],
    /// `2 cos` of each filter's angle.
    turn: [f32; LAST + 2 - (FIRST - 1)],
}

impl ToneMeter {
    pub(super) fn new() -> Self {
        let window = std::array::from_fn(|n| 0.5 - 0.5 * (TAU * n as f32 / FRAME as f32).cos());
        let turn = std::array::from_fn(|k| 2.0 * (TAU * (k + FIRST - 1) as f32 / FRAME as f32).cos());
        Self { window, turn }
    }

    /// The filter that a tone lies in, in steps of 50 Hz; none: the frame is no tone, or no whole frame.
    pub(super) fn tone(&self, pcm: &[i16]) -> Option<usize> {
        let pcm: &[i16; FRAME] = pcm.try_into().ok()?;
        let mut x = [0.0; FRAME];
        let mut energy = 0.0;
        for ((x, sample), window) in x.iter_mut().zip(pcm).zip(&self.window) {
            *x = f32::from(*sample) / 32_768.0 * window;
            energy += *x * *x;
        }
        if energy / FRAME as f32 <= QUIET {
            return None;
        }
        let mut power = [0.0; LAST + 2 - (FIRST - 1)];
        for (power, turn) in power.iter_mut().zip(&self.turn) {
            let (mut before, mut last) = (0.0f32, 0.0f32);
            for sample in &x {
                (before, last) = (last, sample + turn * last - before);
            }
            *power = last * last + before * before - turn * last * before;
        }
        let (at, _) = power.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        if at == 0 || at == power.len() - 1 {
            return None;
        }
        // Parseval: the squares of all 320 filters add up to 320 times the energy; each tone is in two of them.
        let share = 2.0 * power[at - 1..=at + 1].iter().sum::<f32>() / (FRAME as f32 * energy);
        (share >= PURE).then_some(at + FIRST - 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sine(hz: f32, level: f32, phase: f32) -> Vec<i16> {
        (0..FRAME)
            .map(|n| ((TAU * hz * n as f32 / 16_000.0 + phase).sin() * level * 32_767.0) as i16)
            .collect()
    }

    proptest! {
        #[test]
        fn a_tone_is_found_where_it_is(hz in 480.0f32..2_190.0, level in 0.02f32..1.0, phase in 0.0f32..TAU) {
            let at = ToneMeter::new().tone(&sine(hz, level, phase));
            let off = at.map(|at| (at as f32 * 50.0 - hz).abs());
            prop_assert!(off.is_some_and(|off| off <= 50.0), "{hz} Hz: {at:?}");
        }

        #[test]
        fn two_tones_and_what_lies_elsewhere_are_none(low in 300.0f32..465.0, gap in 200.0f32..900.0) {
            let meter = ToneMeter::new();
            prop_assert_eq!(meter.tone(&sine(low, 0.3, 0.0)), None, "a ring at {} Hz", low);
            let two: Vec<i16> = sine(600.0, 0.3, 0.0)
                .iter().zip(sine(600.0 + gap, 0.3, 1.0)).map(|(a, b)| a + b).collect();
            prop_assert_eq!(meter.tone(&two), None);
        }

        #[test]
        fn no_samples_break_it(pcm in prop::collection::vec(any::<i16>(), 0..700)) {
            let _any = ToneMeter::new().tone(&pcm);
        }
    }

    #[test]
    fn silence_and_what_is_too_quiet_are_none() {
        let meter = ToneMeter::new();
        assert_eq!(meter.tone(&[0; FRAME]), None);
        assert_eq!(meter.tone(&sine(1_000.0, 0.002, 0.0)), None);
        assert_eq!(meter.tone(&sine(1_000.0, 0.5, 0.0)[..100]), None, "no whole frame");
    }
}
