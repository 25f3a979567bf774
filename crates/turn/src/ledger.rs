//! What of a reply was said, and how much of that has the caller heard?

use tom_base::{Rate, Span};

/// The text of one reply, where its pieces lie in the audio, and how much of the audio was played.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    text: String,
    /// (time from the first sample, bytes of the text spoken before it), both rising.
    marks: Vec<(Span, usize)>,
    played: Span,
    complete: bool,
}

/// Marks per reply beyond this are not kept; what follows is reckoned by pace.
const MOST_MARKS: usize = 4_096;

impl Ledger {
    /// Adds the next piece of text; pieces are joined by a blank.
    pub(crate) fn say(&mut self, piece: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(piece);
    }

    /// All that was said.
    pub(crate) fn said(&self) -> &str {
        &self.text
    }

    /// Notes that `offset` bytes of the text are spoken before `at`. A mark that goes back is ignored.
    pub(crate) fn mark(&mut self, offset: u32, at: Span) {
        let offset = offset as usize;
        let rises = self.marks.last().is_none_or(|&(t, o)| t <= at && o <= offset);
        if rises && self.marks.len() < MOST_MARKS {
            self.marks.push((at, offset));
        }
    }

    /// Notes how much audio was heard; it only grows. Says whether it grew.
    pub(crate) fn played(&mut self, heard: Span) -> bool {
        let grew = heard > self.played;
        self.played = self.played.max(heard);
        grew
    }

    /// Notes that all was heard.
    pub(crate) fn finish(&mut self) {
        self.complete = true;
    }

    /// Whether all was heard.
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }

    /// What was heard, cut after the last whole word.
    ///
    /// Between two marks, and after the last, the words are taken to be spread evenly; `pace` is the time of
    /// one character where no mark follows.
    pub(crate) fn heard(&self, pace: Span) -> &str {
        if self.complete {
            return &self.text;
        }
        let at = self.marks.partition_point(|&(t, _)| t <= self.played);
        let (from, base) = match at.checked_sub(1) {
            Some(last) => self.marks[last],
            None => (Span::ZERO, 0),
        };
        let into = ticks(self.played.saturating_sub(from));
        let (chars, time) = match self.marks.get(at) {
            Some(&(t, o)) => (o.saturating_sub(base), ticks(t.saturating_sub(from))),
            None => (1, ticks(pace)),
        };
        let more = (into.saturating_mul(chars as u64)).checked_div(time).unwrap_or(0);
        let end = base.saturating_add(usize::try_from(more).unwrap_or(usize::MAX));
        whole_words(&self.text, end)
    }

    /// How many characters (bytes of the text) have not been heard.
    pub(crate) fn unheard(&self, pace: Span) -> usize {
        self.text.len() - self.heard(pace).len()
    }

    /// Whether at least half of the text was heard.
    pub(crate) fn half_heard(&self, pace: Span) -> bool {
        !self.text.is_empty() && self.heard(pace).len() * 2 >= self.text.len()
    }
}

/// The beginning of the text up to `end` bytes, cut after the last whole word, without trailing blanks.
fn whole_words(text: &str, end: usize) -> &str {
    if end >= text.len() {
        return text;
    }
    // The blank after the last word counts: it tells that the word is whole.
    let reach = text.floor_char_boundary(end + 1);
    let cut = text[..reach].rfind(char::is_whitespace).unwrap_or(0);
    text[..cut].trim_end()
}

fn ticks(span: Span) -> u64 {
    span.as_samples(Rate::Hz48000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PACE: Span = Span::from_millis(100);

    fn ms(n: u64) -> Span {
        Span::from_millis(n)
    }

    fn ledger(pieces: &[&str]) -> Ledger {
        let mut ledger = Ledger::default();
        for piece in pieces {
            ledger.say(piece);
        }
        ledger
    }

    #[test]
    fn without_marks_the_pace_tells() {
        let mut l = ledger(&["Good morning.", "How are you?"]);
        assert_eq!(l.heard(PACE), "");
        l.played(ms(450));
        assert_eq!(l.heard(PACE), "Good");
        l.played(ms(1_300));
        assert_eq!(l.heard(PACE), "Good morning.");
        l.played(ms(9_000));
        assert_eq!(l.heard(PACE), "Good morning. How are you?");
    }

    #[test]
    fn between_marks_words_are_spread_evenly() {
        let mut l = ledger(&["one two three four"]);
        l.mark(8, ms(1_000));
        l.mark(18, ms(1_500));
        l.played(ms(999));
        assert_eq!(l.heard(PACE), "one two");
        l.played(ms(500));
        assert_eq!(l.heard(PACE), "one two", "played never goes back");
        l.played(ms(1_499));
        assert_eq!(l.heard(PACE), "one two three");
        l.finish();
        assert_eq!(l.heard(PACE), "one two three four");
    }

    #[test]
    fn a_mark_that_goes_back_or_beyond_the_text_does_no_harm() {
        let mut l = ledger(&["grüß dich"]);
        l.mark(1_000, ms(10));
        l.mark(3, ms(5));
        l.played(ms(11));
        assert_eq!(l.heard(PACE), "grüß dich");
        assert_eq!(l.unheard(PACE), 0);
    }

    #[test]
    fn half_is_measured_in_text() {
        let mut l = ledger(&["aaaa bbbb"]);
        l.played(ms(400));
        assert!(!l.half_heard(PACE));
        l.played(ms(900));
        assert!(l.half_heard(PACE));
        assert!(!Ledger::default().half_heard(PACE));
    }

    proptest! {
        #[test]
        fn heard_is_the_beginning_of_said_and_only_grows(
            pieces in prop::collection::vec("[a-zäß ]{1,12}", 0..6),
            marks in prop::collection::vec((0u32..80, 0u64..5_000), 0..8),
            plays in prop::collection::vec(0u64..6_000, 0..12),
        ) {
            let mut l = Ledger::default();
            for p in &pieces {
                l.say(p);
            }
            for (offset, at) in marks {
                l.mark(offset, ms(at));
            }
            let mut before = 0;
            for p in plays {
                l.played(ms(p));
                let heard = l.heard(PACE);
                prop_assert!(l.said().starts_with(heard));
                prop_assert!(heard.len() >= before);
                before = heard.len();
            }
        }
    }
}
