//! `cargo xtask run`: from a fresh clone to a running server, and at once the second time.

use std::env;
use std::ffi::OsString;

use anyhow::Result;

use crate::apt::brief;
use crate::build::{self, Llama, Profile};
use crate::cmd::Cmd;
use crate::models;
use crate::needs;
use crate::node::Node;
use crate::offer::{self, Say};
use crate::place::Place;
use crate::setup::{Lack, packages};
use crate::step::{Line, Steps};
use crate::web;

/// Installs, fetches, builds, then becomes `tom serve`. Only a failed build of the server stops it.
pub(crate) fn run(say: Say, llama: Option<Llama>, serve: &[OsString]) -> Result<()> {
    let place = Place::find()?;
    let llama = Llama::wanted(llama, &place);
    let needs = || needs::RUN.iter().chain(llama.iter().flat_map(|_| needs::LLAMA));
    let mut steps = Steps::new(5);
    steps.step("System packages", |line| packages(needs(), &place, Lack::IsNoted, line))?;
    steps.step("Model weights", |line| models::fetch(&place.models(), false, line))?;
    steps.step("Page", |line| Ok(page(&place, line)))?;
    steps.step("Server and workers", |line| build::server(Profile::Release, llama, line))?;
    let built_tom = place.target.join("release/tom");
    steps.step("Models for this machine", |line| offer::models(&built_tom, say, line))?;
    eprintln!("Ready to start after {}.", steps.elapsed());

    let mut tom = Cmd::new(built_tom).arg("serve").args(serve);
    let built = web::dist(&place);
    if env::var_os("TOM_WEB_DIR").is_none() && built.join("index.html").is_file() {
        tom = tom.env("TOM_WEB_DIR", built);
    }
    Err(tom.become_it())
}

/// Builds the page. The server runs without one, so whatever fails here is a remark with its remedy.
fn page(place: &Place, line: &Line) -> String {
    if !web::exists(place) {
        return "no page in this checkout".into();
    }
    let built = Node::find_or_bring(place, line).and_then(|node| web::build(place, &node, line));
    built.unwrap_or_else(|error| {
        line.note(&brief(&error));
        if web::dist(place).join("index.html").is_file() {
            "going on with the page built before".into()
        } else {
            "going on without; the server's address says how to add it".into()
        }
    })
}
