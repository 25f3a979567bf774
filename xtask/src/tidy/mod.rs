//! `cargo xtask tidy`: the rules of the house, as a check that fails and says what to do.

pub(crate) mod arrows;
pub(crate) mod docs;
mod files;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use crate::cmd::Cmd;
use crate::place::Place;
use crate::step::{Line, Steps};

/// Something against the rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, from the repository's root.
    pub(crate) file: String,
    /// The line, from 1; 0 means the whole file.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// A text file of the repository.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    /// Its path from the repository's root.
    pub(crate) file: &'a str,
    /// What it says.
    pub(crate) text: &'a str,
}

impl Text<'_> {
    /// A finding at a line (from 1; 0 means the whole file).
    pub(crate) fn finding(self, line: usize, message: impl Into<String>) -> Finding {
        Finding { file: self.file.to_owned(), line, message: message.into() }
    }

    /// Whether it is Rust.
    pub(crate) fn is_rust(self) -> bool {
        self.file.ends_with(".rs")
    }

    /// Whether it holds tests only: in a `tests` or `test` folder, a sibling `tests.rs`, or `*.test.ts`.
    pub(crate) fn is_test(self) -> bool {
        let mut parts = self.file.split('/');
        let name = parts.next_back().unwrap_or_default();
        parts.any(|part| matches!(part, "tests" | "test" | "benches"))
            || matches!(name, "tests.rs")
            || name.contains(".test.")
    }
}

/// `cargo xtask tidy`.
pub(crate) fn run() -> Result<()> {
    let place = Place::find()?;
    Steps::new(1).step("Rules of the house", |line| check(&place, line))
}

/// Checks everything and names all findings at once.
pub(crate) fn check(place: &Place, line: &Line) -> Result<String> {
    let tracked = tracked(&place.root)?;
    let mut findings = arrows::check(&place.root)?;
    let mut read = 0;
    for file in &tracked {
        // Pictures and recordings are nobody's text.
        let Ok(text) = std::fs::read_to_string(place.root.join(file)) else {
            continue;
        };
        read += 1;
        let text = Text { file, text: &text };
        files::check(text, &mut findings);
        source::check(text, &mut findings);
        docs::check(text, &place.root, &mut findings);
    }
    if findings.is_empty() {
        return Ok(format!("kept in {read} files"));
    }
    findings.sort();
    findings.dedup();
    line.hide();
    for finding in &findings {
        eprintln!("{finding}");
    }
    bail!("{} findings", findings.len())
}

/// The files git knows or would take, from the repository's root, that are there.
pub(crate) fn tracked(root: &Path) -> Result<Vec<String>> {
    let list = Cmd::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .dir(root)
        .read()?;
    Ok(list
        .split('\0')
        .filter(|file| !file.is_empty() && root.join(file).is_file())
        .map(str::to_owned)
        .collect())
}
