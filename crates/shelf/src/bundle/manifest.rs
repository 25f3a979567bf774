//! What does a bundle say of itself, and is that believable?

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Digest, RelPath};

/// The first entry.
pub(super) const MANIFEST: &str = "tom-bundle.json";
/// The last entry: the checksum of the first.
pub(super) const SEAL: &str = "tom-bundle.sha256";
/// The operator's settings.
pub(super) const CONFIG: &str = "tom.toml";
/// Models that TOM's own catalogue does not know.
pub(super) const CATALOGUE: &str = "catalogue.toml";
/// Folder of the model files.
pub(super) const MODELS: &str = "models/";
/// The largest of the texts, in bytes.
pub(super) const MOST_TEXT: u64 = 4 << 20;
/// Files in one bundle.
const MOST_FILES: usize = 4_096;

/// What the archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) schema: u32,
    /// Who made it.
    pub(super) made_by: String,
    /// The models, by name.
    pub(super) models: Vec<String>,
    /// The files, in the order in which they follow.
    pub(super) files: Vec<Listed>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) path: RelPath,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
}

impl Listed {
    /// Where it belongs in the models folder; none: it is one of the texts.
    pub(super) fn model_path(&self) -> Option<RelPath> {
        self.path.as_str().strip_prefix(MODELS).and_then(|path| RelPath::new(path).ok())
    }
}

impl Manifest {
    /// Reads and checks it.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(text).map_err(|error| format!("its manifest cannot be read: {error}"))?;
        if manifest.schema != 1 {
            return Err(format!("it is of the kind {}, and this version of TOM knows 1", manifest.schema));
        }
        if manifest.files.len() > MOST_FILES {
            return Err(format!("it has more than {MOST_FILES} files"));
        }
        let mut paths = BTreeSet::new();
        let mut models = false;
        for file in &manifest.files {
            let text = matches!(file.path.as_str(), CONFIG | CATALOGUE);
            if !text && file.model_path().is_none() {
                return Err(format!("{} has no business in it", file.path));
            }
            // The texts come first, so that the models can be compared with the catalogue.
            if text && (models || file.bytes > MOST_TEXT) {
                return Err(format!("{} is too large or in the wrong place", file.path));
            }
            models |= !text;
            if !paths.insert(file.path.as_str().to_ascii_lowercase()) {
                return Err(format!("{} is in it twice", file.path));
            }
        }
        Ok(manifest)
    }
}
