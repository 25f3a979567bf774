//! How is a word pronounced?

use std::fs;
use std::path::Path;

use tom_worker::{Fault, FaultKind};

use crate::letters;

/// The phones of the English acoustic model, silence and noises left out (the ARPAbet of the CMU dictionary).
pub const PHONES: [&str; 39] = [
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y",
    "Z", "ZH",
];

/// Most pronunciations of one word that are used.
const MOST: usize = 4;

/// How far a pronunciation can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The dictionary has the word.
    Known,
    /// The dictionary has its parts: `call-back`, `24`.
    Composed,
    /// Made up from its letters.
    Guessed,
}

/// A word's pronunciations: phones with blanks between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pronounced {
    /// At least one, at most four.
    pub ways: Vec<String>,
    /// Where they come from.
    pub source: Source,
}

/// The pronouncing dictionary: its text, and where each line begins in the order of the words.
#[derive(Debug)]
pub struct Lexicon {
    text: String,
    lines: Vec<u32>,
}

impl Lexicon {
    /// Reads a dictionary file: `word PHONE PHONE` a line, further pronunciations as `word(2)`.
    ///
    /// # Errors
    /// When it cannot be read or holds no words.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(path).map_err(|e| {
            let what = format!("the dictionary {} cannot be read: {e}", path.display());
            Fault::new(FaultKind::Missing, what)
        })?;
        let lexicon = Self::parse(text);
        if lexicon.lines.is_empty() {
            let what = format!("the dictionary {} holds no words: install it again", path.display());
            return Err(Fault::new(FaultKind::Missing, what));
        }
        Ok(lexicon)
    }

    /// As [`load`](Self::load), from text. Lines that are none are left out.
    #[must_use]
    pub fn parse(text: String) -> Self {
        // Each line is read once: it is a hundred thousand of them, and somebody waits for the start.
        let mut entries = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if let (Some((word, _)), Ok(at)) = (entry(line), u32::try_from(start)) {
                entries.push((split_variant(word), at));
            }
            start += line.len();
        }
        entries.sort();
        let lines = entries.into_iter().map(|(_, at)| at).collect();
        Self { text, lines }
    }

    /// The dictionary's pronunciations of a word, in lower case as the dictionary has it.
    fn look_up(&self, word: &str) -> Vec<&str> {
        let get = |at: &u32| entry(&self.text[*at as usize..]).unwrap_or_default();
        let first = self.lines.partition_point(|at| split_variant(get(at).0).0 < word);
        let lines = self.lines[first..].iter().map(get);
        lines.take_while(|(w, _)| split_variant(w).0 == word).map(|(_, phones)| phones).take(MOST).collect()
    }

    /// How a word of a grammar is pronounced; case does not matter. `None` only for what has neither letters
    /// nor digits.
    #[must_use]
    pub fn pronounce(&self, word: &str) -> Option<Pronounced> {
        let word = word.to_lowercase().replace('\u{2019}', "'");
        let known = self.look_up(&word);
        if !known.is_empty() {
            return Some(Pronounced { ways: known.into_iter().map(spaced).collect(), source: Source::Known });
        }
        let mut source = Source::Composed;
        let mut ways = vec![String::new()];
        for part in parts(&word) {
            let mut these: Vec<String> = self.look_up(&part).into_iter().map(spaced).collect();
            if these.is_empty() {
                source = Source::Guessed;
                these = vec![letters::guess(&part)];
            }
            let grown = ways.iter().flat_map(|way| these.iter().map(move |this| format!("{way} {this}")));
            ways = grown.take(MOST).map(|way| way.trim().to_owned()).collect();
        }
        ways.retain(|way| !way.is_empty());
        (!ways.is_empty()).then_some(Pronounced { ways, source })
    }
}

/// A dictionary line's word and phones.
fn entry(text: &str) -> Option<(&str, &str)> {
    let line = text.split('\n').next()?.trim();
    let (word, phones) = line.split_once(char::is_whitespace)?;
    let phones = phones.trim();
    let sound = phones.split_whitespace().all(|phone| PHONES.contains(&phone));
    (sound && !word.is_empty() && !phones.is_empty()).then_some((word, phones))
}

/// `read(2)` is the second way to say `read`.
fn split_variant(word: &str) -> (&str, u32) {
    let variant = word
        .strip_suffix(')')
        .and_then(|word| word.rsplit_once('('))
        .and_then(|(base, number)| Some((base, number.parse().ok()?)));
    variant.filter(|(base, _)| !base.is_empty()).unwrap_or((word, 1))
}

fn spaced(phones: &str) -> String {
    phones.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The pieces of a word that may be words of their own: runs of letters, and digits one by one.
fn parts(word: &str) -> Vec<String> {
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let mut parts = vec![String::new()];
    for c in word.chars() {
        if let Some(digit) = c.to_digit(10) {
            parts.extend([DIGITS[digit as usize].to_owned(), String::new()]);
        } else if c.is_alphabetic() || c == '\'' {
            if let Some(last) = parts.last_mut() {
                last.push(c);
            }
        } else {
            parts.push(String::new());
        }
    }
    parts.retain(|part| part.chars().any(char::is_alphabetic));
    parts
}

#[cfg(test)]
mod tests {
    //! Layer: pure. Where pronunciations come from.

    use super::*;

    fn lexicon() -> Lexicon {
        Lexicon::parse(
            "read R EH D\nread(2) R IY D\n# a remark\nback B AE K\ncall K AO L\nnine N AY N\na AH\na(2) EY\nbad X Y1\n"
                .into(),
        )
    }

    #[test]
    fn known_words_have_all_their_pronunciations() {
        let read = lexicon().pronounce("Read").expect("read");
        assert_eq!(read, Pronounced { ways: vec!["R EH D".into(), "R IY D".into()], source: Source::Known });
        assert_eq!(lexicon().pronounce("a").expect("a").ways, ["AH", "EY"]);
    }

    #[test]
    fn unknown_words_are_composed_or_guessed() {
        let composed = lexicon().pronounce("call-back 9").expect("composed");
        assert_eq!(
            composed,
            Pronounced { ways: vec!["K AO L B AE K N AY N".into()], source: Source::Composed }
        );
        let guessed = lexicon().pronounce("müller").expect("guessed");
        assert_eq!(guessed.source, Source::Guessed);
        assert!(guessed.ways[0].split(' ').all(|phone| PHONES.contains(&phone)), "{guessed:?}");
        assert_eq!(lexicon().pronounce("--"), None);
        // A line with phones that are none is no entry.
        assert_eq!(lexicon().pronounce("bad").expect("bad").source, Source::Guessed);
    }

    #[test]
    fn a_missing_dictionary_is_named() {
        let fault = Lexicon::load(Path::new("/nowhere/words.dict")).expect_err("missing");
        assert_eq!(fault.kind, FaultKind::Missing);
        assert!(fault.message.contains("/nowhere/words.dict"), "{fault}");
    }
}
