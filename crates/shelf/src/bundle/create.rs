//! How is a bundle made of what is here?

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::manifest::{CATALOGUE, CONFIG, Listed, MANIFEST, MODELS, Manifest, SEAL};
use super::tar::{self, BLOCK, Entry};
use crate::error::size;
use crate::part::NO_FOLLOW;
use crate::{Catalogue, Digest, Model, ModelFile, RelPath, Shelf, ShelfError, State, Watch};

/// What goes into a bundle.
#[derive(Clone, Debug)]
pub struct Bundle<'a> {
    /// The models; all their files have to be here.
    pub models: Vec<&'a Model>,
    /// The operator's settings, as TOML.
    pub config: Option<String>,
    /// Whether a file of that name may be replaced.
    pub replace: bool,
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Files in the archive, beside manifest and seal.
    pub files: usize,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its checksum, to be passed on by another way.
    pub sha256: Digest,
}

impl Shelf {
    /// Writes a bundle. It gets its name when it is whole. Blocks.
    ///
    /// # Errors
    /// When a model is not here or damaged, or the archive cannot be written.
    pub fn bundle(&self, to: &Path, what: &Bundle<'_>, watch: &dyn Watch) -> Result<Made, ShelfError> {
        if !what.replace && to.symlink_metadata().is_ok() {
            let why = "is there already; --force replaces it";
            return Err(ShelfError::InTheWay { path: to.to_owned(), what: why });
        }
        let texts = texts(what)?;
        let (manifest, files) = self.listed(what, &texts)?;
        let total: u64 = manifest.files.iter().map(|file| file.bytes + 2 * BLOCK as u64).sum();
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let free = Self::new(folder.to_owned()).free()?;
        if total > free {
            return Err(ShelfError::Full {
                what: "the bundle".into(),
                folder: folder.to_owned(),
                needed: size(total),
                free: size(free),
            });
        }
        let mut name = to.as_os_str().to_owned();
        name.push(".part");
        let part = PathBuf::from(name);
        let made = self.write(&part, &manifest, &texts, &files, watch);
        let named = made.and_then(|made| {
            fs::rename(&part, to).map_err(ShelfError::io(to, "cannot be written"))?;
            Ok(made)
        });
        if named.is_err() {
            // The error is what matters.
            let _ = fs::remove_file(&part);
        }
        named
    }

    fn listed<'a>(
        &self,
        what: &Bundle<'a>,
        texts: &[(&str, String)],
    ) -> Result<(Manifest, Vec<&'a ModelFile>), ShelfError> {
        let plain = |text: &str| RelPath::new(text).map_err(|error| ShelfError::Catalogue(error.to_string()));
        let mut files = Vec::new();
        for (name, text) in texts {
            let sha256 = Digest::of_bytes(text.as_bytes());
            files.push(Listed { path: plain(name)?, bytes: text.len() as u64, sha256 });
        }
        let mut model_files = Vec::new();
        for model in &what.models {
            for file in &model.files {
                let Some(sha256) = file.sha256.filter(|_| self.state(file) == State::There) else {
                    return Err(ShelfError::NotHere { model: model.name.clone() });
                };
                files.push(Listed {
                    path: plain(&format!("{MODELS}{}", file.path))?,
                    bytes: file.bytes,
                    sha256,
                });
                model_files.push(file);
            }
        }
        let models = what.models.iter().map(|model| model.name.clone()).collect();
        let made_by = format!("tom {}", env!("CARGO_PKG_VERSION"));
        Ok((Manifest { schema: 1, made_by, models, files }, model_files))
    }

    fn write(
        &self,
        part: &Path,
        manifest: &Manifest,
        texts: &[(&str, String)],
        files: &[&ModelFile],
        watch: &dyn Watch,
    ) -> Result<Made, ShelfError> {
        let unwritten = || ShelfError::io(part, "cannot be written");
        // Never through a link: the folder may be one where others write, too.
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).custom_flags(NO_FOLLOW).open(part);
        let file = file.map_err(unwritten())?;
        let mut out =
            Counted { inner: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new(), bytes: 0 };
        let text =
            serde_json::to_string_pretty(manifest).map_err(|error| ShelfError::Broken(error.to_string()))?;
        let seal = format!("{}\n", Digest::of_bytes(text.as_bytes()));
        let whole = |out: &mut _, name: &str, text: &str| -> Result<(), ShelfError> {
            begin(out, name, text.len() as u64, part)?;
            write_end(out, text.as_bytes(), text.len() as u64).map_err(unwritten())
        };
        whole(&mut out, MANIFEST, &text)?;
        for (name, text) in texts {
            whole(&mut out, name, text)?;
        }
        for file in files {
            watch.began(&file.path, 0, file.bytes);
            let done = self.append(&mut out, file, part, watch);
            watch.ended(&file.path);
            done?;
        }
        whole(&mut out, SEAL, &seal)?;
        tar::finish(&mut out).and_then(|()| out.flush()).map_err(unwritten())?;
        out.inner.get_ref().sync_all().map_err(unwritten())?;
        Ok(Made { files: manifest.files.len(), bytes: out.bytes, sha256: Digest::of(out.hash) })
    }

    /// Copies a file, and sees on the way that it is the right one.
    fn append(
        &self,
        out: &mut Counted,
        file: &ModelFile,
        part: &Path,
        watch: &dyn Watch,
    ) -> Result<(), ShelfError> {
        let path = file.path.under(self.folder());
        let mut from = File::open(&path).map_err(ShelfError::io(&path, "cannot be read"))?.take(file.bytes);
        begin(out, &format!("{MODELS}{}", file.path), file.bytes, part)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 1 << 18];
        let mut bytes = 0;
        loop {
            let read = from.read(&mut piece).map_err(ShelfError::io(&path, "cannot be read"))?;
            if read == 0 {
                break;
            }
            hash.update(&piece[..read]);
            out.write_all(&piece[..read]).map_err(ShelfError::io(part, "cannot be written"))?;
            bytes += read as u64;
            watch.grew(&file.path, read as u64);
        }
        if bytes != file.bytes || file.sha256 != Some(Digest::of(hash)) {
            let what = "is damaged; tom models pull brings it again";
            return Err(ShelfError::InTheWay { path, what });
        }
        write_end(out, &[], bytes).map_err(ShelfError::io(part, "cannot be written"))
    }
}

/// The texts of a bundle: settings, and those models that TOM's catalogue does not know.
fn texts(what: &Bundle<'_>) -> Result<Vec<(&'static str, String)>, ShelfError> {
    let built_in = Catalogue::built_in()?;
    let own: Vec<Model> = what
        .models
        .iter()
        .filter(|model| built_in.models().iter().all(|known| known != **model))
        .map(|model| {
            let mut model = (*model).clone();
            // Places on this machine are none on another.
            for file in &mut model.files {
                file.origins.retain(|origin| !matches!(origin, crate::Origin::Local { .. }));
            }
            model
        })
        .collect();
    let mut texts = Vec::new();
    if let Some(config) = &what.config {
        texts.push((CONFIG, config.clone()));
    }
    if !own.is_empty() {
        texts.push((CATALOGUE, Catalogue::of(own).to_text()?));
    }
    Ok(texts)
}

fn begin(out: &mut Counted, name: &str, bytes: u64, part: &Path) -> Result<(), ShelfError> {
    let header = tar::header(&Entry { name: name.into(), bytes });
    let header =
        header.ok_or_else(|| ShelfError::Catalogue(format!("{name} is too long a name for an archive")))?;
    out.write_all(&header).map_err(ShelfError::io(part, "cannot be written"))
}

/// The last bytes of a file of so many bytes, and what fills its last block.
fn write_end(out: &mut Counted, text: &[u8], bytes: u64) -> io::Result<()> {
    out.write_all(text)?;
    out.write_all(&[0; BLOCK][..tar::padding(bytes)])
}

/// Counts and hashes what is written.
struct Counted {
    inner: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
