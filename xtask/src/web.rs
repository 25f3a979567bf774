//! When the page has to be installed, built and tested, and how.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::node::Node;
use crate::place::Place;
use crate::step::Line;

/// Folders that are output, not source.
const OUTPUT: &[&str] = &["node_modules", "dist"];

/// By itself npm tries for many minutes where there is no network.
const IMPATIENT: [&str; 3] = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"];

/// Whether this checkout has a page.
pub(crate) fn exists(place: &Place) -> bool {
    place.web().join("package.json").is_file()
}

/// Where the built page lies.
pub(crate) fn dist(place: &Place) -> PathBuf {
    place.web().join("dist")
}

/// Installs the page's packages if the lock file or Node changed since the last time.
pub(crate) fn install(place: &Place, node: &Node, line: &Line) -> Result<String> {
    let web = place.web();
    let lock = web.join("package-lock.json");
    let text = fs::read_to_string(&lock).with_context(|| format!("{} is missing", lock.display()))?;
    let stamp = Stamp {
        file: web.join("node_modules/.tom-stamp"),
        value: format!("{}\n{}", node.name(), hash(text.as_bytes())),
    };
    if stamp.is_fresh() {
        return Ok("all there".into());
    }
    line.say("npm install");
    // Not `npm ci`: that refuses a lock file in which a registry lacked the builds for other systems. This
    // takes what the lock pins just the same and leaves the lock alone.
    node.npm(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], &web)?
        .args(IMPATIENT)
        .follow(line)?;
    stamp.write()?;
    Ok(format!("installed with {}", node.name()))
}

/// Builds the page if its sources changed since the last time.
pub(crate) fn build(place: &Place, node: &Node, line: &Line) -> Result<String> {
    let web = place.web();
    let stamp = Stamp {
        file: dist(place).join(".tom-stamp"),
        value: format!("{}\n{}", node.name(), fingerprint(&web)?),
    };
    if stamp.is_fresh() && dist(place).join("index.html").is_file() {
        return Ok("unchanged".into());
    }
    install(place, node, line)?;
    line.say("npm run build");
    node.npm(["run", "--silent", "build"], &web)?.follow(line)?;
    stamp.write()?;
    Ok(format!("built with {}", node.name()))
}

/// A file that tells for which input a step was last done.
struct Stamp {
    file: PathBuf,
    value: String,
}

impl Stamp {
    fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|found| found == self.value)
    }

    fn write(&self) -> Result<()> {
        fs::write(&self.file, &self.value)
            .with_context(|| format!("{} cannot be written", self.file.display()))
    }
}

/// One checksum over the names and contents of all sources below a folder.
pub(crate) fn fingerprint(dir: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(dir, &mut files)?;
    files.sort();
    let mut whole = Sha256::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        whole.update(file.strip_prefix(dir).unwrap_or(&file).as_os_str().as_encoded_bytes());
        // Fixed lengths around it keep names and contents apart.
        whole.update(Sha256::digest(&bytes));
    }
    Ok(hex(&whole.finalize()))
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in dir.read_dir().with_context(|| format!("{} cannot be read", dir.display()))? {
        let entry = entry?;
        let output = OUTPUT.iter().any(|name| entry.file_name() == *name);
        if entry.file_type()?.is_dir() {
            if !output {
                collect(&entry.path(), files)?;
            }
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
