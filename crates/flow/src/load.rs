//! Where do flows come from: files, texts, or the ones inside the binary?

use std::path::Path;

use crate::error::{FlowError, Severity};
use crate::model::Flow;
use crate::{read, suggest};

/// The flows inside the binary: name and text.
const BUILTIN: [(&str, &str); 2] = [
    ("reception", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../flows/reception.toml"))),
    ("workshop", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../flows/workshop.toml"))),
];

/// What a flow may count on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A language model is set up, so a state may hand over to it.
    pub llm: bool,
}

impl Flow {
    /// Reads and checks a flow. `name` stands for the file in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file; never empty.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<FlowError>> {
        Self::parse_with(name, text, Options::default())
    }

    /// As [`parse`](Self::parse), with options.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(name: &str, text: &str, options: Options) -> Result<Self, Vec<FlowError>> {
        read::read(name, text, options)
    }

    /// Reads a flow from a file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and when the file cannot be read.
    pub fn load(path: &Path, options: Options) -> Result<Self, Vec<FlowError>> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse_with(&name, &text, options),
            Err(why) => Err(vec![whole_file(
                name,
                format!("The file cannot be read: {why}."),
                "Check the path and who may read it.".into(),
            )]),
        }
    }

    /// A flow that is inside the binary: `reception` or `workshop`.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn builtin(name: &str) -> Result<Self, Vec<FlowError>> {
        match BUILTIN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(&format!("flows/{name}.toml"), text),
            None => Err(vec![whole_file(
                name.into(),
                "There is no flow of this name inside TOM.".into(),
                suggest::remedy(name, Self::builtin_names()),
            )]),
        }
    }

    /// The text of a flow that is inside the binary, to copy and change.
    #[must_use]
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// The names of the flows inside the binary.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }
}

fn whole_file(file: String, what: String, remedy: String) -> FlowError {
    FlowError { file, line: 0, column: 0, severity: Severity::Error, what, remedy }
}
