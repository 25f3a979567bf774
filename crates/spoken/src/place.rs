//! Where in a text are we, and what stands around it?

use tom_base::Lang;

/// The languages whose writing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    De,
    En,
}

impl Tongue {
    /// That of a language, in whatever region.
    pub(crate) fn of(lang: Lang) -> Option<Self> {
        match lang.primary() {
            Lang::DE => Some(Self::De),
            Lang::EN => Some(Self::En),
            _ => None,
        }
    }

    /// The German or the English of something.
    pub(crate) fn pick<T>(self, de: T, en: T) -> T {
        match self {
            Self::De => de,
            Self::En => en,
        }
    }

    /// The mark before decimals, and that between thousands.
    pub(crate) fn marks(self) -> (char, char) {
        self.pick((',', '.'), ('.', ','))
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'t> {
    pub(crate) tongue: Tongue,
    pub(crate) before: &'t str,
    pub(crate) rest: &'t str,
}

/// How many bytes of the text are replaced, and by what.
pub(crate) type Said = Option<(usize, String)>;

impl<'t> Place<'t> {
    /// The last word before, without the mark after it.
    pub(crate) fn word_before(&self) -> &'t str {
        let trimmed = self.before.trim_end_matches(|c: char| !c.is_alphanumeric());
        trimmed.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
    }

    /// The text without its last word.
    pub(crate) fn two_before(&self) -> &'t str {
        let word = self.word_before();
        let end = self.before.trim_end_matches(|c: char| !c.is_alphanumeric()).len() - word.len();
        Place { before: &self.before[..end], ..*self }.word_before()
    }
}

/// The ASCII digits a text begins with.
pub(crate) fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// One or two digits as a number.
pub(crate) fn short(text: &str) -> Option<(usize, u64)> {
    let digits = digits(text);
    (1..=2).contains(&digits.len()).then(|| digits.parse().ok().map(|n| (digits.len(), n))).flatten()
}

/// Whether no word goes on here.
pub(crate) fn ends(text: &str) -> bool {
    !text.starts_with(char::is_alphanumeric)
}

/// What follows a word the text begins with, if it does and the word ends there.
pub(crate) fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.strip_prefix(word).filter(|rest| ends(rest))
}

/// The text behind blanks, of which there may be none.
pub(crate) fn skip_blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\u{a0}', '\u{202f}'])
}
