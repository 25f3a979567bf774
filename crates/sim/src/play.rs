//! What comes of a script or a case?

use crate::error::SuiteError;
use crate::record::Record;
use crate::render;
use crate::script::Script;
use crate::suite::{Case, Source};
use crate::world::World;

/// A call that was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What happened, as text.
    pub timeline: String,
    /// What went wrong: an invariant that does not hold, or why it stopped before the call ended.
    pub problems: Vec<String>,
}

/// Plays a script through the simulated world.
#[must_use]
pub fn play(script: &Script) -> Played {
    let (record, stopped) = match World::new(script, script.config(), Record::default()).play() {
        Ok(record) => (record, None),
        Err((error, record)) => (record, Some(error)),
    };
    Played {
        timeline: render::timeline(&record),
        problems: stopped.iter().map(ToString::to_string).collect(),
    }
}

/// Plays a script for its problems alone: broken invariants, or why it stopped before the call ended.
#[must_use]
pub fn check(script: &Script) -> Vec<String> {
    play(script).problems
}

impl Case {
    /// Plays the case. `file` is for the messages only.
    ///
    /// # Errors
    /// When its script or journal cannot be read.
    pub fn play(&self, file: &str) -> Result<Played, SuiteError> {
        match self.source {
            Source::Call => Ok(play(&Script::parse(&self.text, file, self.line)?)),
            Source::Journal => Err(SuiteError {
                file: file.into(),
                line: self.line,
                what: "journals are not read yet".into(),
                fix: "Write a call.".into(),
            }),
        }
    }
}
