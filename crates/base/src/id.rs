//! Names of calls and of the turns inside them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of a call: 1 to 100 letters, digits, dots, underscores or hyphens, so that it is safe in
/// paths, keys and logs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(Arc<str>);

/// Why a text is no [`CallId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCallId;

impl fmt::Display for BadCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a call id is 1 to 100 of the characters A-Z a-z 0-9 . _ -, and not only dots")
    }
}

impl std::error::Error for BadCallId {}

impl CallId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallId {
    type Err = BadCallId;
    fn from_str(s: &str) -> Result<Self, BadCallId> {
        let fits = (1..=100).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && s.bytes().any(|b| b != b'.');
        if fits { Ok(Self(s.into())) } else { Err(BadCallId) }
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which exchange of a call: the caller's words (or a silence) and the reply to them. 0 is the opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TurnId(pub u32);

/// How often the caller went on within one turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u32);

/// What every request to an engine and every result of one carries. It only grows within a call; a result
/// of an older epoch is stale and dropped on arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch {
    /// The exchange.
    pub turn: TurnId,
    /// The caller's latest words in it.
    pub revision: Revision,
}

impl Epoch {
    /// An epoch from its two numbers.
    #[must_use]
    pub const fn new(turn: u32, revision: u32) -> Self {
        Self { turn: TurnId(turn), revision: Revision(revision) }
    }

    /// The first revision of the next turn.
    #[must_use]
    pub const fn next_turn(self) -> Self {
        Self::new(self.turn.0.saturating_add(1), 0)
    }

    /// The next revision of this turn.
    #[must_use]
    pub const fn next_revision(self) -> Self {
        Self::new(self.turn.0, self.revision.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.turn.0, self.revision.0)
    }
}

impl FromStr for Epoch {
    type Err = std::num::ParseIntError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (turn, revision) = s.split_once('.').unwrap_or((s, "0"));
        Ok(Self::new(turn.parse()?, revision.parse()?))
    }
}
