//! What lies in the models folder, and in which state?

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::size;
use crate::lock::Lock;
use crate::{Digest, Model, ModelFile, RelPath, ShelfError};

/// Room that is left free on the disk, whatever is pulled.
const RESERVE: u64 = 16 << 20;

/// How a file compares with the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not there.
    Missing,
    /// So many bytes of it are there; the next pull goes on with them.
    Begun(u64),
    /// It is there and of the right size (and content, where that was looked at).
    There,
    /// Something else is there.
    Wrong,
}

/// The models folder.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The folder, which need not be there yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a model lies: its file, or the folder of its files.
    pub fn path(&self, model: &Model) -> PathBuf {
        match &*model.files {
            [file] => file.path.under(&self.folder),
            files => {
                let above = files.first().and_then(|file| file.path.folders().last());
                above.map_or_else(|| self.folder.clone(), |above| self.folder.join(above))
            }
        }
    }

    /// How a file is, by its size. Blocks, but not long.
    pub fn state(&self, file: &ModelFile) -> State {
        let begun = || {
            let part = file.sha256.and_then(|sha256| self.part(sha256).metadata().ok());
            part.map_or(State::Missing, |meta| State::Begun(meta.len()))
        };
        match file.path.under(&self.folder).metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => begun(),
            Ok(meta) if meta.is_file() && (meta.len() == file.bytes || file.sha256.is_none()) => State::There,
            Ok(_) | Err(_) => State::Wrong,
        }
    }

    /// How a file is, by its content. Blocks while it is read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn verify(&self, file: &ModelFile) -> Result<State, ShelfError> {
        let state = self.state(file);
        let (State::There, Some(wanted)) = (state, file.sha256) else { return Ok(state) };
        let path = file.path.under(&self.folder);
        let (found, _) = Digest::of_file(&path).map_err(ShelfError::io(&path, "cannot be read"))?;
        Ok(if found == wanted { State::There } else { State::Wrong })
    }

    /// How a model is: there only if all its files are. Blocks, but not long.
    pub fn model_state(&self, model: &Model) -> State {
        let states: Vec<State> = model.files.iter().map(|file| self.state(file)).collect();
        if states.contains(&State::Wrong) {
            return State::Wrong;
        }
        if states.iter().all(|state| *state == State::There) {
            return State::There;
        }
        let have = model.files.iter().zip(&states).map(|(file, state)| match state {
            State::There => file.bytes,
            State::Begun(bytes) => *bytes,
            State::Missing | State::Wrong => 0,
        });
        match have.sum() {
            0 => State::Missing,
            bytes => State::Begun(bytes),
        }
    }

    /// Takes the right to change the folder, which is made if it is not there.
    ///
    /// # Errors
    /// When another process has it, or the folder cannot be made.
    pub fn lock(&self) -> Result<Lock, ShelfError> {
        let parts = self.parts();
        fs::create_dir_all(&self.folder).map_err(ShelfError::io(&self.folder, "cannot be made"))?;
        real_folder(&parts)?;
        let lock = Lock::take(&self.folder)?;
        self.sweep();
        Ok(lock)
    }

    /// Deletes what killed runs left and no later one goes on with.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.parts()) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // What cannot be deleted is in nobody's way.
            if name.ends_with(".wheel") {
                let _ = fs::remove_dir_all(entry.path());
            } else if name.starts_with("restore-") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Deletes a model's files, and what was begun of them, and says how many bytes that freed. Blocks.
    ///
    /// # Errors
    /// When something cannot be deleted.
    pub fn remove(&self, model: &Model, _lock: &Lock) -> Result<u64, ShelfError> {
        let mut freed = 0;
        for file in &model.files {
            let part = file.sha256.map(|sha256| self.part(sha256));
            for path in part.into_iter().chain([file.path.under(&self.folder)]) {
                // Of a link the link goes, not what it leads to.
                let Ok(meta) = path.symlink_metadata() else { continue };
                fs::remove_file(&path).map_err(ShelfError::io(&path, "cannot be deleted"))?;
                freed += if meta.is_file() { meta.len() } else { 0 };
            }
            for folder in file.path.folders() {
                // Only what is empty goes.
                if fs::remove_dir(self.folder.join(folder)).is_err() {
                    break;
                }
            }
        }
        Ok(freed)
    }

    /// Whether so many bytes fit.
    ///
    /// # Errors
    /// [`ShelfError::Full`].
    pub(crate) fn room_for(&self, what: &str, bytes: u64) -> Result<(), ShelfError> {
        let free = self.free()?;
        if bytes.saturating_add(RESERVE) <= free || bytes == 0 {
            return Ok(());
        }
        Err(self.full(what, bytes, free))
    }

    pub(crate) fn full(&self, what: &str, bytes: u64, free: u64) -> ShelfError {
        ShelfError::Full {
            what: what.into(),
            folder: self.folder.clone(),
            needed: size(bytes),
            free: size(free),
        }
    }

    /// Bytes that may still be written.
    pub(crate) fn free(&self) -> Result<u64, ShelfError> {
        let disk = rustix::fs::statvfs(&self.folder)
            .map_err(|error| ShelfError::io(&self.folder, "cannot be looked at")(error.into()))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Where files that are not whole yet lie.
    pub(crate) fn parts(&self) -> PathBuf {
        self.folder.join(".parts")
    }

    /// Where the beginning of a file lies.
    pub(crate) fn part(&self, sha256: Digest) -> PathBuf {
        self.parts().join(format!("{sha256}.part"))
    }

    /// Makes the folders above a file and returns its full path. A link among them is refused: what is written here
    /// stays here.
    pub(crate) fn place(&self, path: &RelPath) -> Result<PathBuf, ShelfError> {
        let above: Vec<&str> = path.folders().collect();
        for folder in above.into_iter().rev() {
            real_folder(&self.folder.join(folder))?;
        }
        let full = path.under(&self.folder);
        if full.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            return Err(ShelfError::InTheWay {
                path: full,
                what: "is a folder, where a file belongs; move it away",
            });
        }
        Ok(full)
    }
}

/// Makes a folder if it is not there.
fn real_folder(path: &Path) -> Result<(), ShelfError> {
    match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(ShelfError::InTheWay {
            path: path.to_owned(),
            what: "is a file or a link, where a folder belongs; move it away",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir(path).map_err(ShelfError::io(path, "cannot be made"))
        }
        Err(error) => Err(ShelfError::io(path, "cannot be looked at")(error)),
    }
}
