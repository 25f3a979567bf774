//! How a machine gets what TOM and its tests need, and what happens when it cannot.

use anyhow::Result;

use crate::apt;
use crate::models;
use crate::needs::{self, Need};
use crate::node::Node;
use crate::onnxruntime;
use crate::pip::Pip;
use crate::place::Place;
use crate::step::{Line, Steps};
use crate::web;

/// Whether a step may go on without what it wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// What cannot be had is named, and life goes on.
    IsNoted,
    /// What cannot be had is an error.
    IsFatal,
}

/// `cargo xtask setup`.
pub(crate) fn run() -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::new(4);
    all(&mut steps, &place)?;
    eprintln!("Ready after {}: cargo xtask run, cargo xtask test", steps.elapsed());
    Ok(())
}

/// Everything that running and testing need: four steps.
pub(crate) fn all(steps: &mut Steps, place: &Place) -> Result<()> {
    steps.step("System packages", |line| {
        packages(needs::RUN.iter().chain(needs::TEST), place, Lack::IsFatal, line)
    })?;
    steps.step("Model weights", |line| models::fetch(&place.models(), true, line))?;
    steps.step("onnxruntime for the tests", |line| onnxruntime::fetch(place, line))?;
    steps.step("Packages of the page", |line| {
        if !web::exists(place) {
            return Ok("no page in this checkout".into());
        }
        web::install(place, &Node::find_or_bring(place, line)?, line)
    })
}

/// Installs those packages that are missing; Python's pip is one if something has to be fetched with it.
pub(crate) fn packages<'a>(
    needs: impl IntoIterator<Item = &'a Need>,
    place: &Place,
    lack: Lack,
    line: &Line,
) -> Result<String> {
    let mut missing = needs::missing(needs);
    if wants_pip(place)? && Pip::find().is_none() {
        missing.extend(needs::PIP.iter().map(|need| need.package));
    }
    if missing.is_empty() {
        return Ok("all there".into());
    }
    match apt::install(&missing, line) {
        Ok(()) => Ok(format!("installed {}", missing.join(" "))),
        Err(error) if lack == Lack::IsNoted => {
            line.note(&format!("{error:#}"));
            Ok(format!("going on without {}", missing.join(" ")))
        }
        Err(error) => Err(error),
    }
}

/// Whether weights, or a Node for the page, have yet to be fetched with pip.
fn wants_pip(place: &Place) -> Result<bool> {
    Ok(!models::complete(&place.models())?
        || onnxruntime::library(place).is_none()
        || web::exists(place) && Node::find(place)?.is_none())
}
