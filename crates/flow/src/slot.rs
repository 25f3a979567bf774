//! What can be asked for, and how is an answer read?

use tom_base::Lang;

use crate::model::Question;
use crate::text::Place;
use crate::{clocktime, dates, numbers};

/// Digits a phone number has.
const PHONE: std::ops::RangeInclusive<usize> = 5..=15;

/// A value the caller gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// For reports: `0301234567`, `14:30`.
    pub(crate) value: String,
    /// For saying back: `0 3 0, 1 2 3`.
    pub(crate) say: String,
}

impl Filled {
    /// A value that is said as it is written.
    pub(crate) fn plain(text: &str) -> Self {
        Self { value: text.into(), say: text.into() }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Yes or no, and where each leads.
    YesNo {
        yes: usize,
        no: usize,
    },
    /// So many digits.
    Digits {
        min: u8,
        max: u8,
    },
    Phone,
    Time,
    Date,
    /// Free speech: a name, or a message.
    Free {
        name: bool,
    },
}

/// A value that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) place: Place,
    pub(crate) question: Question,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it is checked back.
    pub(crate) confirm: bool,
    /// What the caller agrees to by saying yes, such as `recording`.
    pub(crate) consent: Option<String>,
    /// Where it goes on; unused for yes and no.
    pub(crate) go: usize,
}

impl Kind {
    /// Reads what was said (compared spelling, hesitations left out). Yes, no and free speech are read elsewhere.
    pub(crate) fn spoken(self, said: &[String], lang: Lang) -> Option<Filled> {
        match self {
            Self::Digits { min, max } => {
                let digits = numbers::dictated(said, lang)?;
                (usize::from(min)..=usize::from(max))
                    .contains(&digits.len())
                    .then(|| digits_filled(&digits))
                    .filter(|_| !digits.starts_with('+'))
            }
            Self::Phone => phone(&numbers::dictated(said, lang)?),
            Self::Time => clocktime::spoken_time(said, lang),
            Self::Date => dates::spoken_day(said, lang),
            Self::YesNo { .. } | Self::Free { .. } => None,
        }
    }

    /// Reads what was keyed, the hash key at the end left out.
    pub(crate) fn keyed(self, keys: &str, lang: Lang) -> Option<Filled> {
        let only_digits = keys.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::Digits { min, max } => (only_digits
                && (usize::from(min)..=usize::from(max)).contains(&keys.len()))
            .then(|| digits_filled(keys)),
            Self::Phone if only_digits => phone(keys),
            Self::Time => clocktime::keyed_time(keys, lang),
            Self::Date => dates::keyed_day(keys, lang),
            Self::Phone | Self::YesNo { .. } | Self::Free { .. } => None,
        }
    }

    /// Whether a row of that many digits can be its value.
    pub(crate) fn takes_digits(self, count: usize) -> bool {
        match self {
            Self::Digits { min, max } => (usize::from(min)..=usize::from(max)).contains(&count),
            _ => false,
        }
    }

    /// Whether it is given in digits, where a lone `0` or `112` may be part of a value.
    pub(crate) fn is_numeric(self) -> bool {
        matches!(self, Self::Digits { .. } | Self::Phone | Self::Time | Self::Date)
    }
}

fn phone(digits: &str) -> Option<Filled> {
    PHONE.contains(&digits.trim_start_matches('+').len()).then(|| digits_filled(digits))
}

/// Digits with pauses after each three, so that they can be followed.
fn digits_filled(digits: &str) -> Filled {
    let chars: Vec<char> = digits.trim_start_matches('+').chars().collect();
    let groups: Vec<String> =
        chars.chunks(3).map(|g| g.iter().map(char::to_string).collect::<Vec<_>>().join(" ")).collect();
    let plus = if digits.starts_with('+') { "plus " } else { "" };
    Filled { value: digits.into(), say: format!("{plus}{}", groups.join(", ")) }
}
