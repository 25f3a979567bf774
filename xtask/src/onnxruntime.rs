//! How the library of onnxruntime gets here for the tests and the bench that compare rten with it. TOM runs without it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::apt::brief;
use crate::pip::Pip;
use crate::place::{Place, in_ci};
use crate::step::Line;

/// The package and its version.
const PACKAGE: (&str, &str) = ("onnxruntime", "1.32.0");

/// The library, if it was brought.
pub(crate) fn library(place: &Place) -> Option<PathBuf> {
    let capi = folder(place).join("onnxruntime/capi");
    let files = capi.read_dir().ok()?.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = files
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libonnxruntime.so"))
        })
        .collect();
    found.sort();
    found.pop()
}

/// Brings it. Where that fails, what compares with it is left out, but in CI.
pub(crate) fn fetch(place: &Place, line: &Line) -> Result<String> {
    let (package, version) = PACKAGE;
    if library(place).is_some() {
        return Ok(format!("{package} {version} is there"));
    }
    let brought = Pip::find()
        .context("python3 has no pip (Debian: apt-get install python3-pip)")
        .and_then(|pip| pip.install_into(package, version, &folder(place), line))
        .and_then(|()| match library(place) {
            Some(_) => Ok(()),
            None => bail!("{package} {version} holds no libonnxruntime.so"),
        });
    match brought {
        Ok(()) => Ok(format!("brought {package} {version}")),
        Err(error) if in_ci() => Err(error),
        Err(error) => {
            line.note(&brief(&error));
            Ok("going on without; what compares with it is left out".into())
        }
    }
}

fn folder(place: &Place) -> PathBuf {
    place.own().join(format!("{}-{}", PACKAGE.0, PACKAGE.1))
}
