//! What is known of one clause on its way from text to audio?

use std::sync::Arc;

use tom_base::Lang;
use tom_spoken::Spoken;

/// A clause of a reply that is not complete.
#[derive(Debug)]
pub(crate) struct Clause {
    /// The number of the request; none while nobody was asked.
    pub(crate) id: Option<u32>,
    pub(crate) text: Arc<str>,
    /// The words it is said with, while a synthesiser is at it.
    spoken: Option<Spoken>,
    /// Where its text begins in the reply's.
    pub(crate) offset: u32,
    /// Where its audio begins in the reply's, in samples.
    pub(crate) start: Option<u64>,
    /// Where its words begin: bytes of its text, samples of its audio.
    words: Vec<(usize, u64)>,
    /// How often the voice in use was asked.
    pub(crate) attempts: u8,
    /// It has failed: its next attempt waits until everything before it is complete.
    pub(crate) failed: bool,
    audible: bool,
}

impl Clause {
    pub(crate) fn new(text: Arc<str>, offset: u32) -> Self {
        Self {
            id: None,
            text,
            spoken: None,
            offset,
            start: None,
            words: Vec::new(),
            attempts: 0,
            failed: false,
            audible: false,
        }
    }

    /// Where its text ends in the reply's.
    pub(crate) fn end(&self) -> u32 {
        self.offset.saturating_add(u32::try_from(self.text.len()).unwrap_or(u32::MAX))
    }

    /// What a synthesiser is to say for it.
    pub(crate) fn words_to_say(&mut self, lang: Lang) -> Arc<str> {
        self.spoken.insert(Spoken::new(&self.text, lang)).text().into()
    }

    /// One of the words to say begins. Returns the place in the reply's text and audio; nothing if what is written there has
    /// begun already: "14:30" is several words.
    pub(crate) fn word(&mut self, said: usize, at: u64) -> Option<(u32, u64)> {
        let origin =
            |spoken: &Spoken| if said < spoken.text().len() { spoken.origin(said) } else { self.text.len() };
        let offset = self.spoken.as_ref().map_or(said, origin).min(self.text.len());
        if self.words.last().is_some_and(|(last, _)| *last == offset) {
            return None;
        }
        if self.words.len() <= self.text.len() {
            self.words.push((offset, at));
        }
        let start = self.start.unwrap_or_default();
        Some((
            self.offset.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)),
            start.saturating_add(at),
        ))
    }

    pub(crate) fn audible(&mut self) {
        self.audible = true;
    }

    /// Nobody is asked for it any more.
    pub(crate) fn take_back(&mut self) {
        self.id = None;
        self.start = None;
        self.spoken = None;
        self.words.clear();
        self.audible = false;
    }

    /// Makes it the part of itself that is still to be said after its audio broke off, at a word.
    /// `appended` and `sent`: samples of the reply that are there, and that the far end has. Returns how many
    /// samples of the reply are to be kept, or nothing if no part of it can be said again without saying
    /// twice what was heard.
    pub(crate) fn cut(&mut self, appended: u64, sent: u64) -> Option<u64> {
        let start = self.start.unwrap_or(appended);
        let keep = if !self.audible || start >= sent {
            start
        } else {
            // A word that was begun is said again, as people do.
            let there = self.words.iter().rev().find(|(_, at)| start.saturating_add(*at) < appended);
            let (offset, at) = *there?;
            self.text = self.text.get(offset..)?.into();
            self.offset = self.offset.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
            start.saturating_add(at).max(sent)
        };
        self.take_back();
        Some(keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Clause {
        let mut clause = Clause::new("one two three".into(), 10);
        clause.start = Some(1_000);
        clause.audible();
        for (offset, at) in [(0, 0), (4, 500), (8, 1_000)] {
            clause.word(offset, at);
        }
        clause
    }

    #[test]
    fn a_clause_of_which_nothing_was_sent_is_said_again_from_its_start() {
        let mut clause = begun();
        assert_eq!(clause.cut(1_700, 1_000), Some(1_000));
        assert_eq!((&*clause.text, clause.offset), ("one two three", 10));
    }

    #[test]
    fn a_clause_that_broke_off_goes_on_at_the_last_word_that_was_begun() {
        let mut clause = begun();
        assert_eq!(clause.cut(1_700, 1_200), Some(1_500), "the half word that was not sent is dropped");
        assert_eq!((&*clause.text, clause.offset), ("two three", 14));
        assert_eq!(clause.end(), 23);
        let mut clause = begun();
        assert_eq!(clause.cut(1_700, 1_650), Some(1_650), "what was sent stays");
    }

    #[test]
    fn without_words_what_was_heard_is_not_said_twice() {
        let mut clause = Clause::new("one".into(), 0);
        clause.start = Some(0);
        clause.audible();
        assert_eq!(clause.cut(500, 100), None);
    }

    #[test]
    fn what_an_engine_says_of_words_is_not_believed_beyond_the_text() {
        let mut clause = Clause::new("one".into(), u32::MAX);
        clause.start = Some(u64::MAX);
        assert_eq!(clause.word(usize::MAX, u64::MAX), Some((u32::MAX, u64::MAX)));
        assert_eq!(clause.cut(u64::MAX, u64::MAX), Some(u64::MAX));
    }

    #[test]
    fn what_is_said_in_many_words_is_one_place_of_the_text() {
        let text = "Um 14:30 Uhr in Köln";
        let mut clause = Clause::new(text.into(), 100);
        assert_eq!(&*clause.words_to_say(Lang::DE), "Um vierzehn Uhr dreißig in Köln");
        clause.start = Some(0);
        clause.audible();
        assert_eq!(clause.word(0, 0), Some((100, 0)));
        assert_eq!(clause.word(3, 500), Some((103, 500)));
        assert_eq!(clause.word(12, 1_000), None, "the clock again");
        assert_eq!(clause.word(25, 2_000), Some((113, 2_000)));
        assert_eq!(clause.cut(2_100, 1_500), Some(2_000));
        assert_eq!(&*clause.words_to_say(Lang::DE), "in Köln");
    }
}
