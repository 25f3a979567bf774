//! Languages, as short tags.

use std::fmt;
use std::str::FromStr;

/// A language tag such as `en`, `de` or `pt-br`: lower-case ASCII, at most eight bytes (BCP 47 language and
/// region). `Copy`, so that it travels in requests for free.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lang {
    bytes: [u8; 8],
    len: u8,
}

/// Why a text is no [`Lang`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLang;

impl fmt::Display for BadLang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a language is a tag such as en, de or pt-br")
    }
}

impl std::error::Error for BadLang {}

impl Lang {
    /// English, the default language.
    pub const EN: Self = Self { bytes: *b"en\0\0\0\0\0\0", len: 2 };
    /// German.
    pub const DE: Self = Self { bytes: *b"de\0\0\0\0\0\0", len: 2 };

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or("en")
    }

    /// The language without its region: `pt` of `pt-br`.
    #[must_use]
    pub fn primary(&self) -> Self {
        let s = self.as_str();
        s.split('-').next().and_then(|p| p.parse().ok()).unwrap_or(*self)
    }
}

impl FromStr for Lang {
    type Err = BadLang;
    /// Takes `de`, `de-DE`, `de_DE` alike.
    fn from_str(s: &str) -> Result<Self, BadLang> {
        let mut bytes = [0; 8];
        let fits = (2..=8).contains(&s.len()) && s.as_bytes()[..2].iter().all(u8::is_ascii_alphabetic);
        if !fits {
            return Err(BadLang);
        }
        for (to, from) in bytes.iter_mut().zip(s.bytes()) {
            *to = match from {
                b'_' | b'-' => b'-',
                b if b.is_ascii_alphanumeric() => b.to_ascii_lowercase(),
                _ => return Err(BadLang),
            };
        }
        Ok(Self { bytes, len: s.len() as u8 })
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lang({})", self.as_str())
    }
}
