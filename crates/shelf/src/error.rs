//! What can go wrong with models, and what helps?

use std::io;
use std::path::{Path, PathBuf};

/// Why a model is not there. Every text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The catalogue has mistakes, told one a line.
    #[error("{0}")]
    Catalogue(String),
    /// No model of that name.
    #[error("there is no model {name} in the catalogue{hint}; tom models list shows all")]
    Unknown {
        /// What was asked for.
        name: String,
        /// `; did you mean ...?`, or nothing.
        hint: String,
    },
    /// No profile of that name.
    #[error("there is no profile {name}; there are {all}")]
    UnknownProfile {
        /// What was asked for.
        name: String,
        /// Those that there are.
        all: String,
    },
    /// The catalogue knows no checksum of one of its files.
    #[error(
        "{model}: the catalogue knows no checksum of {file} yet, so what a download brings could not be told from \
         something else; describe the file in a catalogue of your own (docs/models.md), with the output of sha256sum"
    )]
    NoChecksum {
        /// The model.
        model: String,
        /// Its file.
        file: String,
    },
    /// A model that has to be here is not.
    #[error("{model} is not here, or not whole; tom models pull {model} brings it")]
    NotHere {
        /// The model.
        model: String,
    },
    /// Somebody else changes the folder.
    #[error("{} is being changed by {holder}; wait until that is done", folder.display())]
    Locked {
        /// The models folder.
        folder: PathBuf,
        /// Who does it.
        holder: String,
    },
    /// The disk is full, or would be.
    #[error(
        "there is no room for {what} in {}: {needed} more are needed and {free} are free; free some \
         (tom models remove), or choose another folder with --data-dir", folder.display()
    )]
    Full {
        /// What was to be written.
        what: String,
        /// Where.
        folder: PathBuf,
        /// As text.
        needed: String,
        /// As text.
        free: String,
    },
    /// A file came, but it is another one.
    #[error("{file} from {from} is not the file of the catalogue: {why}; what came was deleted")]
    Wrong {
        /// Its path.
        file: String,
        /// Where it came from.
        from: String,
        /// How one can tell.
        why: String,
    },
    /// None of a file's sources gave it.
    #[error("{file} could not be had: {why}")]
    Failed {
        /// Its path.
        file: String,
        /// One reason for each source.
        why: String,
    },
    /// Several things at once, told one a line.
    #[error("{0}")]
    Several(String),
    /// The mirror is none.
    #[error(
        "the mirror {text:?} cannot be used: {why}; give an address such as http://HOST/models, or a folder"
    )]
    Mirror {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder could not be read or written.
    #[error("{} {what}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// "cannot be read", and the like.
        what: &'static str,
        /// The system's word.
        error: io::Error,
    },
    /// A file stands where it must not.
    #[error("{} {what}", path.display())]
    InTheWay {
        /// Which.
        path: PathBuf,
        /// What it is and what to do.
        what: &'static str,
    },
    /// An archive that cannot be trusted.
    #[error("{}: {why}; nothing was restored", archive.display())]
    Bundle {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A thread of ours ended early.
    #[error("the work was broken off: {0}")]
    Broken(String),
}

impl ShelfError {
    /// For `map_err` on files.
    pub(crate) fn io(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, what, error }
    }
}

/// Bytes for people: 1.2 MB.
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}
