//! What comes of a script or a case?

use std::fmt::Write as _;

use tom_turn::journal;

use crate::error::{Complaint, SuiteError};
use crate::record::Record;
use crate::script::Script;
use crate::suite::{Case, Source};
use crate::world::World;

/// A call that was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What happened, as text.
    pub timeline: String,
    /// All that went into the turn core: the call can be replayed from it.
    pub journal: String,
    /// What went wrong: an invariant that does not hold, or why it stopped before the call ended.
    pub problems: Vec<String>,
}

/// Plays a script through the simulated world.
#[must_use]
pub fn play(script: &Script) -> Played {
    let config = script.config();
    let record = Record::new(&config);
    let (record, error) = World::new(script, config, record).play();
    let mut problems = record.checker.problems().to_vec();
    problems.extend(error.iter().map(ToString::to_string));
    let (timeline, journal) = (record.timeline.into_text(), record.journal.text().to_owned());
    match journal::replay(&journal) {
        Ok(replayed) if replayed == timeline => {}
        Ok(replayed) => problems.push(format!(
            "the journal replays to another call (- played, + replayed):\n{}",
            crate::diff(&timeline, &replayed)
        )),
        Err(error) => problems.push(format!("the journal cannot be replayed: {error}")),
    }
    Played { timeline, journal, problems }
}

impl Case {
    /// Plays the case: a script through the simulated world, a journal through the turn core alone. `file` is
    /// for the messages only.
    ///
    /// # Errors
    /// When its script or journal cannot be read.
    pub fn play(&self, file: &str) -> Result<Played, SuiteError> {
        match self.source {
            Source::Call => Ok(play(&Script::parse(&self.text, file, self.line)?)),
            Source::Journal => {
                let timeline = journal::replay(&self.text).map_err(|error| {
                    let at = self.line + error.line - 1;
                    let fix = "Export the journal again, or correct it by hand.";
                    Complaint::new(format!("in the journal, {error}"), fix).at(file, at)
                })?;
                Ok(Played { timeline, journal: self.text.clone(), problems: Vec::new() })
            }
        }
    }
}

/// A case as Markdown, from a journal that a call left behind: numbers are hidden in it already. `name` is its
/// heading, `prose` says what must be seen. The timeline is what the turn core makes of it now.
///
/// # Errors
/// When the text is no journal, or has a gap.
pub fn export(journal: &str, name: &str, prose: &str) -> Result<String, journal::JournalError> {
    let timeline = journal::replay(journal)?;
    let name = name.replace(['\r', '\n'], " ");
    let mut out = String::new();
    let _ = writeln!(out, "## {}\n\n{}\n", name.trim(), prose.trim());
    let _ = writeln!(out, "```journal\n{}\n```\n", journal.trim_end());
    let _ = writeln!(out, "```timeline\n{}\n```", timeline.trim_end());
    Ok(out)
}
