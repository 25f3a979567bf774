//! Which rating from 1 to 5 did the caller give?

mod hear;
mod words;

use tom_base::Lang;

/// An answer to the rating question. Five is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 1 to 5.
    Rating(u8),
    /// Something was rated, but on which scale, or with which of several numbers, is not clear: ask for a
    /// number from 1 to 5 and say which end is good.
    AskScale,
    /// The caller does not want to rate.
    OptOut,
}

/// Reads an answer to the rating question in German or English. `None`: it says nothing about a rating.
///
/// Numbers count as words and as digits ("fünf", "fuenf", "5", "drei Sterne", "4 von 5"); of a correction
/// ("keine 5, eher 2") the last number counts; several numbers without one, halves ("4,5"), a scale of ten
/// and a German school grade ("Note 1") ask for the scale. Without a number, words of praise and blame
/// count, negated where they are negated.
#[must_use]
pub fn parse(text: &str, lang: Lang) -> Option<Answer> {
    hear::hear(text, lang)
}

/// Reads a key pressed after the rating question: 1 to 5 rate; 0, `#` and `*` decline.
#[must_use]
pub fn parse_keys(keys: &str) -> Option<Answer> {
    match keys.trim_end_matches('#') {
        "" | "0" | "*" => Some(Answer::OptOut),
        key => key.parse().ok().filter(|n| (1..=5).contains(n)).map(Answer::Rating),
    }
}
