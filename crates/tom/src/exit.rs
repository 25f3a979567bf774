//! How a command ends: its exit code and what it says.

use std::fmt;
use std::process::ExitCode;

use crate::config::Problem;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit code 1.
    Failed(anyhow::Error),
    /// Exit code 2.
    Usage(String),
    /// Exit code 3.
    NotReady(String),
    /// Exit code 4.
    Config(Vec<Problem>),
    /// Exit code 1, and everything was said already.
    Said,
    /// A verdict with an exit code of its own, and everything was said already.
    Verdict(u8),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) | Self::Said => 1,
            Self::Verdict(code) => *code,
            Self::Usage(_) => 2,
            Self::NotReady(_) => 3,
            Self::Config(_) => 4,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "tom: {error:#}"),
            Self::Usage(what) | Self::NotReady(what) => write!(f, "tom: {what}"),
            Self::Config(problems) => {
                write!(f, "tom: the configuration is not valid")?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
            Self::Said | Self::Verdict(_) => Ok(()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Config(problems)
    }
}
