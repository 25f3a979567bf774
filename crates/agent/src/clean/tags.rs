//! Which tags does the text hold, and which of them hide what a model thinks?

use super::Sink;

/// Names of tags around thoughts.
const THOUGHTS: [&str; 5] = ["think", "thinking", "thought", "reasoning", "reflection"];
/// Names of tags that part words.
const BREAKS: [&str; 4] = ["br", "p", "li", "break"];
/// A tag is not longer.
const LONGEST: usize = 120;

/// Drops tags, and thoughts with what is in them.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// What may become a tag, from its `<` on.
    held: String,
    /// The name of the tag whose content is hidden.
    hidden: Option<&'static str>,
}

impl Tags {
    pub(super) fn push(&mut self, c: char, out: Sink<'_>) {
        if self.held.is_empty() {
            match c {
                '<' => self.held.push(c),
                _ => self.pass(c, out),
            }
            return;
        }
        if c == '<' || !may_go_on(&self.held, c) {
            self.release(out);
            return self.push(c, out);
        }
        self.held.push(c);
        if c == '>' {
            let tag = std::mem::take(&mut self.held);
            self.tag(&tag, out);
        }
    }

    pub(super) fn finish(&mut self, out: Sink<'_>) {
        self.release(out);
    }

    /// What was held is no tag.
    fn release(&mut self, out: Sink<'_>) {
        for c in std::mem::take(&mut self.held).chars() {
            self.pass(c, out);
        }
    }

    fn pass(&self, c: char, out: Sink<'_>) {
        if self.hidden.is_none() {
            out(c);
        }
    }

    fn tag(&mut self, tag: &str, out: Sink<'_>) {
        let closes = tag.starts_with("</");
        let name: String =
            tag.chars().skip(1 + usize::from(closes)).take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let thought = THOUGHTS.into_iter().find(|known| *known == name);
        match self.hidden {
            Some(hidden) if closes && thought == Some(hidden) => self.hidden = None,
            None if thought.is_some() && !closes => self.hidden = thought,
            None if BREAKS.contains(&&*name) => out('\n'),
            _ => {}
        }
    }
}

/// Whether a beginning of a tag is still one with the next character: `<`, `/`, a letter, then whatever stands
/// on one line. A bar stands in tokens that belong to the model's template, such as `<|im_end|>`.
fn may_go_on(held: &str, c: char) -> bool {
    match held {
        "<" => matches!(c, '/' | '|') || c.is_ascii_alphabetic(),
        "</" => c.is_ascii_alphabetic(),
        _ => c != '\n' && held.len() < LONGEST,
    }
}
