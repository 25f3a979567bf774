//! What do callers say to a telephone menu? Phrases by voices of machines, and digits that people said.

use anyhow::Result;
use tom_probe::clip::next;

use super::item::{Clean, at_level};
use super::recorded::DIGITS;
use super::voices::Speaker;
use super::{Band, Item, Kind, Maker, Tongue};

/// Phrases of a menu.
pub const PHRASES: [&str; 40] = [
    "opening hours",
    "when are you open",
    "are you open on saturday",
    "where are you",
    "what is your address",
    "how do i find you",
    "where can i park",
    "i need an appointment",
    "make an appointment",
    "cancel my appointment",
    "move my appointment",
    "leave a message",
    "call me back",
    "i want to be called back",
    "speak to a person",
    "connect me to sales",
    "technical support",
    "the workshop please",
    "a question about my bill",
    "send me the invoice again",
    "where is my order",
    "how long does it take",
    "what does it cost",
    "can i pay by card",
    "i have a complaint",
    "my package did not arrive",
    "repeat that please",
    "say that again slowly",
    "go back to the menu",
    "something else",
    "that is right",
    "that is wrong",
    "yes please",
    "no thank you",
    "monday morning",
    "tuesday afternoon",
    "tomorrow at nine",
    "next friday at three",
    "thank you goodbye",
    "that was all",
];

impl Maker {
    /// So many phrases of a menu, wideband: what the line does to them is the line's.
    ///
    /// # Errors
    /// When a program is missing or fails.
    pub fn menu(&self, count: usize) -> Result<Vec<Item>> {
        let (mut dice, mut items) = (self.dice(6), Vec::new());
        for n in 0..count {
            let text = PHRASES[n % PHRASES.len()];
            let speaker = Speaker::any(Tongue::En, &mut dice);
            let pcm = self.store.say(&speaker, text)?;
            items.extend(Self::wide(&format!("menu {n} {}", speaker.name()), text, pcm, &mut dice));
        }
        Ok(items)
    }

    /// Recorded digits, each by itself, at most so many; none where there are no recordings.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn digits(&self, most: usize) -> Result<Vec<Item>> {
        let Some(recorded) = &self.recorded else { return Ok(Vec::new()) };
        let (mut dice, mut items) = (self.dice(7), Vec::new());
        for (speaker, digit, pcm) in recorded.single(most)? {
            items.extend(Self::wide(&format!("digit {speaker}"), DIGITS[digit], pcm, &mut dice));
        }
        Ok(items)
    }

    fn wide(name: &str, text: &str, pcm: Vec<i16>, dice: &mut u64) -> Option<Item> {
        let all = 0..pcm.len();
        let clean = Clean { pcm: at_level(&pcm, -24.0), parts: vec![(text.to_owned(), all)] };
        let level = -28.0 + (next(dice) % 11) as f64;
        Item::new(name.to_owned(), (Kind::Utterance, Tongue::En, Band::Wide), &clean, level, dice)
    }
}
