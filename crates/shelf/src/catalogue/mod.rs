//! Which models are there, of which files do they consist, and where are these to be had?

mod check;
mod names;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Digest, RelPath, ShelfError, Url};

/// The catalogue that ships with TOM.
const BUILT_IN: &str = include_str!("../../data/catalogue.toml");
/// The largest catalogue read, in bytes.
const MOST_TEXT: u64 = 4 << 20;

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Tells voices from noise.
    VoiceActivity,
    /// Judges whether a turn is over.
    EndOfTurn,
    /// Recognises speech.
    SpeechToText,
    /// Answers.
    LanguageModel,
    /// Speaks.
    Voice,
}

impl Kind {
    /// All of them, in the order of a call.
    pub const ALL: [Self; 5] =
        [Self::VoiceActivity, Self::EndOfTurn, Self::SpeechToText, Self::LanguageModel, Self::Voice];

    /// As catalogues write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VoiceActivity => "voice-activity",
            Self::EndOfTurn => "end-of-turn",
            Self::SpeechToText => "speech-to-text",
            Self::LanguageModel => "language-model",
            Self::Voice => "voice",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// What people type: small letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it is for.
    pub kind: Kind,
    /// Its licence, as SPDX writes it or in words.
    pub licence: String,
    /// Where the licence, or the model's own page, can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// The languages it knows (BCP 47), or `any`.
    pub languages: Vec<String>,
    /// Memory to reckon with when it is loaded, in MB.
    pub memory_mb: u32,
    /// How its checksums are known, in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Its files; at least one.
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelFile {
    /// Where it lies in the models folder.
    pub path: RelPath,
    /// Its size; 0 where the catalogue does not know it, and then it knows no checksum either.
    pub bytes: u64,
    /// Its checksum; none: not known yet, and the file cannot be pulled.
    #[serde(serialize_with = "written")]
    pub sha256: Option<Digest>,
    /// Where it is to be had, the best first.
    #[serde(rename = "source", skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
}

/// What catalogues write where no checksum is known.
const NONE_YET: &str = "none yet";

fn written<S: serde::Serializer>(sha256: &Option<Digest>, to: S) -> Result<S::Ok, S::Error> {
    match sha256 {
        Some(digest) => to.collect_str(digest),
        None => to.serialize_str(NONE_YET),
    }
}

/// Where a file is to be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Origin {
    /// A web server.
    Url {
        /// The address.
        url: Url,
    },
    /// A file of this machine.
    Local {
        /// Absolute, or beside the catalogue.
        file: PathBuf,
    },
    /// A member of a wheel, which this machine's pip brings.
    Wheel {
        /// The PyPI package.
        wheel: String,
        /// Its version.
        version: String,
        /// The path inside.
        member: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url } => write!(f, "{url}"),
            Self::Local { file } => write!(f, "{}", file.display()),
            Self::Wheel { wheel, version, .. } => write!(f, "the package {wheel} {version}"),
        }
    }
}

impl Model {
    /// The size of all its files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether all its checksums are known.
    pub fn can_be_pulled(&self) -> bool {
        self.files.iter().all(|file| file.sha256.is_some())
    }

    /// Whether it knows a language: `de` is known by those for `de`, `de-CH` and any.
    pub fn speaks(&self, lang: &str) -> bool {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        self.languages.iter().any(|known| known == "any" || primary(known) == primary(lang))
    }
}

/// Models by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Catalogue {
    #[serde(rename = "model")]
    models: Vec<Model>,
}

impl Catalogue {
    /// The one that ships with TOM.
    ///
    /// # Errors
    /// When it has mistakes; a test sees to it that it has none.
    pub fn built_in() -> Result<Self, ShelfError> {
        Self::read("the catalogue of TOM", BUILT_IN, None)
    }

    /// Reads a catalogue's text. `place` is named in errors; local files are looked for beside `beside`, and refused
    /// without.
    ///
    /// # Errors
    /// All its mistakes at once, one a line.
    pub fn read(place: &str, text: &str, beside: Option<&Path>) -> Result<Self, ShelfError> {
        check::catalogue(place, text, beside)
    }

    /// Reads a catalogue file. Blocks.
    ///
    /// # Errors
    /// As [`read`](Self::read), and when the file cannot be read.
    pub fn open(file: &Path) -> Result<Self, ShelfError> {
        let length = file.metadata().map_err(ShelfError::io(file, "cannot be read"))?.len();
        if length > MOST_TEXT {
            return Err(ShelfError::Catalogue(format!("{} is too large for a catalogue", file.display())));
        }
        let text = std::fs::read_to_string(file).map_err(ShelfError::io(file, "cannot be read"))?;
        let beside = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::read(&file.display().to_string(), &text, Some(beside))
    }

    /// A catalogue of models that came from others.
    pub(crate) fn of(models: Vec<Model>) -> Self {
        Self { models }
    }

    /// The models that another catalogue does not have under the same name.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let new = |model: &&Model| other.models.iter().all(|known| known.name != model.name);
        Self { models: self.models.iter().filter(new).cloned().collect() }
    }

    /// The catalogue as a file has it.
    ///
    /// # Errors
    /// When it cannot be written as TOML, which a sound one can.
    pub fn to_text(&self) -> Result<String, ShelfError> {
        let models = toml::to_string(self).map_err(|error| ShelfError::Catalogue(error.to_string()))?;
        Ok(format!("schema = 1\n\n{models}"))
    }

    /// This catalogue with another's models behind its own.
    ///
    /// # Errors
    /// When both have a model of one name, or a file of one path.
    pub fn with(mut self, other: Self) -> Result<Self, ShelfError> {
        self.models.extend(other.models);
        check::together(&self.models).map_err(ShelfError::Catalogue)?;
        Ok(self)
    }

    /// All models, in the catalogue's order.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of a name.
    ///
    /// # Errors
    /// When there is none; the error names the likeliest.
    pub fn find(&self, name: &str) -> Result<&Model, ShelfError> {
        self.models.iter().find(|model| model.name == name).ok_or_else(|| {
            let near = names::nearest(name, self.models.iter().map(|model| &*model.name));
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            ShelfError::Unknown { name: name.chars().take(80).collect(), hint }
        })
    }

    /// The models of these names, each once.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn pick<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<&Model>, ShelfError> {
        let mut picked: Vec<&Model> = Vec::new();
        for name in names {
            let model = self.find(name)?;
            if !picked.iter().any(|other| other.name == model.name) {
                picked.push(model);
            }
        }
        Ok(picked)
    }
}
