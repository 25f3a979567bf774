//! Which names may a file have that somebody else chose?

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Components of a path.
const MOST_COMPONENTS: usize = 8;
/// Bytes of one component.
const MOST_BYTES: usize = 128;

/// A path below a folder: plain names with slashes between them. It can lead nowhere else: no component is empty,
/// begins with a dot or a hyphen, or holds anything but letters, digits, `.`, `_`, `+` and `-` of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelPath(String);

/// Why a text is no [`RelPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no plain path such as whisper-base/encoder.onnx (letters, digits, . _ + - in each name, \
     none begins with a dot or hyphen)"
)]
pub struct BadPath(String);

impl RelPath {
    /// Checks a text.
    ///
    /// # Errors
    /// [`BadPath`], with the beginning of the text.
    pub fn new(text: &str) -> Result<Self, BadPath> {
        let parts = text.split('/');
        if parts.clone().count() <= MOST_COMPONENTS && parts.clone().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadPath(text.chars().take(80).collect()))
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below a folder.
    pub fn under(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }

    /// The folders above it, the nearest first: of `a/b/c` these are `a/b` and `a`.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.0.rmatch_indices('/').map(|(at, _)| &self.0[..at])
    }

    /// Its last component.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

/// Whether a text may be one component.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MOST_BYTES
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-'))
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RelPath {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        Self::new(&text)
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}
