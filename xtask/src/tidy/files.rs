//! What each file must look like: its length, its first line, no trace of one machine.

use super::{Finding, Text};

/// Lines of code in one file.
const MOST_LINES: usize = 300;

/// The layers of tests.
const LAYERS: [&str; 5] = ["pure", "wire", "sim", "real", "bench"];

/// Folders that exist on one machine only. Written in two pieces, so that this file keeps its own rule.
const MACHINE: [(&str, &str); 4] = [("/ho", "me/"), ("/ro", "ot/"), ("/wo", "rk/"), ("/Us", "ers/")];

/// Checks one file.
pub(super) fn check(text: Text<'_>, findings: &mut Vec<Finding>) {
    length(text, findings);
    if text.is_rust() {
        first_line(text, findings);
    }
    machine(text, findings);
    if text.file.ends_with("package-lock.json") {
        lock(text, findings);
    }
}

fn length(text: Text<'_>, findings: &mut Vec<Finding>) {
    let code = [".rs", ".ts", ".tsx", ".mjs"].iter().any(|end| text.file.ends_with(end));
    let lines = text.text.lines().count();
    if code && !text.is_test() && lines > MOST_LINES {
        let message = format!(
            "{lines} lines, more than {MOST_LINES}; split it by what it answers, not into part 1 and 2"
        );
        findings.push(text.finding(0, message));
    }
}

fn first_line(text: Text<'_>, findings: &mut Vec<Finding>) {
    let first = text.text.lines().next().unwrap_or_default();
    let Some(said) = first.strip_prefix("//! ") else {
        let message = "begin with a line `//! ...` that says which question the file answers";
        findings.push(text.finding(1, message));
        return;
    };
    // Helpers in test folders have no tests of their own.
    let tests = ["#[test]", "#[tokio::test", "proptest!"];
    if !text.is_test() || !tests.iter().any(|mark| text.text.contains(mark)) {
        return;
    }
    let layer = said.strip_prefix("Layer: ").and_then(|rest| rest.split('.').next());
    if !layer.is_some_and(|layer| LAYERS.contains(&layer)) {
        let message = format!("a test file begins with `//! Layer: X. ...`, X one of {}", LAYERS.join(", "));
        findings.push(text.finding(1, message));
    }
}

fn machine(text: Text<'_>, findings: &mut Vec<Finding>) {
    for (number, line) in text.text.lines().enumerate() {
        for (head, tail) in MACHINE {
            let folder = format!("{head}{tail}");
            if line.match_indices(&folder).any(|(at, _)| is_path_start(&line[..at])) {
                let message =
                    format!("{folder}... exists on one machine only; use a relative path or a variable");
                findings.push(text.finding(number + 1, message));
            }
        }
    }
}

/// Whether an absolute path can begin after this text (`a/home/` is none).
fn is_path_start(before: &str) -> bool {
    !before
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '}' | ')' | '*'))
}

fn lock(text: Text<'_>, findings: &mut Vec<Finding>) {
    if text.text.contains("\"resolved\": \"http") {
        let message = "names download addresses; run `npm install --package-lock-only --omit-lockfile-registry-resolved`";
        findings.push(text.finding(0, message));
    }
}
