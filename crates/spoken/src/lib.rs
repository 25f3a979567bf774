//! How is a written text said?
//!
//! "Am 12. Mai um 14:30 Uhr, 12,50 €" is "Am zwölften Mai um vierzehn Uhr dreißig, zwölf Euro fünfzig". Voices differ in
//! how much of that they know, so that text goes to all of them in words. What was heard is told in the
//! text as it was written: [`Spoken::origin`] leads back to it.
//!
//! German and English are known; texts in other languages stay as they are.
//!
//! Nothing here waits, reads or keeps anything.
#![forbid(unsafe_code)]

mod abbreviations;
mod address;
mod clock;
mod date;
mod figure;
mod money;
mod numbers;
mod ordinal;
mod phone;
mod place;
mod scan;
mod units;

use tom_base::Lang;

use place::Tongue;

/// A text in the words it is said with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    text: String,
    parts: Vec<Part>,
}

/// From where on the words come from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    /// Byte of the words.
    said: usize,
    /// Byte of the original.
    written: usize,
    /// As written, byte for byte; otherwise the whole part stands for what begins there.
    copied: bool,
}

impl Spoken {
    /// The words for a text in a language.
    #[must_use]
    pub fn new(text: &str, lang: Lang) -> Self {
        match Tongue::of(lang) {
            Some(tongue) => scan::scan(text, tongue),
            None => {
                let mut spoken = Self::default();
                spoken.copy(0, text);
                spoken
            }
        }
    }

    /// The words.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the original lies what is said at a byte of the words: for what was replaced, where that begins. Rises
    /// with `said`; on a character boundary if `said` is, and inside of the original if that is not empty.
    #[must_use]
    pub fn origin(&self, said: usize) -> usize {
        let last = self.text.floor_char_boundary(self.text.len().saturating_sub(1));
        let said = said.min(last);
        let Some(at) = self.parts.partition_point(|part| part.said <= said).checked_sub(1) else {
            return 0;
        };
        let part = self.parts[at];
        if part.copied { part.written + (said - part.said) } else { part.written }
    }

    /// Goes on as written.
    fn copy(&mut self, written: usize, text: &str) {
        let follows = self
            .parts
            .last()
            .is_some_and(|part| part.copied && part.written + (self.text.len() - part.said) == written);
        if !follows && !text.is_empty() {
            self.parts.push(Part { said: self.text.len(), written, copied: true });
        }
        self.text.push_str(text);
    }

    /// Goes on with other words for what is written there.
    fn replace(&mut self, written: usize, words: &str) {
        if !words.is_empty() {
            self.parts.push(Part { said: self.text.len(), written, copied: false });
            self.text.push_str(words);
        }
    }
}
