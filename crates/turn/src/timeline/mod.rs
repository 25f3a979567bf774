//! How does a call read as text, one line for each thing that happened?
//!
//! The same text is the golden test, the bug report and what the console shows. Times are seconds of media
//! time; telephone numbers are hidden.

mod lines;

use std::borrow::Cow;
use std::fmt::Write as _;

use tom_base::{Epoch, MediaTime};

use crate::hide::Hide;
use crate::{CallEvent, Cause, Input, Output};

/// The timeline of a call, growing line by line. It is fed with all inputs and outputs in their order, the
/// input before the outputs it leads to; most of them are no line.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    text: String,
    hide: Hide,
    /// The reply whose interruption was told: its end is no news.
    interrupted: Option<Epoch>,
    /// The reply under way as it stands here, its pieces joined by blanks: what was heard of it is cut from
    /// this, since half a number no longer looks like one.
    reply: (Epoch, String),
}

impl Timeline {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An input goes in. The line it makes, if any, without its end.
    pub fn input(&mut self, now: MediaTime, input: &Input) -> Option<&str> {
        if let Input::Dtmf(key) = input {
            let key = self.hide.key(now, *key, &mut self.text);
            let from = self.line(now, "caller", &format!("presses {key}"));
            self.hide.key_stands(self.text.len() - 2, key.as_char());
            return Some(self.text[from..].trim_end());
        }
        self.hide.input(input);
        let (who, what) = lines::input(input)?;
        let from = self.line(now, who, &what);
        Some(self.text[from..].trim_end())
    }

    /// An output comes out. The line it makes, if any, without its end.
    pub fn output(&mut self, now: MediaTime, output: &Output) -> Option<&str> {
        if let Output::Event(CallEvent::Interrupted { epoch, .. }) = output {
            self.interrupted = Some(*epoch);
        }
        if let Output::Event(CallEvent::Reply { epoch, text }) = output {
            let shown = self.hide.text(text);
            if self.reply.0 == *epoch && !self.reply.1.is_empty() {
                self.reply.1.push(' ');
                self.reply.1.push_str(&shown);
            } else {
                self.reply = (*epoch, shown.into_owned());
            }
        }
        let (who, what) = match output {
            Output::Event(CallEvent::Dtmf(_)) => return None,
            Output::Event(CallEvent::TurnEnd { epoch, .. }) if self.interrupted == Some(*epoch) => {
                return None;
            }
            Output::Generate { cause: Cause::Keyed(keys), .. } => return Some(self.keyed(now, keys)),
            Output::Event(CallEvent::Interrupted { epoch, heard, after }) => {
                lines::interrupted(&self.as_shown(*epoch, heard), *after)
            }
            Output::Event(CallEvent::TurnEnd { epoch, heard, complete: false }) => {
                lines::not_done(&self.as_shown(*epoch, heard))
            }
            output => lines::output(output, &self.hide)?,
        };
        let from = self.line(now, who, &what);
        Some(self.text[from..].trim_end())
    }

    /// What was heard of a reply, as the reply itself stands here. Hiding keeps lengths.
    fn as_shown<'a>(&'a self, epoch: Epoch, heard: &'a str) -> Cow<'a, str> {
        let shown = (self.reply.0 == epoch).then(|| self.reply.1.get(..heard.len())).flatten();
        shown.map_or_else(|| self.hide.text(heard), Cow::Borrowed)
    }

    /// Keys are complete. What of them may be a telephone number is hidden as the keys themselves are.
    fn keyed(&mut self, now: MediaTime, keys: &str) -> &str {
        let hidden = self.hide.keyed(keys);
        let from = self.line(now, "agent", &format!("thinks about the keys {hidden}"));
        let first = self.text.len() - 1 - hidden.len();
        for (i, c) in hidden.char_indices() {
            self.hide.key_stands(first + i, c);
        }
        self.text[from..].trim_end()
    }

    fn line(&mut self, now: MediaTime, who: &str, what: &str) -> usize {
        let from = self.text.len();
        let seconds = now.to_string();
        let _ = writeln!(self.text, "{seconds:>8}  {who:<6}  {what}");
        from
    }

    /// All lines so far, each with its end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All lines.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}
