//! Which part of a model's text is thought, and not to be spoken?
//!
//! Reasoning models write their thoughts between `<think>` and `</think>` (or `thinking`, `thought`,
//! `reasoning`) where the server does not part them. The tags come in any pieces.

/// The names of tags around thoughts.
const NAMES: [&str; 4] = ["think", "thinking", "thought", "reasoning"];

/// Lets through what is not thought.
#[derive(Debug, Default)]
pub struct Thoughts {
    inside: bool,
    /// The end of the text so far, which may be the start of a tag.
    held: String,
    /// Blanks after thoughts are no part of the reply.
    trim: bool,
    /// There were thoughts.
    any: bool,
}

impl Thoughts {
    /// Takes the next piece of text; what of it is speech is appended to `out`.
    pub fn push(&mut self, text: &str, out: &mut String) {
        let mut rest = std::mem::take(&mut self.held);
        rest.push_str(text);
        let mut rest = &*rest;
        while let Some(at) = rest.find('<') {
            self.pass(&rest[..at], out);
            rest = &rest[at..];
            match tag(rest) {
                Tag::Whole { length, opens } => {
                    // A closing tag without an opening one: the prompt held that.
                    self.inside = opens;
                    self.trim = true;
                    self.any = true;
                    rest = &rest[length..];
                }
                Tag::Perhaps => {
                    self.held = rest.to_owned();
                    return;
                }
                Tag::No => {
                    self.pass("<", out);
                    rest = &rest[1..];
                }
            }
        }
        self.pass(rest, out);
    }

    /// The text is over: what was held back is no tag.
    pub fn end(&mut self, out: &mut String) {
        let held = std::mem::take(&mut self.held);
        self.pass(&held, out);
    }

    /// Whether there were any thoughts.
    #[must_use]
    pub fn any(&self) -> bool {
        self.any
    }

    fn pass(&mut self, text: &str, out: &mut String) {
        if self.inside {
            return;
        }
        let text = if self.trim { text.trim_start() } else { text };
        self.trim &= text.is_empty();
        out.push_str(text);
    }
}

enum Tag {
    Whole { length: usize, opens: bool },
    Perhaps,
    No,
}

/// Whether a text that begins with `<` begins with a tag around thoughts.
fn tag(text: &str) -> Tag {
    let mut perhaps = false;
    for name in NAMES {
        for (slash, opens) in [("", true), ("/", false)] {
            let tag = format!("<{slash}{name}>");
            if text.starts_with(&tag) {
                return Tag::Whole { length: tag.len(), opens };
            }
            perhaps |= tag.starts_with(text);
        }
    }
    if perhaps { Tag::Perhaps } else { Tag::No }
}
