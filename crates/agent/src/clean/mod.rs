//! How does what a model writes become something a voice can say?
//!
//! Models write Markdown, emoji, links and stage directions. [`Cleaner`] takes them out while the text streams
//! in; what is left is plain words and punctuation. Numbers, dates and abbreviations stay as they are written.
//!
//! Cleaning comes before everything that counts characters: the call, the synthesiser, the marks of what was
//! heard and the history all see the cleaned text, so no position ever has to be translated back.
//!
//! Four small machines hand characters on to each other. Each looks at one character at a time, so the pieces
//! a text comes in do not matter.

mod lines;
mod marks;
mod tags;
#[cfg(test)]
mod tests;
mod words;

use lines::Lines;
use marks::Marks;
use tags::Tags;
use words::Words;

/// Cleans one reply.
#[derive(Debug, Default)]
pub struct Cleaner {
    tags: Tags,
    lines: Lines,
    marks: Marks,
    words: Words,
}

/// Characters on their way from one machine to the next.
type Sink<'a> = &'a mut dyn FnMut(char);

impl Cleaner {
    /// Takes the next piece of text; returns what of it can be said, as far as that is certain.
    pub fn push(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let Self { tags, lines, marks, words } = self;
        for c in text.chars() {
            tags.push(c, &mut |c| lines.push(c, &mut |c| marks.push(c, &mut |c| words.push(c, &mut out))));
        }
        out
    }

    /// The text is complete: returns what was held back. The cleaner begins afresh.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        let Self { tags, lines, marks, words } = self;
        tags.finish(&mut |c| lines.push(c, &mut |c| marks.push(c, &mut |c| words.push(c, &mut out))));
        lines.finish(&mut |c| marks.push(c, &mut |c| words.push(c, &mut out)));
        marks.finish(&mut |c| words.push(c, &mut out));
        words.finish(&mut out);
        *self = Self::default();
        out
    }
}

/// Cleans a whole text.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut cleaner = Cleaner::default();
    let mut out = cleaner.push(text);
    out.push_str(&cleaner.finish());
    out
}
