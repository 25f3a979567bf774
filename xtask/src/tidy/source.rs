//! What no source file may say: allowed lints, unbounded queues, clocks in pure crates.

use super::{Finding, Text};

/// Something that must not be written. Patterns are kept in pieces, so that this file keeps its own rules.
struct Ban {
    pieces: &'static [&'static str],
    message: &'static str,
    /// Folders it holds in; everywhere if empty.
    within: &'static [&'static str],
}

/// The crates in which all time is input.
const PURE: &[&str] = &[
    "crates/base/src/",
    "crates/audio/src/",
    "crates/turn/src/",
    "crates/flow/src/",
    "crates/wire/src/",
    "crates/learn/src/",
];

const UNBOUNDED: &str = "every channel is bounded and names what happens when it is full";
const CLOCK: &str = "this crate reads no clock and starts nothing; take the time as input";

const BANS: &[Ban] = &[
    Ban { pieces: &["unbounded", "_channel"], message: UNBOUNDED, within: &[] },
    Ban { pieces: &["mpsc::chan", "nel()"], message: UNBOUNDED, within: &[] },
    Ban { pieces: &["mpsc::chan", "nel::<"], message: UNBOUNDED, within: &[] },
    Ban { pieces: &["Instant", "::now"], message: CLOCK, within: PURE },
    Ban { pieces: &["System", "Time"], message: CLOCK, within: PURE },
    Ban { pieces: &["thread::", "spawn"], message: CLOCK, within: PURE },
    Ban { pieces: &["thread::", "sleep"], message: CLOCK, within: PURE },
];

/// Checks one file.
pub(super) fn check(text: Text<'_>, findings: &mut Vec<Finding>) {
    if !text.is_rust() {
        return;
    }
    for (number, line) in text.text.lines().enumerate() {
        if is_allow(line) {
            let message = "use #[expect(..., reason = \"...\")], which tells when it is no longer needed";
            findings.push(text.finding(number + 1, message));
        }
        let code = line.split("//").next().unwrap_or_default();
        for ban in BANS {
            let here = ban.within.is_empty() || ban.within.iter().any(|dir| text.file.starts_with(dir));
            if here && !text.is_test() && has(code, &ban.pieces.concat()) {
                findings.push(text.finding(number + 1, ban.message));
            }
        }
    }
}

/// Whether a line holds a pattern. A channel with type arguments is unbounded only if it takes no size.
fn has(code: &str, pattern: &str) -> bool {
    code.match_indices(pattern).any(|(at, _)| !pattern.ends_with("::<") || code[at..].contains(">()"))
}

/// Whether a line carries an attribute that silences a lint for good.
fn is_allow(line: &str) -> bool {
    let line = line.trim_start();
    let attribute = line.starts_with("#[") || line.starts_with("#![");
    let allows = |from: &str| line.contains(&format!("{from}{}", "allow("));
    attribute && (allows("[") || allows(" ") || allows(","))
}
