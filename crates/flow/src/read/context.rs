//! What is known while a file is read: the file, its languages, facts and states, and what was found wrong.

use std::collections::{BTreeMap, BTreeSet};

use tom_base::Lang;

use crate::error::{FlowError, Severity};
use crate::text::{ByLang, Place, Template};

/// The file being read.
pub(crate) struct Context<'s> {
    file: &'s str,
    text: &'s str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    found: Vec<FlowError>,
    /// The flow's languages.
    pub(crate) langs: Vec<Lang>,
    /// The names of all states.
    pub(crate) states: Vec<String>,
    /// Whether a state may hand over to a language model.
    pub(crate) llm: bool,
    pub(crate) facts: BTreeMap<String, Fact>,
    used_facts: BTreeSet<String>,
}

/// Something about the business, named once.
pub(crate) struct Fact {
    pub(crate) place: Place,
    pub(crate) text: ByLang<String>,
}

impl<'s> Context<'s> {
    pub(crate) fn new(file: &'s str, text: &'s str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            file,
            text,
            lines,
            found: Vec::new(),
            langs: Vec::new(),
            states: Vec::new(),
            llm: false,
            facts: BTreeMap::new(),
            used_facts: BTreeSet::new(),
        }
    }

    pub(crate) fn error(&mut self, at: &Place, what: impl Into<String>, remedy: impl Into<String>) {
        self.find(Some(at), Severity::Error, what.into(), remedy.into());
    }

    pub(crate) fn warn(&mut self, at: &Place, what: impl Into<String>, remedy: impl Into<String>) {
        self.find(Some(at), Severity::Warning, what.into(), remedy.into());
    }

    /// An error of the file as a whole.
    pub(crate) fn error_in_file(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.find(None, Severity::Error, what.into(), remedy.into());
    }

    fn find(&mut self, at: Option<&Place>, severity: Severity, what: String, remedy: String) {
        let (line, column) = at.map_or((0, 0), |place| self.position(place.start));
        self.found.push(FlowError { file: self.file.into(), line, column, severity, what, remedy });
    }

    fn position(&self, byte: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count());
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|f| f.severity == Severity::Error)
    }

    /// Everything found, in the order of the file.
    pub(crate) fn into_found(mut self) -> Vec<FlowError> {
        self.found.sort_by_key(|f| (f.line, f.column));
        self.found.dedup();
        self.found
    }

    /// Reads a text, with the facts of a language filled in; none if something is wrong with it.
    pub(crate) fn template(&mut self, text: &str, lang: Lang, at: &Place) -> Option<Template> {
        let (facts, used) = (&self.facts, &mut self.used_facts);
        let read = Template::parse(text, |name| {
            let fact = facts.get(name)?;
            used.insert(name.into());
            fact.text.get(lang).cloned()
        });
        match read {
            Ok(template) => Some(template),
            Err(what) => {
                self.error(
                    at,
                    what,
                    "A place for a value is a name in braces, such as {number}: small letters, digits and _.",
                );
                None
            }
        }
    }

    /// The facts, by name.
    pub(crate) fn all_facts(&self) -> Vec<(String, ByLang<String>)> {
        self.facts.iter().map(|(name, fact)| (name.clone(), fact.text.clone())).collect()
    }

    /// Facts no text uses.
    pub(crate) fn warn_of_unused_facts(&mut self) {
        let unused: Vec<(String, Place)> = self
            .facts
            .iter()
            .filter(|(name, _)| !self.used_facts.contains(*name))
            .map(|(name, fact)| (name.clone(), fact.place.clone()))
            .collect();
        for (name, place) in unused {
            self.warn(
                &place,
                format!("The fact \"{name}\" is not used."),
                format!("Write {{{name}}} in a text, or take the fact out."),
            );
        }
    }
}
