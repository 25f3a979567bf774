//! What do callers of the reception say? Phrases its flow knows, for the built-in engines.

use anyhow::Result;
use tom_probe::clip::next;

use super::voices::Speaker;
use super::{Clean, Item, Kind, Maker, Sizes, Tongue};

/// Questions that the reception answers wherever the caller is in its flow. PocketSphinx hears English only.
const QUESTIONS: [&str; 8] = [
    "Your opening hours.",
    "Where are you?",
    "Opening times.",
    "The address.",
    "When are you open?",
    "How do I find you?",
    "Are you open tomorrow?",
    "Directions.",
];

impl Maker {
    /// Questions to the reception, each in both bands where the sizes say so.
    ///
    /// # Errors
    /// When a program is missing or fails.
    pub fn desk(&self, sizes: &Sizes) -> Result<Vec<Item>> {
        let (mut dice, mut items) = (self.dice(5), Vec::new());
        for n in 0..sizes.ends.div_ceil(4) {
            let text = QUESTIONS[(next(&mut dice) % QUESTIONS.len() as u64) as usize];
            let speaker = Speaker::any(Tongue::En, &mut dice);
            let pcm = self.store.say(&speaker, text)?;
            let all = 0..pcm.len();
            let clean = Clean { pcm, parts: vec![(text.to_owned(), all)] };
            let of = (Kind::Utterance, Tongue::En, n, sizes);
            Self::lines(&mut items, of, &format!("desk {}", speaker.name()), &clean, &mut dice);
        }
        Ok(items)
    }
}
