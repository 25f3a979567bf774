//! How does a file come from elsewhere on this machine?

use std::io::{self, Read as _};
use std::path::Path;

use super::{Fetch, Miss, blocking};
use crate::part::Part;
use crate::{Digest, ModelFile};

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

impl Fetch<'_> {
    /// Copies a file. A link is followed: whoever wrote this path may read what it leads to.
    pub(crate) async fn copied(&self, from: &Path, file: &ModelFile, sha256: Digest) -> Result<(), Miss> {
        let path = self.shelf.part(sha256);
        let (source, target) = (from.to_owned(), path.clone());
        let unread = |error: io::Error| Miss::Here(format!("{} cannot be read: {error}", from.display()));
        let length = blocking(move || length(&source)).await?.map_err(unread)?;
        if length != file.bytes {
            let what = format!("{} has {length} bytes instead of {}", from.display(), file.bytes);
            return Err(Miss::Here(what));
        }
        let source = from.to_owned();
        let opened = blocking(move || open(&source, &target)).await?;
        let (mut input, mut part) = match opened {
            Ok((input, Ok(part))) => (input, part),
            Ok((_, Err(error))) => return Err(self.unwritten(file, &path, error)),
            Err(error) => return Err(unread(error)),
        };
        self.watch.began(&file.path, 0, file.bytes);
        // One byte more than wanted shows that there is more.
        while part.bytes() <= file.bytes {
            let step = move || {
                let mut piece = Vec::with_capacity(PIECE);
                let read = input.by_ref().take(PIECE as u64).read_to_end(&mut piece);
                let added = part.add(&piece);
                (input, part, piece.len(), read, added)
            };
            let (bytes, read, added);
            (input, part, bytes, read, added) = blocking(step).await?;
            read.map_err(unread)?;
            added.map_err(|error| self.unwritten(file, &path, error))?;
            if bytes == 0 {
                break;
            }
            self.watch.grew(&file.path, bytes as u64);
        }
        self.shelve(part, file, sha256, from.display().to_string()).await
    }
}

/// The size of an ordinary file.
fn length(path: &Path) -> io::Result<u64> {
    let meta = path.metadata()?;
    if meta.is_file() { Ok(meta.len()) } else { Err(io::Error::other("it is no file")) }
}

/// The file to read, and the empty one to write.
fn open(from: &Path, to: &Path) -> io::Result<(std::fs::File, io::Result<Part>)> {
    let input = std::fs::File::open(from)?;
    let part = Part::open(to).and_then(|mut part| part.restart().map(|()| part));
    Ok((input, part))
}
