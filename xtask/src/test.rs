//! `cargo xtask test`: installs what the tests need and runs all of them.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::cmd::Cmd;
use crate::node::Node;
use crate::onnxruntime;
use crate::place::Place;
use crate::setup;
use crate::step::{Line, Steps};
use crate::tidy::{self, docs};
use crate::web;

/// Sets up, builds, then tests the page, the documentation and the crates, in this order: the last line is
/// the summary of the crates' tests.
pub(crate) fn run() -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::new(9);
    setup::all(&mut steps, &place)?;
    steps.step("Build", |line| {
        Cmd::cargo().args(["build", "--workspace", "--all-targets"]).show(line)?;
        Ok("everything".into())
    })?;
    steps.step("Commands in the documentation", |line| documented(&place, line))?;
    steps.step("Page tests", |line| page(&place, line))?;
    steps.step("Documentation tests", |line| {
        ours(Cmd::cargo().args(["test", "--workspace", "--doc", "--quiet"]), &place).show(line)?;
        Ok("passed".into())
    })?;
    let nextest = Cmd::cargo().args(["nextest", "--version"]).succeeds();
    steps.step("Tests", |line| {
        let tests = if nextest {
            Cmd::cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"])
        } else {
            Cmd::cargo().args(["test", "--workspace", "--all-targets", "--no-fail-fast"])
        };
        ours(tests, &place).show(line)?;
        Ok("passed".into())
    })
}

/// Lets tests find what was built.
pub(crate) fn ours(cmd: Cmd, place: &Place) -> Cmd {
    let built = place.target.join("debug");
    let cmd = match onnxruntime::library(place) {
        Some(library) => cmd.env("ORT_DYLIB_PATH", library),
        None => cmd,
    };
    cmd.env("TOM_WORKERS_DIR", &built).env("TOM_BIN", built.join("tom")).env("TOM_WEB_DIR", web::dist(place))
}

/// Every `tom COMMAND` that the documentation shows is one.
fn documented(place: &Place, line: &Line) -> Result<String> {
    let tom = place.target.join("debug/tom");
    let mut commands = BTreeSet::new();
    for file in tidy::tracked(&place.root)?.iter().filter(|file| file.ends_with(".md")) {
        let text =
            fs::read_to_string(place.root.join(file)).with_context(|| format!("{file} cannot be read"))?;
        commands.extend(docs::commands(&text, "tom").into_iter().map(|(_, name)| name));
    }
    for command in &commands {
        line.say(&format!("tom {command} --help"));
        if !Cmd::new(&tom).args([command, "--help"]).succeeds() {
            bail!("the documentation speaks of `tom {command}`, which does not exist");
        }
    }
    Ok(format!("{} of tom exist", commands.len()))
}

fn page(place: &Place, line: &Line) -> Result<String> {
    if !web::exists(place) {
        return Ok("no page in this checkout".into());
    }
    let node = Node::find_or_bring(place, line)?;
    web::build(place, &node, line)?;
    for script in ["test", "test:browser"] {
        ours(node.npm(["run", "--silent", script], &place.web())?, place).show(line)?;
    }
    Ok("passed".into())
}
