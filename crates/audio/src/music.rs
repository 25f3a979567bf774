//! What does a caller hear who waits: a quiet melody, made here, or a recording of the operator's?

use std::f32::consts::TAU;
use std::sync::Arc;

/// Samples a second.
const RATE: usize = 16_000;
/// A note begins each 0.45 s.
const BEAT: usize = RATE * 45 / 100;
/// Notes that sound at once.
const VOICES: usize = 4;
/// The pentatonic scale on C4, in Hz: whatever notes follow each other, they fit.
const SCALE: [f32; 8] = [261.63, 293.66, 329.63, 392.0, 440.0, 523.25, 587.33, 659.26];
/// The loudest sample of one note, of 32 768: about -24 dBFS together.
const LEVEL: f32 = 1_100.0;
/// By which factor a note is quieter a second later.
const DECAY: f32 = 0.25;

/// Music without end, 16 kHz mono. The same seed makes the same melody.
#[derive(Clone, Debug)]
pub enum HoldMusic {
    /// A melody of plucked notes.
    Melody(Melody),
    /// A recording, again and again, and where it is.
    Recording(Arc<[i16]>, usize),
}

/// A melody of plucked notes on a pentatonic scale, with a low one each four beats.
#[derive(Clone, Debug)]
pub struct Melody {
    dice: u64,
    at: usize,
    note: usize,
    voices: [Voice; VOICES],
}

#[derive(Clone, Copy, Debug, Default)]
struct Voice {
    /// Turns a sample.
    step: f32,
    phase: f32,
    level: f32,
    /// Samples since it was plucked.
    age: usize,
}

impl HoldMusic {
    /// A melody.
    #[must_use]
    pub const fn melody(seed: u64) -> Self {
        let silent = Voice { step: 0.0, phase: 0.0, level: 0.0, age: 0 };
        Self::Melody(Melody { dice: seed | 1, at: 0, note: 3, voices: [silent; VOICES] })
    }

    /// A recording, 16 kHz mono; an empty one is silence.
    #[must_use]
    pub const fn recording(pcm: Arc<[i16]>) -> Self {
        Self::Recording(pcm, 0)
    }

    /// The next samples.
    pub fn fill(&mut self, pcm: &mut [i16]) {
        match self {
            Self::Melody(melody) => pcm.iter_mut().for_each(|sample| *sample = melody.next()),
            Self::Recording(all, at) => {
                for sample in pcm {
                    *sample = all.get(*at).copied().unwrap_or_default();
                    *at = if *at + 1 < all.len() { *at + 1 } else { 0 };
                }
            }
        }
    }
}

impl Melody {
    fn next(&mut self) -> i16 {
        if self.at.is_multiple_of(BEAT) {
            self.beat(self.at / BEAT);
        }
        self.at += 1;
        let mut sum = 0.0;
        for voice in &mut self.voices {
            // The first 8 ms rise, so that a note does not click.
            let rise = (voice.age as f32 / 128.0).min(1.0);
            let soft = (voice.phase * TAU).sin() + 0.25 * (voice.phase * 2.0 * TAU).sin();
            sum += soft * voice.level * rise;
            voice.phase = (voice.phase + voice.step).fract();
            voice.age += 1;
            voice.level *= 1.0 + DECAY.ln() / RATE as f32;
        }
        sum as i16
    }

    fn beat(&mut self, beat: usize) {
        // Marsaglia's xorshift.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        let lot = (self.dice >> 40) as usize;
        if beat.is_multiple_of(4) {
            let low = SCALE[[0, 3, 4][lot % 3]] / 2.0;
            self.pluck(0, low);
        }
        // A step up or down, seldom a leap; now and then a rest.
        let leap = [1, 1, 2, 3][lot / 4 % 4];
        self.note = if lot & 1 == 0 { self.note + leap } else { self.note.saturating_sub(leap) };
        self.note = self.note.min(SCALE.len() - 1);
        if !(lot / 64).is_multiple_of(5) || beat == 0 {
            self.pluck(1 + beat % (VOICES - 1), SCALE[self.note]);
        }
    }

    fn pluck(&mut self, voice: usize, hz: f32) {
        if let Some(voice) = self.voices.get_mut(voice) {
            *voice = Voice { step: hz / RATE as f32, phase: 0.0, level: LEVEL, age: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::level::rms_dbfs;

    fn seconds(music: &mut HoldMusic, count: usize) -> Vec<i16> {
        let mut pcm = vec![0; count * RATE];
        pcm.chunks_mut(320).for_each(|frame| music.fill(frame));
        pcm
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
        #[test]
        fn a_melody_is_quiet_never_silent_for_long_and_does_not_click(seed: u64) {
            let pcm = seconds(&mut HoldMusic::melody(seed), 20);
            prop_assert!((-36.0..-22.0).contains(&rms_dbfs(&pcm)), "{} dBFS", rms_dbfs(&pcm));
            for second in pcm.chunks(RATE * 2) {
                prop_assert!(rms_dbfs(second) > -50.0);
            }
            let jump = pcm.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max();
            prop_assert!(jump < Some(3_000), "{jump:?}");
            prop_assert_eq!(&seconds(&mut HoldMusic::melody(seed), 20), &pcm, "the same again");
        }
    }

    #[test]
    fn a_recording_begins_again_and_an_empty_one_is_silence() {
        let mut pcm = [9; 7];
        HoldMusic::recording([1, 2, 3].into()).fill(&mut pcm);
        assert_eq!(pcm, [1, 2, 3, 1, 2, 3, 1]);
        HoldMusic::recording([].into()).fill(&mut pcm);
        assert_eq!(pcm, [0; 7]);
    }
}
