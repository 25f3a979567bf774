//! How files come out of PyPI packages, through the machine's own pip and its configuration.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cmd::Cmd;
use crate::place::program;
use crate::step::Line;

/// Writes one member of a wheel to a file. Python has to be there for pip anyway.
const EXTRACT: &str = "\
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as member, open(sys.argv[3], 'wb') as out:
    shutil.copyfileobj(member, out)
";

/// A Python that has pip.
#[derive(Clone, Debug)]
pub(crate) struct Pip {
    python: PathBuf,
}

impl Pip {
    /// The first of `python3` in `PATH` and Debian's own that has pip.
    pub(crate) fn find() -> Option<Self> {
        let places = [program("python3"), Some(PathBuf::from("/usr/bin/python3"))];
        places
            .into_iter()
            .flatten()
            .find(|python| Cmd::new(python).args(["-m", "pip", "--version"]).succeeds())
            .map(|python| Self { python })
    }

    /// Downloads a pinned wheel into a folder and returns its path.
    pub(crate) fn wheel(&self, package: &str, version: &str, into: &Path, line: &Line) -> Result<PathBuf> {
        self.pip(["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"])
            .arg(into)
            .arg(format!("{package}=={version}"))
            .follow(line)
            .with_context(|| format!("{package} {version} could not be fetched"))?;
        // A wheel's name starts with the package's, hyphens turned into underscores.
        let stem = format!("{}-{version}-", package.replace('-', "_"));
        let files = into.read_dir().context("the download folder is gone")?;
        files
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(&stem) && name.ends_with(".whl")
            })
            .with_context(|| format!("pip said nothing, but brought no {stem}*.whl"))
    }

    /// Writes one member of a wheel to a file.
    pub(crate) fn extract(&self, wheel: &Path, member: &str, to: &Path) -> Result<()> {
        Cmd::new(&self.python)
            .args(["-c", EXTRACT])
            .arg(wheel)
            .arg(member)
            .arg(to)
            .read()
            .with_context(|| format!("{member} is not in {}", wheel.display()))?;
        if !to.is_file() {
            bail!("{} was not written", to.display());
        }
        Ok(())
    }

    /// Installs a pinned package into a folder of its own.
    pub(crate) fn install_into(&self, package: &str, version: &str, dir: &Path, line: &Line) -> Result<()> {
        self.pip(["install", "--quiet", "--no-deps", "--upgrade", "--only-binary", ":all:"])
            .arg("--target")
            .arg(dir)
            .arg(format!("{package}=={version}"))
            .follow(line)
            .with_context(|| format!("{package} {version} could not be fetched"))
    }

    fn pip<const N: usize>(&self, args: [&str; N]) -> Cmd {
        Cmd::new(&self.python).args(["-m", "pip", "--disable-pip-version-check", "--no-input"]).args(args)
    }
}
