//! Where are the acoustic model, the dictionary and the language model?

use std::path::{Path, PathBuf};

use tom_worker::{Fault, FaultKind};

/// The environment variable that names a folder of models laid out as Debian's.
pub const FOLDER: &str = "TOM_SPHINX_MODEL";
/// Where Debian's package `pocketsphinx-en-us` puts them.
const USUAL: &str = "/usr/share/pocketsphinx/model/en-us";

/// The files of the American English model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The folder of the acoustic model.
    pub acoustic: PathBuf,
    /// The pronouncing dictionary.
    pub dictionary: PathBuf,
    /// The N-gram model for dictation; it may be missing.
    pub language: PathBuf,
}

impl Model {
    /// Looks in the folder that `TOM_SPHINX_MODEL` names, else where Debian puts the model.
    ///
    /// # Errors
    /// When the acoustic model or the dictionary is not there.
    pub fn find() -> Result<Self, Fault> {
        let folder = std::env::var_os(FOLDER).map_or_else(|| PathBuf::from(USUAL), PathBuf::from);
        Self::at(&folder)
    }

    /// The model in a folder.
    ///
    /// # Errors
    /// When the acoustic model or the dictionary is not there.
    pub fn at(folder: &Path) -> Result<Self, Fault> {
        let model = Self {
            acoustic: folder.join("en-us"),
            dictionary: folder.join("cmudict-en-us.dict"),
            language: folder.join("en-us.lm.bin"),
        };
        let parts = ["mdef", "means", "variances", "sendump", "transition_matrices", "feat.params"];
        let files = parts.iter().map(|part| model.acoustic.join(part)).chain([model.dictionary.clone()]);
        for file in files {
            if !file.is_file() {
                let what = format!(
                    "PocketSphinx's English model is not here ({} is missing): run `apt-get install pocketsphinx-en-us`",
                    file.display()
                );
                return Err(Fault::new(FaultKind::Missing, what));
            }
        }
        Ok(model)
    }
}
