//! Is this file a language model that llama.cpp can be trusted with?
//!
//! llama.cpp is written in C++ and believes what a file says of itself. So a file is read here first, with a limit on
//! everything that is counted: what it says must fit its own size, its tensors must lie inside it and side by side,
//! and its facts must be those of a language model for chats. No weights are read.

mod check;
mod facts;
mod read;

use std::fs::File;
use std::io;
use std::path::Path;

pub use check::Outline;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is something else.
    #[error(
        "it is no GGUF file; a language model for this engine is one, such as those whose names end in Q4_K_M.gguf"
    )]
    NotGguf,
    /// It was written for another age.
    #[error("it is a GGUF file of version {0}, and versions 2 and 3 are known; convert it again")]
    Version(u32),
    /// It ends before it should.
    #[error("it is cut short: its {what} would end beyond the {size} bytes it has; fetch it again")]
    CutShort {
        /// What is missing.
        what: &'static str,
        /// Its length.
        size: u64,
    },
    /// It says something that cannot be.
    #[error("it is broken: {0}; fetch it again")]
    Broken(String),
    /// It is sound and not what is wanted.
    #[error("{0}")]
    NotForUs(String),
}

/// Reads what a file says of itself, and checks it.
///
/// # Errors
/// When it is no file, or none that llama.cpp should see.
pub fn inspect(path: &Path) -> Result<Outline, GgufError> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(GgufError::NotForUs("it is no file".into()));
    }
    inspect_bytes(io::BufReader::with_capacity(1 << 16, file), about.len())
}

/// The same of anything that can be read, whose length is known.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_bytes(source: impl io::Read, size: u64) -> Result<Outline, GgufError> {
    let head = read::head(source, size)?;
    check::outline(head, size)
}
