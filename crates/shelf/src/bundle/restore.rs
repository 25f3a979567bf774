//! How does a bundle come onto a machine, wholly or not at all, and nowhere but where it belongs?

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::manifest::{CATALOGUE, CONFIG, Listed, MANIFEST, MOST_TEXT, Manifest, SEAL};
use super::tar;
use crate::part::{NO_FOLLOW, Part};
use crate::{Catalogue, Digest, Lock, RelPath, Shelf, ShelfError, Watch};

/// Takes settings and catalogue, in this order, as far as there are any.
pub type Keep<'a> = dyn Fn(Option<&str>, Option<&str>) -> Result<(), ShelfError> + 'a;

/// What a restored bundle has to be.
#[derive(Clone, Copy)]
pub struct Restore<'a> {
    /// The catalogue of this machine, with which the models are compared.
    pub catalogue: &'a Catalogue,
    /// The archive's checksum, if it came by another way.
    pub sha256: Option<Digest>,
    /// Puts settings and catalogue somewhere, once all is found right; where that fails, nothing is restored.
    pub keep: &'a Keep<'a>,
}

/// What a bundle brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The models, by name. Their files are in place.
    pub models: Vec<String>,
    /// Bytes of the models' files.
    pub bytes: u64,
    /// The settings.
    pub config: Option<String>,
    /// A catalogue of the models that this machine's does not know.
    pub catalogue: Option<String>,
}

/// A file that was read and found right, waiting for its name.
struct Ready {
    part: Part,
    path: RelPath,
}

impl Shelf {
    /// Reads a bundle to its end, compares everything, and only then gives the files their names. Blocks.
    ///
    /// # Errors
    /// When anything is wrong with it: nothing was restored then.
    pub fn restore(
        &self,
        archive: &Path,
        how: &Restore<'_>,
        watch: &dyn Watch,
        _lock: &Lock,
    ) -> Result<Restored, ShelfError> {
        let wrong = |why: String| ShelfError::Bundle { archive: archive.to_owned(), why };
        let file = File::open(archive).map_err(ShelfError::io(archive, "cannot be read"))?;
        let length = file.metadata().map_err(ShelfError::io(archive, "cannot be read"))?.len();
        let mut from = Hashed { inner: BufReader::with_capacity(1 << 18, file), hash: Sha256::new() };
        let mut ready = Vec::new();
        let read = self.read(&mut from, length, how, watch, &mut ready, &wrong);
        let kept = read.and_then(|restored| {
            (how.keep)(restored.config.as_deref(), restored.catalogue.as_deref())?;
            Ok(restored)
        });
        let restored = match kept {
            Ok(restored) => restored,
            Err(error) => {
                for one in ready {
                    // The error is what matters.
                    let _ = one.part.delete();
                }
                return Err(error);
            }
        };
        for one in ready {
            let place = self.place(&one.path)?;
            one.part.become_it(&place).map_err(ShelfError::io(&place, "cannot be written"))?;
        }
        Ok(restored)
    }

    fn read(
        &self,
        from: &mut Hashed,
        length: u64,
        how: &Restore<'_>,
        watch: &dyn Watch,
        ready: &mut Vec<Ready>,
        wrong: &dyn Fn(String) -> ShelfError,
    ) -> Result<Restored, ShelfError> {
        let text = text(from, MANIFEST, None).map_err(wrong)?;
        let manifest = Manifest::read(&text).map_err(wrong)?;
        let total: u64 = manifest.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes));
        if total > length {
            return Err(wrong("it is cut off".into()));
        }
        self.room_for("the bundle", total)?;
        let mut texts = [None, None];
        let mut known = how.catalogue.clone();
        for (number, file) in manifest.files.iter().enumerate() {
            if let Some(path) = file.model_path() {
                listed(&known, &path, file).map_err(wrong)?;
                let part = self.parts().join(format!("restore-{number}.part"));
                watch.began(&path, 0, file.bytes);
                let stored = store(from, &part, &path, file, watch);
                watch.ended(&path);
                let part = stored.map_err(|why| match why {
                    Trouble::Archive(why) => wrong(why),
                    Trouble::Disk(error) => ShelfError::io(&part, "cannot be written")(error),
                })?;
                ready.push(Ready { part, path });
                continue;
            }
            let text = self::text(from, file.path.as_str(), Some(file)).map_err(wrong)?;
            let text = String::from_utf8(text).map_err(|_| wrong(format!("{} is no text", file.path)))?;
            if file.path.as_str() == CATALOGUE {
                let brought = Catalogue::read(CATALOGUE, &text, None)?;
                let new = brought.without(&known);
                texts[1] = (!new.models().is_empty()).then(|| new.to_text()).transpose()?;
                known = known.with(new)?;
            } else {
                debug_assert_eq!(file.path.as_str(), CONFIG);
                texts[0] = Some(text);
            }
        }
        let seal = self::text(from, SEAL, None).map_err(wrong)?;
        let right = std::str::from_utf8(&seal)
            .is_ok_and(|seal| seal.trim_end().parse() == Ok(Digest::of_bytes(&text)));
        if !right {
            return Err(wrong("its manifest is not the one that it was sealed with".into()));
        }
        if tar::next(from).map_err(wrong)?.is_some() {
            return Err(wrong("it holds more than its manifest lists".into()));
        }
        let mut more = [0];
        if from.read(&mut more).map_err(|error| wrong(error.to_string()))? > 0 {
            return Err(wrong("it goes on after its end".into()));
        }
        let found = Digest::of(from.hash.clone());
        if how.sha256.is_some_and(|wanted| wanted != found) {
            return Err(wrong(format!("its SHA-256 is {found}, which is not the one that was asked for")));
        }
        let [config, catalogue] = texts;
        Ok(Restored { models: manifest.models, bytes: total, config, catalogue })
    }
}

/// Whether the catalogue has this file, with this content.
fn listed(known: &Catalogue, path: &RelPath, file: &Listed) -> Result<(), String> {
    let entry = known.models().iter().flat_map(|model| &model.files).find(|known| known.path == *path);
    match entry {
        None => Err(format!("{path} is no file of a model that the catalogue knows")),
        Some(entry) if entry.sha256 != Some(file.sha256) || entry.bytes != file.bytes => {
            Err(format!("{path} is another file than the one of the catalogue"))
        }
        Some(_) => Ok(()),
    }
}

/// Reads a small file that has to come next.
fn text(from: &mut Hashed, name: &str, listed: Option<&Listed>) -> Result<Vec<u8>, String> {
    let bytes = header(from, name, listed)?;
    if bytes > MOST_TEXT {
        return Err(format!("{name} is too large"));
    }
    let mut text = vec![0; bytes as usize];
    tar::fill(from, &mut text)?;
    tar::skip_padding(from, bytes)?;
    if listed.is_some_and(|listed| listed.sha256 != Digest::of_bytes(&text)) {
        return Err(format!("{name} was changed"));
    }
    Ok(text)
}

/// The size of the file that comes next, which has to be this one.
fn header(from: &mut Hashed, name: &str, listed: Option<&Listed>) -> Result<u64, String> {
    let entry = tar::next(from)?.ok_or_else(|| "it is cut off".to_owned())?;
    if entry.name != name {
        let shown: String = entry.name.chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(format!("{shown:?} stands where {name} belongs: it is no bundle of TOM, or was changed"));
    }
    if listed.is_some_and(|listed| listed.bytes != entry.bytes) {
        return Err(format!("{name} has {} bytes, and the manifest says otherwise", entry.bytes));
    }
    Ok(entry.bytes)
}

enum Trouble {
    Archive(String),
    Disk(io::Error),
}

fn store(
    from: &mut Hashed,
    to: &Path,
    path: &RelPath,
    file: &Listed,
    watch: &dyn Watch,
) -> Result<Part, Trouble> {
    header(from, file.path.as_str(), Some(file)).map_err(Trouble::Archive)?;
    let mut part = Part::open(to).map_err(Trouble::Disk)?;
    let copied = copy(from, &mut part, path, file, watch);
    match copied {
        Ok(()) => Ok(part),
        Err(trouble) => {
            // The error is what matters.
            let _ = part.delete();
            Err(trouble)
        }
    }
}

fn copy(
    from: &mut Hashed,
    part: &mut Part,
    path: &RelPath,
    file: &Listed,
    watch: &dyn Watch,
) -> Result<(), Trouble> {
    // An earlier restore may have been killed.
    part.restart().map_err(Trouble::Disk)?;
    let mut piece = vec![0; 1 << 18];
    while part.bytes() < file.bytes {
        let most = (file.bytes - part.bytes()).min(piece.len() as u64) as usize;
        tar::fill(from, &mut piece[..most]).map_err(Trouble::Archive)?;
        part.add(&piece[..most]).map_err(Trouble::Disk)?;
        watch.grew(path, most as u64);
    }
    tar::skip_padding(from, file.bytes).map_err(Trouble::Archive)?;
    if part.digest() == file.sha256 { Ok(()) } else { Err(Trouble::Archive(format!("{path} was changed"))) }
}

/// Hashes what is read.
struct Hashed {
    inner: BufReader<File>,
    hash: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hash.update(&into[..read]);
        Ok(read)
    }
}

/// Writes a text that a bundle brought, without following links and without replacing anything else.
///
/// # Errors
/// When it cannot be written, or another text is there.
pub fn keep(path: &Path, text: &str) -> Result<(), ShelfError> {
    match fs::read_to_string(path) {
        Ok(there) if there == text => return Ok(()),
        Ok(_) => {
            let what = "is there already and says something else; move it away first";
            return Err(ShelfError::InTheWay { path: path.to_owned(), what });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(ShelfError::io(path, "cannot be read")(error)),
    }
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(NO_FOLLOW).open(path);
    written
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(ShelfError::io(path, "cannot be written"))
}
