//! The sixteen keys of a telephone.

use std::fmt;

/// A DTMF key (RFC 4733 events 0 to 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u8);

impl Key {
    /// The key with that face: `0` to `9`, `*`, `#`, `A` to `D` (lower case too).
    #[must_use]
    pub const fn from_char(c: char) -> Option<Self> {
        match c {
            '0'..='9' => Some(Self(c as u8 - b'0')),
            '*' => Some(Self(10)),
            '#' => Some(Self(11)),
            'A'..='D' => Some(Self(c as u8 - b'A' + 12)),
            'a'..='d' => Some(Self(c as u8 - b'a' + 12)),
            _ => None,
        }
    }

    /// The key of that RFC 4733 event number.
    #[must_use]
    pub const fn from_event(event: u8) -> Option<Self> {
        if event < 16 { Some(Self(event)) } else { None }
    }

    /// Its RFC 4733 event number.
    #[must_use]
    pub const fn event(self) -> u8 {
        self.0
    }

    /// The key's face.
    #[must_use]
    pub const fn as_char(self) -> char {
        match self.0 {
            10 => '*',
            11 => '#',
            n @ 0..=9 => (b'0' + n) as char,
            n => (b'A' + n - 12) as char,
        }
    }

    /// The digit, if the key is one.
    #[must_use]
    pub const fn digit(self) -> Option<u8> {
        if self.0 < 10 { Some(self.0) } else { None }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}
