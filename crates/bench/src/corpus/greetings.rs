//! How do people and machines answer a telephone? Both made by speech synthesisers, for who picks up.
//!
//! Every second text is for choosing the detector's thresholds, the others for judging it: no text is in both halves.

use anyhow::Result;
use tom_probe::clip::{next, noise};

use super::item::{at_level, telephone};
use super::{Maker, Speaker, Tongue, greeting_texts as texts, noises};

/// Samples of a millisecond.
const MS: usize = 16;
/// How long each is, in milliseconds: longer than anybody looks at it.
const LONG: usize = 6_000;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody at home, or on their own telephone.
    Person,
    /// Somebody at a reception, who says as much as a machine.
    Reception,
    /// A mailbox, an announcement.
    Machine,
}

/// How somebody answers.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// What reports call it.
    pub name: String,
    /// Who answers.
    pub who: Who,
    /// It is not among those that thresholds were chosen by.
    pub held_out: bool,
    /// From the answer on: 16 kHz, as the telephone carries it.
    pub pcm: Vec<i16>,
}

impl Maker {
    /// So many greetings of people and of machines, of each half, and a fifth as many of receptions.
    ///
    /// # Errors
    /// When a program is missing or fails.
    pub fn greetings(&self, each: usize) -> Result<Vec<Greeting>> {
        let mut all = Vec::new();
        for (lane, who) in [Who::Person, Who::Machine, Who::Reception].into_iter().enumerate() {
            for held_out in [false, true] {
                let mut dice = self.dice(10 + 2 * lane as u64 + u64::from(held_out));
                let count = if who == Who::Reception { each.div_ceil(5) } else { each };
                for n in 0..count {
                    all.push(self.greeting((who, held_out), n, &mut dice)?);
                }
            }
        }
        Ok(all)
    }

    fn greeting(&self, (who, held_out): (Who, bool), n: usize, dice: &mut u64) -> Result<Greeting> {
        let tongue = if n.is_multiple_of(2) { Tongue::De } else { Tongue::En };
        let texts = match who {
            Who::Person => texts::people(tongue),
            Who::Reception => texts::receptions(tongue),
            Who::Machine => texts::machines(tongue),
        };
        let half: Vec<&str> = texts.iter().skip(usize::from(held_out)).step_by(2).copied().collect();
        let text = half[n / 2 % half.len()];
        let speaker = Speaker::any(tongue, dice);
        let said = at_level(&self.store.say(&speaker, text)?, loudness(dice));
        let mut pcm = match who {
            Who::Machine => self.machine(&said, n, dice)?,
            Who::Person | Who::Reception => self.person(&said, &speaker, tongue, dice)?,
        };
        pcm.resize(LONG * MS, 0);
        self.line(&mut pcm, n, dice)?;
        let name = format!("{who:?} {n} {} {}: {text}", tongue.code(), speaker.name());
        Ok(Greeting { name, who, held_out, pcm: telephone(&pcm) })
    }

    /// A person: after picking up they speak, and wait. One in three then asks again.
    fn person(&self, said: &[i16], speaker: &Speaker, tongue: Tongue, dice: &mut u64) -> Result<Vec<i16>> {
        let mut pcm = vec![0; lot(dice, 100, 1_000) * MS];
        pcm.extend(said);
        if next(dice).is_multiple_of(3) {
            pcm.resize(pcm.len() + lot(dice, 1_200, 2_500) * MS, 0);
            let again = if tongue == Tongue::De { "Hallo?" } else { "Hello?" };
            pcm.extend(at_level(&self.store.say(speaker, again)?, loudness(dice)));
        }
        Ok(pcm)
    }

    /// A machine: it begins soon, some with music, some with a tone; at the end it beeps.
    fn machine(&self, said: &[i16], n: usize, dice: &mut u64) -> Result<Vec<i16>> {
        let mut pcm = vec![0; lot(dice, 50, 700) * MS];
        match n % 8 {
            1 => {
                let music = noises::music(&self.store, dice)?;
                pcm.extend(at_level(&music, loudness(dice) - 4.0));
            }
            4 => {
                beep(&mut pcm, dice);
                pcm.resize(pcm.len() + lot(dice, 100, 500) * MS, 0);
            }
            _ => {}
        }
        pcm.extend(said);
        pcm.resize(pcm.len() + lot(dice, 200, 900) * MS, 0);
        beep(&mut pcm, dice);
        Ok(pcm)
    }

    /// What is on the line besides: its noise, and now and then a street.
    fn line(&self, pcm: &mut [i16], n: usize, dice: &mut u64) -> Result<()> {
        let hiss = noise(next(dice), -66.0 + (next(dice) % 19) as f64, pcm.len());
        pcm.iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample = sample.saturating_add(hiss));
        if n % 6 == 3 {
            let street = at_level(&noises::street(&self.store, dice)?, -44.0 + (next(dice) % 7) as f64);
            pcm.iter_mut()
                .zip(street.iter().cycle())
                .for_each(|(sample, street)| *sample = sample.saturating_add(*street));
        }
        Ok(())
    }
}

/// How loud somebody speaks, dBFS.
fn loudness(dice: &mut u64) -> f64 {
    -30.0 + (next(dice) % 13) as f64
}

fn lot(dice: &mut u64, from: usize, to: usize) -> usize {
    from + (next(dice) % (to - from) as u64) as usize
}

/// A mailbox's beep.
fn beep(pcm: &mut Vec<i16>, dice: &mut u64) {
    let hz = [440.0, 620.0, 800.0, 1_000.0, 1_400.0, 2_000.0][lot(dice, 0, 6)];
    let (length, gain) = (lot(dice, 200, 900) * MS, 10f64.powf(loudness(dice) / 20.0) * 46_000.0);
    pcm.extend((0..length).map(|n| {
        let edge = (n.min(length - n) as f64 / (5 * MS) as f64).min(1.0);
        ((n as f64 * hz * std::f64::consts::TAU / 16_000.0).sin() * gain * edge) as i16
    }));
}
