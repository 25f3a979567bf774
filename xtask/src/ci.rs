//! `cargo xtask ci`: what has to pass before a change lands.

use std::env;

use anyhow::Result;
use clap::ValueEnum;

use crate::cmd::Cmd;
use crate::coverage::{self, Tool};
use crate::place::Place;
use crate::setup;
use crate::step::Steps;
use crate::{test, tidy};

/// A part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Formatting
    Fmt,
    /// The rules of the house
    Tidy,
    /// Lints, as errors
    Clippy,
    /// The crates' documentation, warnings as errors
    Docs,
    /// Licences, bans and sources of dependencies
    Deny,
    /// Coverage, if `TOM_COVERAGE=1`
    Coverage,
    /// All tests
    Test,
}

/// Reads licences out of the dependency graph.
const DENY: Tool = Tool { package: "cargo-deny", version: "0.20.2", command: "deny" };

/// Runs the parts that are not left out, the quick ones first.
pub(crate) fn run(skip: &[Part]) -> Result<()> {
    let place = Place::find()?;
    let wanted = |part: Part| !skip.contains(&part);
    let mut steps = Steps::new(number(skip, measures()));
    if wanted(Part::Fmt) {
        steps.step("Formatting", |line| {
            Cmd::cargo().args(["fmt", "--all", "--check"]).show(line)?;
            Ok("as it should be".into())
        })?;
    }
    if wanted(Part::Tidy) {
        steps.step("Rules of the house", |line| tidy::check(&place, line))?;
    }
    if needs_machine(skip, measures()) {
        setup::all(&mut steps, &place)?;
    }
    if wanted(Part::Clippy) {
        steps.step("Lints", |line| {
            Cmd::cargo()
                .args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
                .show(line)?;
            Ok("none".into())
        })?;
    }
    if wanted(Part::Docs) {
        steps.step("Documentation", |line| {
            Cmd::cargo()
                .args(["doc", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "-D warnings")
                .show(line)?;
            Ok("no broken link".into())
        })?;
    }
    if wanted(Part::Deny) {
        steps.step("cargo-deny", |line| DENY.ensure(line))?;
        steps.step("Licences and sources", |line| {
            Cmd::cargo()
                .args(["deny", "--log-level", "error", "check", "bans", "licenses", "sources"])
                .show(line)?;
            Ok("allowed".into())
        })?;
    }
    if wanted(Part::Coverage) && measures() {
        coverage::measure(&mut steps, &place)?;
    }
    eprintln!("Checked in {}.", steps.elapsed());
    if wanted(Part::Test) {
        test::run()?;
    }
    Ok(())
}

fn measures() -> bool {
    env::var_os("TOM_COVERAGE").is_some_and(|value| value == "1")
}

/// Clippy, docs and coverage compile the workers, which need C libraries.
fn needs_machine(skip: &[Part], measures: bool) -> bool {
    let wanted = |part| !skip.contains(&part);
    wanted(Part::Clippy) || wanted(Part::Docs) || measures && wanted(Part::Coverage)
}

/// How many steps there are before the tests, which count their own.
fn number(skip: &[Part], measures: bool) -> usize {
    let of = |part, steps| if skip.contains(&part) { 0 } else { steps };
    of(Part::Fmt, 1)
        + of(Part::Tidy, 1)
        + if needs_machine(skip, measures) { 4 } else { 0 }
        + of(Part::Clippy, 1)
        + of(Part::Docs, 1)
        + of(Part::Deny, 2)
        + of(Part::Coverage, if measures { 2 } else { 0 })
}

#[cfg(test)]
mod tests;
