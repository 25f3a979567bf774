//! What is wrong with a flow file, where, and what to do about it.

use std::fmt;

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow is refused.
    Error,
    /// The flow works, but callers may stumble.
    Warning,
}

/// A finding about a flow file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct FlowError {
    /// The file, as it was named when loading.
    pub file: String,
    /// The line, from 1; 0 if the finding is about the file as a whole.
    pub line: u32,
    /// The column in characters, from 1; 0 if the finding is about the file as a whole.
    pub column: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, as a sentence.
    pub what: String,
    /// What to do, as a sentence.
    pub remedy: String,
}

impl fmt::Display for FlowError {
    /// `flows/shop.toml:12:7: error: What is wrong. What to do.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        if self.line == 0 {
            write!(f, "{}: {severity}: {} {}", self.file, self.what, self.remedy)
        } else {
            write!(
                f,
                "{}:{}:{}: {severity}: {} {}",
                self.file, self.line, self.column, self.what, self.remedy
            )
        }
    }
}
