//! How is a call kept so that it can be replayed without audio, engines or a clock?
//!
//! A journal is text. Its first line is `tom-journal 1` and the knobs of turn-taking; `fact` lines tell what
//! call it was; then there is one line for each input of the turn core, with its time in 48 kHz samples:
//!
//! ```text
//! tom-journal 1 lang=en ring=30000 answer=10000 …
//! fact call "web-17"
//! 0 answered
//! 4800 text 0.0 "Hello. How can I help?"
//! 4800 end 0.0 listen open
//! ```
//!
//! A line `gap` says that something is missing: such a journal can be read but not replayed. Telephone
//! numbers are hidden before they are written, see [`mask_numbers`](crate::mask_numbers); once the agent has
//! asked for a number of seven digits or more, every digit is.

mod error;
mod parse;
mod write;

use std::borrow::Cow;
use std::fmt::Write as _;

use tom_base::MediaTime;

pub use error::{JournalError, Problem};
pub use parse::{parse, read};
use write::append;
pub use write::write;

use crate::hide::Hide;
use crate::timeline::Timeline;
use crate::{Input, Output, Turn, TurnConfig, quote::quote};

/// The line that says that something is missing.
pub const GAP: &str = "gap";
/// What the first line begins with; the number is the format's version.
pub(crate) const MAGIC: &str = "tom-journal 1";
/// A journal does not grow beyond this many bytes; what comes later is a gap.
const LONGEST: usize = 4 << 20;

/// The first line: the format and all knobs.
#[must_use]
pub fn header(config: &TurnConfig) -> String {
    let mut out = format!("{MAGIC} lang={}", config.lang);
    for knob in TurnConfig::KNOBS {
        let _ = write!(out, " {}={}", knob.name, (knob.get)(config));
    }
    out
}

/// The journal of a call under way, in memory.
#[derive(Clone, Debug)]
pub struct Journal {
    text: String,
    hide: Hide,
    gap: bool,
}

impl Journal {
    /// Begins a journal. The facts tell a reader what call it was: names of one word, any values.
    #[must_use]
    pub fn new(config: &TurnConfig, facts: &[(&str, &str)]) -> Self {
        let mut text = header(config) + "\n";
        for (name, value) in facts {
            let _ = writeln!(text, "fact {name} {}", quote(&crate::mask_numbers(value)));
        }
        Self { text, hide: Hide::default(), gap: false }
    }

    /// Writes an input, before or after the core has it. Numbers are hidden: in texts at once, among keys
    /// when the seventh digit shows that they are one.
    pub fn input(&mut self, now: MediaTime, input: &Input) {
        if self.gap {
            return;
        }
        if self.text.len() > LONGEST {
            self.gap();
            return;
        }
        if let Input::Dtmf(key) = input {
            let key = self.hide.key(now, *key, &mut self.text);
            append(&mut self.text, now, &Input::Dtmf(key));
            self.hide.key_stands(self.text.len() - 1, key.as_char());
        } else {
            self.hide.input(input);
            append(&mut self.text, now, &hidden(input, &self.hide));
        }
        self.text.push('\n');
    }

    /// Notes that an input was lost. What follows is not written any more.
    pub fn gap(&mut self) {
        if !self.gap {
            self.gap = true;
            self.text.push_str(GAP);
            self.text.push('\n');
        }
    }

    /// All of it so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The input with its texts as they may be kept.
fn hidden(input: &Input, hide: &Hide) -> Input {
    let mut input = input.clone();
    if let Input::Partial { text, .. }
    | Input::Final { text, .. }
    | Input::ReplyText { text, .. }
    | Input::Typed(text) = &mut input
        && let Cow::Owned(hidden) = hide.text(text)
    {
        *text = hidden.into();
    }
    input
}

/// A journal that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The knobs the call ran with.
    pub config: TurnConfig,
    /// What call it was.
    pub facts: Vec<(String, String)>,
    /// Every input, with its time.
    pub inputs: Vec<(MediaTime, Input)>,
    /// The line that says that something is missing, if there is one.
    pub gap: Option<usize>,
}

/// Replays a journal: the timeline of the call, byte for byte as it was.
///
/// # Errors
/// When the text is no journal, or has a gap.
pub fn replay(text: &str) -> Result<String, JournalError> {
    let kept = read(text)?;
    if let Some(line) = kept.gap {
        return Err(JournalError { line, problem: Problem::Gap });
    }
    let mut turn = Turn::new(kept.config);
    let mut timeline = Timeline::new();
    for (now, input) in kept.inputs {
        timeline.input(now, &input);
        turn.handle(now, input);
        loop {
            let output = turn.poll();
            timeline.output(now, &output);
            if matches!(output, Output::Wait(_)) {
                break;
            }
        }
    }
    Ok(timeline.into_text())
}
