//! The corpus: interruptions, whole turns, turns with a pause inside, and sounds that are no interruption.
//!
//! Everything is made from a seed by flite, espeak-ng, sox and rules, and from recorded speech where it is
//! there. Where speech begins and ends is read off the clean signal by level, before noise and the telephone.

mod desk;
mod greeting_texts;
mod greetings;
mod item;
mod menu;
mod noises;
mod recorded;
mod texts;
mod voices;

use std::path::Path;

use anyhow::Result;
use tom_probe::clip::next;

pub use greetings::{Greeting, Who};
pub use item::{Band, Clean, Item, Kind, Segment, at_level, telephone, widen, without_pauses};
pub use menu::PHRASES;
pub use recorded::{DIGITS, Recorded};
pub use texts::{AGENT, Tongue};
pub use voices::{Speaker, Store};

/// How many of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Sizes {
    /// Interruptions.
    pub onsets: usize,
    /// Whole turns without a pause.
    pub ends: usize,
    /// Whole turns with a pause inside.
    pub pauses: usize,
    /// Sounds that are no interruption, echo included.
    pub noises: usize,
    /// Each in both bands; otherwise the bands alternate.
    pub both_bands: bool,
}

impl Sizes {
    /// What the table asks for.
    #[must_use]
    pub const fn full() -> Self {
        Self { onsets: 300, ends: 300, pauses: 300, noises: 300, both_bands: true }
    }

    /// A smoke test.
    #[must_use]
    pub const fn quick() -> Self {
        Self { onsets: 8, ends: 8, pauses: 6, noises: 10, both_bands: false }
    }
}

/// Makes the corpus.
#[derive(Debug)]
pub struct Maker {
    store: Store,
    recorded: Option<Recorded>,
    seed: u64,
}

/// Samples of a millisecond.
const MS: usize = 16;

impl Maker {
    /// With a folder for what was made once, and the folder of recorded speech if there is one.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(cache: &Path, data: &Path, seed: u64) -> Result<Self> {
        Ok(Self { store: Store::open(cache)?, recorded: Recorded::find(data), seed })
    }

    /// Whether recorded speech is part of it.
    #[must_use]
    pub const fn has_recordings(&self) -> bool {
        self.recorded.is_some()
    }

    fn dice(&self, lane: u64) -> u64 {
        self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(lane)
    }

    /// A third of the phrases is German.
    const fn tongue(n: usize) -> Tongue {
        if n % 3 == 2 { Tongue::De } else { Tongue::En }
    }

    fn bands(n: usize, sizes: &Sizes) -> &'static [Band] {
        match (sizes.both_bands, n % 2) {
            (true, _) => &[Band::Wide, Band::Telephone],
            (false, 0) => &[Band::Wide],
            (false, _) => &[Band::Telephone],
        }
    }

    /// Puts one clean sound on its lines.
    fn lines(
        items: &mut Vec<Item>,
        (kind, tongue, n, sizes): (Kind, Tongue, usize, &Sizes),
        speaker: &str,
        clean: &Clean,
        dice: &mut u64,
    ) {
        let level = -28.0 + (next(dice) % 11) as f64;
        for band in Self::bands(n, sizes) {
            let name = format!("{kind:?} {n} {} {speaker} {band:?}", tongue.code());
            items.extend(Item::new(name, (kind, tongue, *band), clean, level, dice));
        }
    }

    fn spoken(&self, tongue: Tongue, texts: &[&str], dice: &mut u64) -> Result<(String, Clean)> {
        let text = texts[(next(dice) % texts.len() as u64) as usize];
        let speaker = Speaker::any(tongue, dice);
        let pcm = self.store.say(&speaker, text)?;
        let all = 0..pcm.len();
        Ok((speaker.name(), Clean { pcm, parts: vec![(text.to_owned(), all)] }))
    }

    /// Phrases that take the floor.
    ///
    /// # Errors
    /// When a program is missing or fails; so for all of these.
    pub fn interruptions(&self, sizes: &Sizes) -> Result<Vec<Item>> {
        let (mut dice, mut items) = (self.dice(1), Vec::new());
        for n in 0..sizes.onsets {
            let tongue = Self::tongue(n);
            let (speaker, clean) = self.spoken(tongue, texts::interruptions(tongue), &mut dice)?;
            Self::lines(&mut items, (Kind::Interruption, tongue, n, sizes), &speaker, &clean, &mut dice);
        }
        Ok(items)
    }

    /// Whole turns. One in ten is a number that a person dictates, where there are recordings.
    ///
    /// # Errors
    /// As above.
    pub fn utterances(&self, sizes: &Sizes) -> Result<Vec<Item>> {
        let (mut dice, mut items) = (self.dice(2), Vec::new());
        for n in 0..sizes.ends {
            let (tongue, (speaker, clean)) = match &self.recorded {
                Some(recorded) if n % 10 == 9 => {
                    (Tongue::En, ("recorded".to_owned(), recorded.number(None, &mut dice)?))
                }
                _ => {
                    let tongue = Self::tongue(n);
                    (tongue, self.spoken(tongue, texts::utterances(tongue), &mut dice)?)
                }
            };
            Self::lines(&mut items, (Kind::Utterance, tongue, n, sizes), &speaker, &clean, &mut dice);
        }
        Ok(items)
    }

    /// Whole turns with a pause of 0.3 to 1.5 s inside.
    ///
    /// # Errors
    /// As above.
    pub fn paused(&self, sizes: &Sizes) -> Result<Vec<Item>> {
        let (mut dice, mut items) = (self.dice(3), Vec::new());
        let address = self.recorded.as_ref().map(Recorded::address).transpose()?.unwrap_or_default();
        for n in 0..sizes.pauses {
            let pause = (300 + next(&mut dice) as usize % 1_201) * MS;
            let (tongue, (speaker, clean)) = match &self.recorded {
                Some(recorded) if n % 10 == 9 => {
                    (Tongue::En, ("recorded".to_owned(), recorded.number(Some(pause), &mut dice)?))
                }
                Some(_) if n % 50 == 4 && address.len() > 2 => {
                    (Tongue::En, ("recorded".to_owned(), kennedy(&address, pause)))
                }
                _ => {
                    let tongue = Self::tongue(n);
                    (tongue, self.paused_phrase(tongue, pause, &mut dice)?)
                }
            };
            Self::lines(&mut items, (Kind::Paused, tongue, n, sizes), &speaker, &clean, &mut dice);
        }
        Ok(items)
    }

    /// A phrase spoken in one breath, so that its melody is that of one sentence; the pause that the voice makes
    /// at the comma is widened. A voice that makes none says the two parts one after the other.
    fn paused_phrase(&self, tongue: Tongue, pause: usize, dice: &mut u64) -> Result<(String, Clean)> {
        let all = texts::paused(tongue);
        let (first, second) = all[(next(dice) % all.len() as u64) as usize];
        let speaker = Speaker::any(tongue, dice);
        let whole = self.store.say(&speaker, &format!("{first} {second}"))?;
        let (pcm, end, from) = match widen(&whole, pause) {
            Some((pcm, at)) => (pcm, at, at + pause),
            None => {
                let mut pcm = self.store.say(&speaker, first)?;
                let end = tom_probe::voice::edges(&pcm).map_or(pcm.len(), |(_, last)| last + 1);
                pcm.truncate(end);
                pcm.resize(end + pause, 0);
                let second = self.store.say(&speaker, second)?;
                let begins = tom_probe::voice::edges(&second).map_or(0, |(first, _)| first);
                pcm.extend_from_slice(&second[begins..]);
                (pcm, end, end + pause)
            }
        };
        let parts = vec![(first.to_owned(), 0..end), (second.to_owned(), from..pcm.len())];
        Ok((speaker.name(), Clean { pcm, parts }))
    }

    /// Sounds that are no interruption. Echoes have no sound of their own: they are the agent's.
    ///
    /// # Errors
    /// As above.
    pub fn noises(&self, sizes: &Sizes) -> Result<Vec<Item>> {
        const TURN: [Kind; 10] = [
            Kind::Backchannel,
            Kind::Backchannel,
            Kind::Backchannel,
            Kind::Backchannel,
            Kind::Cough,
            Kind::Click,
            Kind::Music,
            Kind::Street,
            Kind::Echo20,
            Kind::Echo30,
        ];
        let (mut dice, mut items) = (self.dice(4), Vec::new());
        for n in 0..sizes.noises {
            let (kind, tongue) = (TURN[n % TURN.len()], Self::tongue(n / TURN.len() + n));
            let plain = |pcm: Vec<i16>| Clean { pcm, parts: Vec::new() };
            let (name, clean, level) = match kind {
                Kind::Backchannel => {
                    let all = texts::backchannels(tongue);
                    let (text, said) = all[(next(&mut dice) % all.len() as u64) as usize];
                    let speaker = Speaker::any(tongue, &mut dice);
                    let pcm = self.store.say(&speaker, said)?;
                    let whole = 0..pcm.len();
                    let clean = Clean { pcm, parts: vec![(text.to_owned(), whole)] };
                    (format!("{text} {}", speaker.name()), clean, -30.0 + (next(&mut dice) % 11) as f64)
                }
                Kind::Cough => {
                    ("sox".into(), plain(noises::cough(&self.store, &mut dice)?), level(&mut dice, -24, 10))
                }
                Kind::Click => ("rule".into(), plain(noises::click(&mut dice)), level(&mut dice, -24, 8)),
                Kind::Music => {
                    ("sox".into(), plain(noises::music(&self.store, &mut dice)?), level(&mut dice, -36, 10))
                }
                Kind::Street => {
                    ("sox".into(), plain(noises::street(&self.store, &mut dice)?), level(&mut dice, -42, 12))
                }
                _ => {
                    items.push(Item::echo(n, kind, tongue));
                    continue;
                }
            };
            for band in Self::bands(n / TURN.len() + n, sizes) {
                let name = format!("{kind:?} {n} {} {name} {band:?}", tongue.code());
                items.extend(Item::new(name, (kind, tongue, *band), &clean, level, &mut dice));
            }
        }
        Ok(items)
    }

    /// The agent's voice: half a minute or more that never falls silent, and its words.
    ///
    /// # Errors
    /// As above.
    pub fn agent(&self) -> Result<Vec<i16>> {
        let mut pcm = Vec::new();
        for text in AGENT {
            pcm.extend(self.store.say(&Speaker::agent(), text)?);
        }
        Ok(at_level(&without_pauses(&pcm), -20.0))
    }
}

/// A level, by lot.
fn level(dice: &mut u64, from: i32, width: u64) -> f64 {
    f64::from(from) + (next(dice) % width) as f64
}

/// "And so, my fellow Americans," and the rest, with that pause between.
fn kennedy(pieces: &[Vec<i16>], pause: usize) -> Clean {
    let mut pcm = pieces[0].clone();
    let end = tom_probe::voice::edges(&pcm).map_or(pcm.len(), |(_, last)| last + 1);
    pcm.truncate(end);
    pcm.resize(end + pause, 0);
    let from = pcm.len();
    let rest: Vec<i16> = pieces[1..].concat();
    let begins = tom_probe::voice::edges(&rest).map_or(0, |(first, _)| first);
    pcm.extend_from_slice(&rest[begins..]);
    let second = "ask not what your country can do for you, ask what you can do for your country.";
    let parts =
        vec![("And so, my fellow Americans,".to_owned(), 0..end), (second.to_owned(), from..pcm.len())];
    Clean { pcm, parts }
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
