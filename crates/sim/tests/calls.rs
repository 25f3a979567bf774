//! Layer: sim. Every call in `calls/` gives the timeline that is written below it.
//!
//! `UPDATE=1` writes the timelines that came out into the files instead; read every line before you commit.
#![cfg(test)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tom_sim::{Suite, diff};

fn files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("calls");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_call_gives_its_timeline() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut failures = String::new();
    let mut calls = 0;
    for path in files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let markdown = std::fs::read_to_string(&path).unwrap();
        let suite = Suite::parse(&markdown, &name).unwrap_or_else(|error| panic!("{error}"));
        let mut timelines = Vec::new();
        for case in &suite.cases {
            calls += 1;
            let played = case.play(&name).unwrap_or_else(|error| panic!("{error}"));
            let seen = played.timeline.trim_end().to_owned();
            let expected = case.timeline.as_deref().unwrap_or_default().trim_end();
            for problem in &played.problems {
                let _ = writeln!(failures, "{name}:{}: \"{}\": {problem}", case.line, case.name);
            }
            if expected != seen && !update {
                let _ = writeln!(
                    failures,
                    "{name}:{}: \"{}\" went otherwise than expected (- expected, + seen):\n{}",
                    case.line,
                    case.name,
                    diff(expected, &seen)
                );
            }
            timelines.push(seen);
        }
        if update {
            std::fs::write(&path, suite.with_timelines(&markdown, &timelines)).unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(calls >= 40, "only {calls} calls found");
}

#[test]
fn every_call_says_what_must_be_seen() {
    for path in files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let suite = Suite::parse(&std::fs::read_to_string(&path).unwrap(), &name).unwrap();
        for case in &suite.cases {
            assert!(
                case.prose.len() > 30,
                "{name}: \"{}\" does not say what must be seen and why",
                case.name
            );
        }
    }
}
