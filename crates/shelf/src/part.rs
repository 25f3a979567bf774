//! How is a file written that may be cut off at any byte, and is never taken for a whole one?

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest as _, Sha256};

use crate::Digest;
use crate::digest::feed;

/// A link in the place of a file is refused, wherever it leads.
pub(crate) const NO_FOLLOW: i32 = OFlags::NOFOLLOW.bits() as i32;

/// The beginning of a file, with the checksum of what is there. What it is called says what it will be: the name is
/// the wanted checksum, so that a later run goes on with the right bytes.
pub(crate) struct Part {
    path: PathBuf,
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Part {
    /// Opens what an earlier run left, or begins. Reads all that is there. Blocks.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).append(true).create(true).custom_flags(NO_FOLLOW).open(path)?;
        let mut hash = Sha256::new();
        let bytes = feed(&mut hash, &file)?;
        Ok(Self { path: path.to_owned(), file, hash, bytes })
    }

    /// Bytes that are there.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds bytes. Blocks. After an error what is on the disk is still the beginning of the file, but this is of no
    /// more use.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Begins again from nothing.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.hash = Sha256::new();
        self.bytes = 0;
        Ok(())
    }

    /// The checksum of what is there.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.hash.clone())
    }

    /// Gives the file its final name, after its bytes are surely on the disk. Blocks.
    pub(crate) fn become_it(self, to: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, to)?;
        // The name, too, is to survive a power cut.
        if let Some(folder) = to.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    /// Deletes it. Blocks.
    pub(crate) fn delete(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}
