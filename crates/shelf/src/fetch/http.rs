//! How does a file come over HTTP, however often the connection is cut?

use std::path::Path;

use super::{Fetch, Miss, blocking};
use crate::net::{NetError, Url};
use crate::part::Part;
use crate::{Digest, ModelFile};

/// Bytes that are gathered before they are written.
const PIECE: usize = 256 << 10;

/// What helps where nothing can be reached.
const NO_WAY_OUT: &str = "where there is no way out, https_proxy names a proxy, models.mirror a mirror, and tom bundle \
                          brings models from another machine";

/// What came of one request.
enum End {
    /// All bytes are there.
    Whole(Part),
    /// The connection ended too early.
    Cut(Part, NetError),
}

impl Fetch<'_> {
    pub(super) async fn over_http(&self, url: &Url, file: &ModelFile, sha256: Digest) -> Result<(), Miss> {
        let mut resumed = true;
        loop {
            let path = self.shelf.part(sha256);
            let opened = path.clone();
            let part = blocking(move || Part::open(&opened)).await?;
            let mut part = part.map_err(|error| self.unwritten(file, &path, error))?;
            if part.bytes() > file.bytes {
                self.restart(&mut part, file, &path)?;
            }
            resumed &= part.bytes() > 0;
            let part = self.whole(url, file, part, &path).await?;
            let right = part.digest() == sha256;
            if !right && resumed {
                // What an earlier run left may have been damaged since: once more, from the first byte.
                resumed = false;
                self.watch.said(&format!("{}: what was there did not fit; it is fetched again", file.path));
                let deleted = blocking(move || part.delete()).await?;
                deleted.map_err(|error| self.unwritten(file, &path, error))?;
                continue;
            }
            return self.shelve(part, file, sha256, url.to_string()).await;
        }
    }

    /// Asks until all bytes are there.
    async fn whole(&self, url: &Url, file: &ModelFile, mut part: Part, path: &Path) -> Result<Part, Miss> {
        let patience = self.client.patience();
        let mut cuts = 0;
        self.watch.began(&file.path, part.bytes(), file.bytes);
        while part.bytes() < file.bytes {
            let before = part.bytes();
            let (kept, error) = match self.once(url, file, part, path).await? {
                End::Whole(part) => return Ok(part),
                End::Cut(part, error) => (part, error),
            };
            part = kept;
            cuts = if part.bytes() > before { 1 } else { cuts + 1 };
            let cut_off = error.unreachable && self.client.is_cut_off();
            if cut_off && cuts > 1 {
                return Err(Miss::Here(format!("{}; {NO_WAY_OUT}", error.what)));
            }
            if !error.again || cuts > patience.cuts {
                return Err(Miss::Here(error.what));
            }
            let pause = patience.pause.saturating_mul(1 << (cuts - 1).min(6));
            let pause = error.wait.unwrap_or(pause);
            if !cut_off {
                self.watch.said(&format!(
                    "{}: {}; going on in {:.1} s at byte {}",
                    file.path,
                    error.what,
                    pause.as_secs_f32(),
                    part.bytes()
                ));
            }
            tokio::time::sleep(pause).await;
        }
        Ok(part)
    }

    /// One request, from the first byte that is missing.
    async fn once(&self, url: &Url, file: &ModelFile, mut part: Part, path: &Path) -> Result<End, Miss> {
        let mut answer = match self.client.get(url, part.bytes()).await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let error = NetError::again(format!("{url} has no byte {}", part.bytes()));
                self.restart(&mut part, file, path)?;
                return Ok(End::Cut(part, error));
            }
            Err(error) => return Ok(End::Cut(part, error)),
        };
        if let Some(size) = answer.size.filter(|size| *size != file.bytes) {
            return Err(Miss::Here(format!(
                "{url} has a file of {size} bytes, and the catalogue wants one of {}",
                file.bytes
            )));
        }
        if answer.from != part.bytes() {
            if answer.from != 0 {
                let what =
                    format!("{url} was asked for byte {} and sends byte {}", part.bytes(), answer.from);
                return Err(Miss::Here(what));
            }
            self.restart(&mut part, file, path)?;
        }
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            let next = answer.bytes().await;
            let more = match &next {
                Ok(Some(bytes)) => {
                    piece.extend_from_slice(bytes);
                    true
                }
                Ok(None) | Err(_) => false,
            };
            if part.bytes() + piece.len() as u64 > file.bytes {
                let what = format!("{url} sends more than the {} bytes of the catalogue", file.bytes);
                return Err(Miss::Here(what));
            }
            if piece.len() >= PIECE || !more {
                let bytes = piece.len();
                let write = move || {
                    let added = part.add(&piece);
                    piece.clear();
                    (part, piece, added)
                };
                let added;
                (part, piece, added) = blocking(write).await?;
                added.map_err(|error| self.unwritten(file, path, error))?;
                self.watch.grew(&file.path, bytes as u64);
            }
            match next {
                Ok(Some(_)) => {}
                Ok(None) if part.bytes() == file.bytes => return Ok(End::Whole(part)),
                Ok(None) => {
                    let what = format!("{url} ended after {} of {} bytes", part.bytes(), file.bytes);
                    return Ok(End::Cut(part, NetError::again(what)));
                }
                Err(error) => return Ok(End::Cut(part, error)),
            }
        }
    }

    fn restart(&self, part: &mut Part, file: &ModelFile, path: &Path) -> Result<(), Miss> {
        part.restart().map_err(|error| self.unwritten(file, path, error))?;
        self.watch.began(&file.path, 0, file.bytes);
        Ok(())
    }
}
