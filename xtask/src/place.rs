//! Where things lie: the repository, the build's output, the data folder.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::cmd::Cmd;

/// The folders this program works with.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Place {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            workspace_root: PathBuf,
            target_directory: PathBuf,
        }
        let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let text = Cmd::cargo().args(["metadata", "--no-deps", "--format-version=1"]).dir(&here).read()?;
        let found: Metadata = serde_json::from_str(&text).context("cargo metadata gave no JSON we know")?;
        Ok(Self { root: found.workspace_root, target: found.target_directory })
    }

    /// Where stamps, tools and logs of ours lie.
    pub(crate) fn own(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The page's sources.
    pub(crate) fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// Where the model files belong.
    pub(crate) fn models(&self) -> PathBuf {
        data_dir(|name| env::var_os(name)).join("models")
    }
}

/// The data folder, by the rule that `tom` uses too: `TOM_DATA_DIR`, `$XDG_DATA_HOME/tom`,
/// `~/.local/share/tom`, and `/var/lib/tom` for those without a home.
pub(crate) fn data_dir(var: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("TOM_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").map(|base| base.join("tom")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/tom")))
        .unwrap_or_else(|| PathBuf::from("/var/lib/tom"))
}

/// The program of that name in `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether nobody is there to be asked: CI says so.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

#[cfg(test)]
mod tests;
