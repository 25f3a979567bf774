//! What is wrong with a suite or a script, where, and what to do about it.

/// A mistake in a suite file, with its place and its remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}. {fix}")]
pub struct SuiteError {
    /// The file, as it was named to the parser.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// A mistake in one line of a script; whoever knows the file and the line makes a [`SuiteError`] of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) what: String,
    pub(crate) fix: String,
}

impl Complaint {
    pub(crate) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }

    pub(crate) fn at(self, file: &str, line: usize) -> SuiteError {
        SuiteError { file: file.into(), line, what: self.what, fix: self.fix }
    }
}
