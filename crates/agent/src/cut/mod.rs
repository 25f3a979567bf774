//! Where does a reply that is still being written break into clauses?
//!
//! A voice can begin with the first clause while the model writes the rest, so the first cut comes early: at the
//! first mark that leaves something worth saying. Later cuts come at ends of sentences, and at lesser marks
//! only where a sentence is long. A mark inside a number, an abbreviation, an ordinal or an address is none.
//!
//! A model that writes slowly need not be waited for until the first mark: in a hurry the first cut may come before a word
//! that begins a phrase, where a person would draw breath.
//!
//! What is cut depends on the text alone, never on the pieces it came in: where a mark cannot be judged
//! without what follows it, the cutter waits for that.

mod full_stop;
mod rules;
#[cfg(test)]
mod tests;

use tom_base::Lang;

use full_stop::{More, full_stop};
use rules::Rules;

/// Letters and digits a clause has at least.
const LEAST: usize = 10;
/// Letters and digits of a first clause that ends without a mark: a second of speech, in which the next clause becomes ready.
const BREATH: usize = 15;
/// From so many characters on a clause also ends at lesser marks.
const LONG: usize = 120;
/// From so many characters on a clause also ends at a blank.
const LONGEST: usize = 280;
/// No clause is longer, whatever is in it.
const ENDLESS: usize = 600;

/// How much of a break a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// A comma and the like.
    Clause,
    /// The end of a sentence.
    Sentence,
}

/// Cuts one reply.
#[derive(Debug)]
pub struct Cutter {
    rules: &'static Rules,
    /// The clause under way, and what came after it.
    held: String,
    /// So much of `held` was judged: it belongs to the clause.
    at: usize,
    /// Characters before `at`.
    chars: usize,
    /// Letters and digits before `at`.
    alnums: usize,
    /// Nothing was cut yet.
    first: bool,
    /// The first clause may end without a mark.
    hurried: bool,
}

impl Cutter {
    /// A cutter for a reply in a language.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        let rules = Rules::of(lang);
        Self { rules, held: String::new(), at: 0, chars: 0, alnums: 0, first: true, hurried: false }
    }

    /// Whether the first clause may end before a phrase in what is pushed from now on, since the text comes slowly.
    pub const fn hurry(&mut self, hurried: bool) {
        self.hurried = hurried;
    }

    /// Takes the next piece of text; returns the clauses that are complete, blanks collapsed.
    pub fn push(&mut self, text: &str) -> Vec<String> {
        self.held.push_str(text);
        self.scan(false)
    }

    /// The text is complete: returns the rest. The cutter goes on with what may follow, as a new sentence.
    pub fn finish(&mut self) -> Vec<String> {
        let mut clauses = self.scan(true);
        clauses.extend(self.cut());
        clauses
    }

    fn scan(&mut self, over: bool) -> Vec<String> {
        let mut clauses = Vec::new();
        while let Some(c) = self.held[self.at..].chars().next() {
            if self.at == 0 && c.is_whitespace() {
                self.held.remove(0);
                continue;
            }
            if self.hurried && self.first && !over {
                match self.cuts_before() {
                    Ok(true) => clauses.extend(self.cut()),
                    Ok(false) => {}
                    Err(More) => break,
                }
            }
            let Ok(cut) = self.cuts_after(c, over) else { break };
            self.at += c.len_utf8();
            self.chars += 1;
            self.alnums += usize::from(c.is_alphanumeric());
            if cut {
                clauses.extend(self.cut());
            }
        }
        clauses
    }

    /// Whether the clause ends after the next character.
    fn cuts_after(&self, c: char, over: bool) -> Result<bool, More> {
        let chars = self.chars + 1;
        if chars >= ENDLESS || (chars >= LONGEST && c.is_whitespace()) {
            return Ok(true);
        }
        if self.alnums < LEAST {
            return Ok(false);
        }
        let (before, after) = (&self.held[..self.at], &self.held[self.at + c.len_utf8()..]);
        Ok(match self.mark(before, c, after, over)? {
            Some(Mark::Sentence) => true,
            Some(Mark::Clause) => self.first || chars >= LONG,
            None => false,
        })
    }

    /// Whether the clause ends before the next character, where a phrase begins.
    fn cuts_before(&self) -> Result<bool, More> {
        let (before, after) = self.held.split_at(self.at);
        if self.alnums < BREATH || !before.ends_with(char::is_whitespace) {
            return Ok(false);
        }
        self.rules.phrase(before.split_whitespace().next_back().unwrap_or_default(), after)
    }

    fn mark(&self, before: &str, c: char, after: &str, over: bool) -> Result<Option<Mark>, More> {
        let previous = before.chars().next_back();
        let next = || match after.chars().next() {
            Some(next) => Ok(next),
            None if over => Ok('\n'),
            None => Err(More),
        };
        let before_blank = |mark| Ok(next()?.is_whitespace().then_some(mark));
        match c {
            '\n' | ';' | '、' | '，' => Ok(Some(Mark::Clause)),
            '。' | '！' | '？' => Ok(Some(Mark::Sentence)),
            ',' if previous.is_some_and(|p| p.is_ascii_digit()) => {
                Ok((!next()?.is_ascii_digit()).then_some(Mark::Clause))
            }
            ',' => Ok(Some(Mark::Clause)),
            ':' => before_blank(Mark::Clause),
            '-' if previous.is_some_and(char::is_whitespace) => before_blank(Mark::Clause),
            '!' | '?' => before_blank(Mark::Sentence),
            '.' => full_stop(before, after, over, self.rules),
            // The bracket or quotation mark after the end of a sentence belongs to it.
            ')' | ']' | '"' | '\'' => match previous {
                Some('!' | '?') => before_blank(Mark::Sentence),
                Some('.') => full_stop(&before[..before.len() - 1], after, over, self.rules),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn cut(&mut self) -> Option<String> {
        let clause: Vec<&str> = self.held[..self.at].split_whitespace().collect();
        let clause = clause.join(" ");
        self.held.drain(..self.at);
        (self.at, self.chars, self.alnums) = (0, 0, 0);
        if clause.is_empty() {
            return None;
        }
        self.first = false;
        Some(clause)
    }
}
