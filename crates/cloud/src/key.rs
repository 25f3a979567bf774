//! How is an API key kept from every eye but the server's?

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A secret that goes into one header of requests and nowhere else: neither `Debug` nor errors show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Arc<str>);

/// Why a text is no [`ApiKey`], or a file holds none.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    /// Nothing but blanks.
    #[error("the key is empty")]
    Empty,
    /// It cannot stand in a header.
    #[error("the key holds a character that no key has: only visible ASCII characters can be sent")]
    Character,
    /// The file does not open.
    #[error("the file with the key cannot be read: {0}")]
    File(#[from] std::io::Error),
}

impl ApiKey {
    /// A key; blanks and line ends around it do not count.
    ///
    /// # Errors
    /// When it is empty or cannot be sent in a header.
    pub fn new(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadKey::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadKey::Character);
        }
        Ok(Self(text.into()))
    }

    /// The key in a file. Blocks.
    ///
    /// # Errors
    /// When the file cannot be read or holds no key.
    pub fn read(path: &Path) -> Result<Self, BadKey> {
        Self::new(&std::fs::read_to_string(path)?)
    }

    /// The secret itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}
