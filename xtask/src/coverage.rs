//! `cargo xtask coverage`: how much of the code the tests run.

use anyhow::{Context, Result};

use crate::cmd::Cmd;
use crate::place::Place;
use crate::setup;
use crate::step::{Line, Steps};
use crate::test::ours;

/// The share of lines, in per cent, below which it fails.
const AT_LEAST: &str = "80";

/// A cargo subcommand that is installed from source at a pinned version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// Its package.
    pub(crate) package: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
    /// Its subcommand.
    pub(crate) command: &'static str,
}

/// Follows programs by ptrace, so that it needs no LLVM tools.
const TARPAULIN: Tool = Tool { package: "cargo-tarpaulin", version: "0.37.5", command: "tarpaulin" };

impl Tool {
    /// Installs it unless some version is there.
    pub(crate) fn ensure(self, line: &Line) -> Result<String> {
        if Cmd::cargo().args([self.command, "--version"]).succeeds() {
            return Ok("there".into());
        }
        line.say("installing from source");
        let Self { package, version, .. } = self;
        Cmd::cargo()
            .args(["install", "--locked", "--version", version, package])
            .follow(line)
            .with_context(|| format!("{package} {version} could not be installed"))?;
        Ok(format!("installed {package} {version}"))
    }
}

/// Sets up, then measures.
pub(crate) fn run() -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::new(6);
    setup::all(&mut steps, &place)?;
    measure(&mut steps, &place)
}

/// Installs tarpaulin and measures: two steps. Fails below the limit.
pub(crate) fn measure(steps: &mut Steps, place: &Place) -> Result<()> {
    steps.step("cargo-tarpaulin", |line| TARPAULIN.ensure(line))?;
    steps.step("Coverage", |line| {
        // The tests start these as programs of their own.
        Cmd::cargo().args(["build", "--workspace", "--bins"]).show(line)?;
        let tarpaulin = Cmd::cargo()
            .args(["tarpaulin", "--engine", "ptrace", "--workspace", "--exclude", "xtask"])
            .args(["--exclude-files", "*/tests/*", "--exclude-files", "*/tests.rs"])
            .args(["--exclude-files", "xtask/*"])
            .args(["--skip-clean", "--no-fail-fast", "--timeout", "300", "--fail-under", AT_LEAST])
            .arg("--target-dir")
            .arg(place.target.join("tarpaulin"));
        ours(tarpaulin, place).show(line)?;
        Ok(format!("at least {AT_LEAST} % of lines"))
    })
}
