//! Whether the documentation is true: its links lead somewhere and its commands exist.

use std::path::Path;

use clap::CommandFactory;

use super::{Finding, Text};

/// Checks one Markdown file.
pub(super) fn check(text: Text<'_>, root: &Path, findings: &mut Vec<Finding>) {
    if !text.file.ends_with(".md") {
        return;
    }
    let folder = Path::new(text.file).parent().unwrap_or(Path::new(""));
    for (line, link) in links(text.text) {
        if !root.join(folder).join(&link).exists() {
            findings.push(text.finding(line, format!("the link to {link} leads nowhere")));
        }
    }
    let cli = crate::Cli::command();
    for (line, name) in commands(text.text, "cargo xtask") {
        if cli.find_subcommand(&name).is_none() {
            findings.push(text.finding(line, format!("there is no `cargo xtask {name}`")));
        }
    }
}

/// The lines of a text, from 1, with whether each lies in a fenced block; fences are left out.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(number, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        Some((number + 1, line, fenced))
    })
}

/// The links to files of the repository, without their anchors, and their lines.
pub(crate) fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line, fenced) in lines(text) {
        if fenced {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', ' ']).next().unwrap_or_default();
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !elsewhere && !path.is_empty() {
                found.push((number, path.to_owned()));
            }
        }
    }
    found
}

/// The subcommands of a program that the text shows as code, and their lines: in fenced blocks where a line
/// begins with the program (after variables and a prompt), else at the start of `inline code`.
pub(crate) fn commands(text: &str, program: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line, fenced) in lines(text) {
        let spans: Vec<&str> = if fenced { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        for span in spans {
            found.extend(subcommand(span, program).map(|name| (number, name)));
        }
    }
    found
}

fn subcommand(code: &str, program: &str) -> Option<String> {
    let mut words = code.split_whitespace().skip_while(|word| {
        let variable = word.split_once('=').is_some_and(|(name, _)| {
            name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        });
        *word == "$" || variable
    });
    for part in program.split(' ') {
        let word = words.next()?;
        // A path to the program is the program.
        if word.rsplit('/').next() != Some(part) {
            return None;
        }
    }
    let name = words.next()?;
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (plain && !name.starts_with('-')).then(|| name.to_owned())
}
