//! What does the operator want the agent to know?
//!
//! A folder of `.md` and `.txt` files, read once. Each paragraph is a passage, known by the headings above it.

mod index;
#[cfg(test)]
mod tests;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use index::Index;
use tom_base::Lang;
use words::terms;

/// Most bytes of all texts together.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Most files.
const MOST_FILES: usize = 500;
/// A passage is not longer; a longer paragraph becomes several.
const LONGEST_PASSAGE: usize = 600;
/// Titles that are told to the model.
const MOST_TITLES: usize = 20;

/// The operator's texts, indexed. Shared by all calls.
#[derive(Debug, Default)]
pub struct Knowledge {
    passages: Vec<Passage>,
    titles: Vec<String>,
    index: Index,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The headings above it, or the file's name.
    pub title: String,
    /// Its words.
    pub text: String,
    /// The only language it is for; none: any.
    pub lang: Option<Lang>,
}

impl Passage {
    pub(crate) fn quoted(&self) -> String {
        format!("[{}] {}", self.title, self.text)
    }
}

/// Why texts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// The folder or a file.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file in another encoding.
    #[error("{} is no UTF-8 text; save it as UTF-8", .0.display())]
    Encoding(PathBuf),
    /// No text at all.
    #[error("there is no .md or .txt file with text in {}; put the agent's texts there", .0.display())]
    Empty(PathBuf),
    /// Too many or too long.
    #[error("{} holds more than {MOST_FILES} files or {} MiB; keep what callers ask for", path.display(), MOST_BYTES >> 20)]
    TooMuch {
        /// The folder.
        path: PathBuf,
    },
}

impl Knowledge {
    /// Reads the `.md` and `.txt` files of a folder, in the order of their names.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or there is nothing or too much in it.
    pub fn load(folder: &Path) -> Result<Self, KnowledgeError> {
        let read = |path: &Path| {
            let path = path.to_owned();
            move |source| KnowledgeError::Read { path, source }
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(read(folder))? {
            let path = entry.map_err(read(folder))?.path();
            let text = path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("txt"));
            if text && path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        let too_much = || KnowledgeError::TooMuch { path: folder.to_owned() };
        if files.len() > MOST_FILES {
            return Err(too_much());
        }
        let mut knowledge = Self::default();
        let mut bytes = 0;
        for file in files {
            bytes += fs::metadata(&file).map_err(read(&file))?.len();
            if bytes > MOST_BYTES {
                return Err(too_much());
            }
            let content = fs::read(&file).map_err(read(&file))?;
            let text = String::from_utf8(content).map_err(|_| KnowledgeError::Encoding(file.clone()))?;
            let name = file.file_stem().map(|n| n.to_string_lossy().replace(['_', '-'], " "));
            knowledge.add(&name.unwrap_or_default(), &text);
        }
        if knowledge.passages.is_empty() {
            return Err(KnowledgeError::Empty(folder.to_owned()));
        }
        Ok(knowledge)
    }

    /// Adds a text under a name.
    pub fn add(&mut self, name: &str, text: &str) {
        if !self.titles.iter().any(|known| known == name) {
            self.titles.push(name.to_owned());
        }
        let mut headings: Vec<(usize, String)> = Vec::new();
        let mut paragraph = String::new();
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim).chain([""]) {
            let level = line.bytes().take_while(|b| *b == b'#').count();
            let heading = (1..=6).contains(&level) && line[level..].starts_with(' ');
            if line.is_empty() || heading {
                self.paragraph(name, &headings, &std::mem::take(&mut paragraph));
            } else {
                paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
                paragraph.push_str(line);
            }
            if heading {
                headings.retain(|(above, _)| *above < level);
                headings.push((level, line[level..].trim().to_owned()));
            }
        }
    }

    /// Adds a fact in one language: calls in others do not find it.
    pub fn add_fact(&mut self, lang: Lang, name: &str, text: &str) {
        self.passage(&name.replace('_', " "), text, Some(lang));
    }

    fn paragraph(&mut self, name: &str, headings: &[(usize, String)], text: &str) {
        let title = match headings {
            [] => name.to_owned(),
            _ => headings.iter().map(|(_, heading)| heading.as_str()).collect::<Vec<_>>().join(", "),
        };
        for text in parts(text) {
            self.passage(&title, &text, None);
        }
    }

    fn passage(&mut self, title: &str, text: &str, lang: Option<Lang>) {
        let mut of_passage = terms(title);
        of_passage.extend(terms(text));
        if !of_passage.is_empty() {
            self.index.add(&of_passage);
            self.passages.push(Passage { title: title.to_owned(), text: text.to_owned(), lang });
        }
    }

    /// The passages that fit a query in a language best, best first, at most so many. None: nothing fits.
    #[must_use]
    pub fn search(&self, query: &str, lang: Lang, most: usize) -> Vec<&Passage> {
        let best = self.index.best(&terms(query)).into_iter().filter_map(|n| self.passages.get(n));
        best.filter(|passage| passage.lang.is_none_or(|of| of.primary() == lang.primary()))
            .take(most)
            .collect()
    }

    /// The names of the texts.
    #[must_use]
    pub fn titles(&self) -> &[String] {
        &self.titles[..self.titles.len().min(MOST_TITLES)]
    }

    /// How many passages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.passages.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.passages.is_empty()
    }
}

/// A paragraph in parts of at most [`LONGEST_PASSAGE`] bytes, cut between words.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match parts.last_mut() {
            Some(part) if part.len() + word.len() < LONGEST_PASSAGE => {
                part.push(' ');
                part.push_str(word);
            }
            _ => parts.push(crate::tools::shortened(word, LONGEST_PASSAGE)),
        }
    }
    parts
}
