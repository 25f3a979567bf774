//! What does the bad network cost? Two ways of one utterance, compared: heard gaps, and recognition in pairs.

use serde::Serialize;
use tom_probe::voice::{FRAME, STEP, audible_steps};

/// How far two streams of one utterance may be apart, in frames: the first packets of one may be lost.
const APART: isize = 60;
/// So much softer than it should be, and speech is not there: 20 dB, as a ratio of RMS.
const SOFTER: f64 = 0.1;

/// RMS of each 5 ms.
fn levels(pcm: &[i16]) -> Vec<u16> {
    let rms = |step: &[i16]| {
        let sum: f64 = step.iter().map(|s| f64::from(*s).powi(2)).sum();
        (sum / step.len() as f64).sqrt().round() as u16
    };
    pcm.as_chunks::<STEP>().0.iter().map(|step| rms(step)).collect()
}

/// How many frames the second stream is behind the first: where both are most alike.
fn behind(clean: &[i16], other: &[i16]) -> isize {
    let likeness = |frames: isize| -> f64 {
        let by = frames * FRAME as isize;
        let (from, to) = (usize::try_from(-by).unwrap_or(0), usize::try_from(by).unwrap_or(0));
        let pairs = clean.iter().skip(from).zip(other.iter().skip(to));
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    (-APART..=APART).max_by(|&a, &b| likeness(a).total_cmp(&likeness(b))).unwrap_or(0)
}

/// The longest gap that is heard, in milliseconds: where speech is to be heard, and what came is 20 dB softer.
pub(super) fn longest_gap(clean: &[i16], other: &[i16]) -> usize {
    let lag = behind(clean, other) * (FRAME / STEP) as isize;
    let (clean, other) = (levels(clean), levels(other));
    let (mut longest, mut run) = (0, 0);
    for (at, audible) in audible_steps(&clean).into_iter().enumerate() {
        let there = usize::try_from(at as isize + lag).ok().and_then(|at| other.get(at)).copied();
        let soft = f64::from(there.unwrap_or(0)) < f64::from(clean[at]) * SOFTER;
        run = if audible && soft { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest * 5
}

/// Pairs of trials: understood or not, clean and over the bad network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Pairs {
    /// All of them.
    pub(super) count: usize,
    /// Understood on the clean way.
    pub(super) clean: usize,
    /// Understood over the bad network.
    pub(super) bad: usize,
    /// Understood on the clean way only.
    pub(super) lost: usize,
    /// Understood over the bad network only.
    pub(super) won: usize,
}

impl Pairs {
    pub(super) fn add(&mut self, clean: bool, bad: bool) {
        self.count += 1;
        self.clean += usize::from(clean);
        self.bad += usize::from(bad);
        self.lost += usize::from(clean && !bad);
        self.won += usize::from(bad && !clean);
    }

    /// Percentage points lost, and the two ends of their interval of 95 %: of paired proportions, with the correction
    /// of Agresti and Min (2005), which adds half a pair to each of the four kinds.
    pub(super) fn points(&self) -> (f64, f64, f64) {
        let (n, lost, won) = (self.count as f64 + 2.0, self.lost as f64 + 0.5, self.won as f64 + 0.5);
        let middle = (lost - won) / n;
        let half = 1.96 * ((lost + won) - (lost - won).powi(2) / n).max(0.0).sqrt() / n;
        let points = (self.lost as f64 - self.won as f64) / self.count.max(1) as f64;
        (points * 100.0, (middle - half) * 100.0, (middle + half) * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frames: usize) -> Vec<i16> {
        (0..frames * FRAME)
            .map(|n| (5_000.0 * (n as f64 * 0.05).sin() * (1.0 + (n as f64 * 0.0003).sin())) as i16)
            .collect()
    }

    #[test]
    fn a_gap_is_as_long_as_what_is_missing_wherever_the_streams_begin() {
        let clean = tone(50);
        for late in [0, 3] {
            let mut other = vec![0; late * FRAME];
            other.extend(&clean);
            assert_eq!(longest_gap(&clean, &other), 0);
            let from = (late + 20) * FRAME;
            other[from..from + 3 * FRAME].fill(0);
            assert_eq!(longest_gap(&clean, &other), 60);
            assert_eq!(longest_gap(&clean[5 * FRAME..], &other), 60);
        }
    }

    #[test]
    fn softer_speech_is_no_gap_and_silence_is_nothing_that_can_be_missing() {
        let mut clean = tone(50);
        clean[10 * FRAME..20 * FRAME].fill(0);
        let other: Vec<i16> = clean.iter().map(|s| s / 4).collect();
        assert_eq!(longest_gap(&clean, &other), 0);
    }

    #[test]
    fn points_are_those_of_the_pairs() {
        let mut pairs = Pairs::default();
        for n in 0..400 {
            pairs.add(n >= 20, n >= 20 && !(40..52).contains(&n) || n < 2);
        }
        assert_eq!((pairs.clean, pairs.bad, pairs.lost, pairs.won), (380, 370, 12, 2));
        let (points, low, high) = pairs.points();
        assert!((points - 2.5).abs() < 1e-9 && low < 2.5 && high > 2.5 && high < 5.0, "{low} {high}");
        assert_eq!(Pairs::default().points().0, 0.0);
    }
}
