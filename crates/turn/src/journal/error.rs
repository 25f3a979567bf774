//! Why is a text no journal that can be replayed?

use std::fmt;

/// What is wrong with a journal, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The first line is not a journal's.
    NoJournal,
    /// A knob of the first line is unknown, or its value no number.
    Knob(String),
    /// It begins with no time.
    Time,
    /// Its time lies before that of the line above.
    Backwards,
    /// It is no input that is known.
    Unknown(String),
    /// What belongs here is missing or malformed.
    Missing(&'static str),
    /// There is more than belongs here.
    TooMuch,
    /// Inputs were lost here.
    Gap,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            Problem::NoJournal => f.write_str(
                "this is no journal of this version (its first line begins with `tom-journal 1`); \
                 give a file that `tom` wrote, or replay it with the version that wrote it",
            ),
            Problem::Knob(knob) => write!(
                f,
                "`{knob}` is no setting of turn-taking; the journal is from another version: replay it with that"
            ),
            Problem::Time => f.write_str("a line begins with its time in 48 kHz samples; correct or remove it"),
            Problem::Backwards => f.write_str("the time goes back; put the lines in order"),
            Problem::Unknown(word) => write!(f, "`{word}` is no input of the turn core; correct or remove the line"),
            Problem::Missing(what) => write!(f, "{what} is missing or malformed; correct the line"),
            Problem::TooMuch => f.write_str("there is too much on this line; remove what does not belong there"),
            Problem::Gap => f.write_str(
                "inputs were lost here, so the call cannot be replayed; only what was written live tells about it",
            ),
        }
    }
}

impl std::error::Error for JournalError {}
