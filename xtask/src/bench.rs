//! `cargo xtask bench`: from a fresh clone to the table of docs/performance.md.

use std::ffi::OsString;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::cmd::Cmd;
use crate::engines;
use crate::models;
use crate::needs;
use crate::place::Place;
use crate::setup::{Lack, packages};
use crate::step::Steps;

/// Installs, fetches, builds, then becomes `tom-bench`, to which the arguments go.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    if let Some((first, rest)) = args.split_first()
        && first == "engines"
    {
        return engines::run(rest);
    }
    let place = Place::find()?;
    let mut steps = Steps::new(4);
    steps.step("System packages", |line| {
        packages(needs::RUN.iter().chain(needs::BENCH), &place, Lack::IsFatal, line)
    })?;
    steps.step("Model weights", |line| models::fetch(&place.models(), false, line))?;
    steps.step("Server and workers", |line| build::server(Profile::Dist, None, line))?;
    steps.step("Bench", |line| {
        let build = || Cmd::cargo().args(["build", "--profile", Profile::Dist.name()]);
        build().args(["--package", "tom-bench"]).show(line)?;
        build().args(["--package", "tom-server", "--example", "gateway"]).show(line)?;
        Ok("up to date".into())
    })?;
    let built = place.target.join(Profile::Dist.name());
    let bench = Cmd::new(built.join("tom-bench"))
        .arg("--tom")
        .arg(built.join("tom"))
        .arg("--gateway")
        .arg(built.join("examples/gateway"))
        .arg("--dir")
        .arg(place.target.join("bench"))
        .arg("--data")
        .arg(place.root.join("../shared/data"))
        .arg("--models")
        .arg(place.models())
        .arg("--docs")
        .arg(place.root.join("docs/performance.md"))
        .args(args);
    Err(bench.become_it())
}
