//! Which models are the files that somebody brought along?

use std::path::{Path, PathBuf};

use crate::fetch::Fetch;
use crate::{Catalogue, Client, Digest, Lock, ModelFile, NetOptions, Quiet, RelPath, Shelf, ShelfError};

/// Folders within folders that are looked into.
const DEEPEST: usize = 6;
/// Files that are looked at.
const MOST_FILES: usize = 10_000;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The file that was looked at.
    pub from: PathBuf,
    /// The models that it belongs to, by name, each with its place in the models folder; none: the catalogue does not
    /// know it.
    pub as_files: Vec<(String, RelPath)>,
}

impl Shelf {
    /// Looks at files, and at all files of folders, and copies those that the catalogue knows by size and checksum,
    /// whatever they are called. Links in folders are not followed.
    ///
    /// # Errors
    /// When something cannot be read or written.
    pub async fn import(
        &self,
        catalogue: &Catalogue,
        from: &[PathBuf],
        _lock: &Lock,
    ) -> Result<Vec<Imported>, ShelfError> {
        let mut found = Vec::new();
        for path in from {
            let meta = path.metadata().map_err(ShelfError::io(path, "cannot be read"))?;
            if meta.is_dir() {
                gather(path, DEEPEST, &mut found)?;
            } else {
                found.push(path.clone());
            }
        }
        let mut done = Vec::new();
        for path in found {
            let as_files = self.take(catalogue, &path).await?;
            done.push(Imported { from: path, as_files });
        }
        Ok(done)
    }

    async fn take(&self, catalogue: &Catalogue, path: &Path) -> Result<Vec<(String, RelPath)>, ShelfError> {
        let unread = || ShelfError::io(path, "cannot be read");
        let length = path.metadata().map_err(unread())?.len();
        let files = catalogue
            .models()
            .iter()
            .flat_map(|model| model.files.iter().map(move |file| (model.name.clone(), file)));
        let fitting: Vec<(String, &ModelFile)> =
            files.filter(|(_, file)| file.bytes == length && file.sha256.is_some()).collect();
        // Most files are told by their size alone.
        if fitting.is_empty() {
            return Ok(Vec::new());
        }
        let source = path.to_owned();
        let hashed = tokio::task::spawn_blocking(move || Digest::of_file(&source)).await;
        let (digest, _) = hashed.map_err(|error| ShelfError::Broken(error.to_string()))?.map_err(unread())?;
        let client = Client::new(NetOptions::default());
        let fetch = Fetch { shelf: self, client: &client, mirror: None, watch: &Quiet };
        let mut taken = Vec::new();
        for (name, file) in fitting.into_iter().filter(|(_, file)| file.sha256 == Some(digest)) {
            self.room_for(file.path.as_str(), file.bytes)?;
            let copied = fetch.copied(path, file, digest).await;
            copied.map_err(|miss| miss.into_error(file))?;
            taken.push((name, file.path.clone()));
        }
        Ok(taken)
    }
}

fn gather(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ShelfError> {
    let entries = folder.read_dir().map_err(ShelfError::io(folder, "cannot be read"))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ShelfError::io(folder, "cannot be read"))?;
        paths.push((entry.path(), entry.file_type().map_err(ShelfError::io(folder, "cannot be read"))?));
    }
    paths.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in paths {
        if kind.is_dir() && depth > 0 {
            gather(&path, depth - 1, found)?;
        } else if kind.is_file() {
            if found.len() >= MOST_FILES {
                let what = "holds too many files; name a folder that holds the models only";
                return Err(ShelfError::InTheWay { path: folder.to_owned(), what });
            }
            found.push(path);
        }
    }
    Ok(())
}
