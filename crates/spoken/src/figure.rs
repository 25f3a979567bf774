//! How is a number in digits said, with what belongs to it?

use crate::numbers::{TOO_LARGE, cardinal, spelled, year};
use crate::place::{Place, Said, Tongue, digits, ends, skip_blank};
use crate::{money, units};

/// English words after which four digits are a year.
const BEFORE_YEARS: [&str; 9] = ["in", "since", "year", "until", "before", "after", "from", "of", "by"];
/// German ones.
const VOR_JAHREN: [&str; 7] = ["jahr", "jahre", "jahres", "seit", "jahren", "baujahr", "jahrgang"];

/// A number as it is written: `1.234,56`.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Its whole part without marks.
    pub(crate) whole: String,
    /// The digits after the decimal mark.
    pub(crate) fraction: Option<String>,
    /// The whole part, unless it is read digit by digit.
    pub(crate) value: Option<u64>,
    /// Bytes.
    pub(crate) length: usize,
}

impl Figure {
    /// The number a text begins with.
    pub(crate) fn read(text: &str, tongue: Tongue) -> Option<Self> {
        let first = digits(text);
        if first.is_empty() {
            return None;
        }
        let (decimal, thousand) = tongue.marks();
        let mut whole = first.to_owned();
        let mut length = first.len();
        if first.len() <= 3 && !first.starts_with('0') {
            while let Some(group) = text[length..].strip_prefix(thousand).map(digits).filter(|g| g.len() == 3)
            {
                whole.push_str(group);
                length += 1 + 3;
            }
        }
        // Programs write `12.50` in German too; three digits after the mark are thousands there.
        let grouped = whole.len() > first.len();
        let marks = if tongue == Tongue::De && !grouped { &[decimal, '.'][..] } else { &[decimal][..] };
        let fraction = marks.iter().find_map(|mark| {
            let fraction = text[length..].strip_prefix(*mark).map(digits).filter(|d| !d.is_empty())?;
            // `1.2.3` is a version, not a number.
            let more = text[length + 1 + fraction.len()..].strip_prefix('.').map(digits);
            (more.is_none_or(str::is_empty)).then(|| fraction.to_owned())
        });
        length += fraction.as_ref().map_or(0, |fraction| 1 + fraction.len());
        let by_digit = whole.len() > 1 && whole.starts_with('0');
        let value = whole.parse().ok().filter(|n| !by_digit && *n < TOO_LARGE);
        Some(Self { whole, fraction, value, length })
    }

    /// Exactly 1.
    pub(crate) fn is_one(&self) -> bool {
        self.value == Some(1) && self.fraction.is_none()
    }

    /// The number in words.
    pub(crate) fn words(&self, tongue: Tongue) -> String {
        let whole = self.value.map_or_else(|| spelled(&self.whole, tongue), |n| cardinal(n, tongue));
        match &self.fraction {
            None => whole,
            Some(fraction) => {
                format!("{whole} {} {}", tongue.pick("Komma", "point"), spelled(fraction, tongue))
            }
        }
    }
}

/// A number with its sign of money or unit, or alone.
pub(crate) fn number(place: Place<'_>) -> Said {
    let figure = Figure::read(place.rest, place.tongue)?;
    let after = &place.rest[figure.length..];
    let whole = |(words, rest): (String, &str)| (place.rest.len() - rest.len(), words);
    let with = money::sign_last(&figure, after, place.tongue)
        .or_else(|| units::unit(&figure, after, place.tongue))
        .or_else(|| money::large_number(&figure, after, place.tongue));
    if let Some(with) = with {
        return Some(whole(with));
    }
    if let Some(half) = fraction(&figure, after, place.tongue) {
        return Some((figure.length + 2, half.to_owned()));
    }
    // `3D`, `4x4`: names, which voices read as such.
    if !ends(after) {
        return None;
    }
    Some((figure.length, alone(&figure, after, place)))
}

/// `1/2` and the like.
fn fraction(figure: &Figure, after: &str, tongue: Tongue) -> Option<&'static str> {
    let below = digits(after.strip_prefix('/')?);
    let whole = ends(&after[1 + below.len()..]) && !after[1 + below.len()..].starts_with('/');
    match (figure.whole.as_str(), below, whole) {
        ("1", "2", true) => Some(tongue.pick("ein halb", "one half")),
        ("1", "3", true) => Some(tongue.pick("ein Drittel", "one third")),
        ("1", "4", true) => Some(tongue.pick("ein Viertel", "one quarter")),
        ("3", "4", true) => Some(tongue.pick("drei Viertel", "three quarters")),
        _ => None,
    }
}

/// A number without anything.
fn alone(figure: &Figure, after: &str, place: Place<'_>) -> String {
    let word = place.word_before().to_lowercase();
    let before = place.tongue.pick(&VOR_JAHREN[..], &BEFORE_YEARS[..]);
    let near = place.before.ends_with(' ');
    if let Some(n) = figure.value.filter(|n| (1100..2100).contains(n) && figure.fraction.is_none()) {
        let plain = figure.length == 4;
        let month = near && crate::date::month(place.word_before(), place.tongue).is_some();
        if plain && (month || near && before.contains(&&*word)) {
            return year(n, place.tongue);
        }
    }
    if figure.is_one()
        && place.tongue == Tongue::De
        && let Some(article) = article(after)
    {
        return article.to_owned();
    }
    figure.words(place.tongue)
}

/// What a lone 1 is before a German noun.
fn article(after: &str) -> Option<&'static str> {
    let noun = skip_blank(after);
    if noun.len() == after.len() || !noun.starts_with(char::is_uppercase) {
        return None;
    }
    let end = noun.find(|c: char| !c.is_alphabetic()).unwrap_or(noun.len());
    let feminine = [
        "ung", "heit", "keit", "schaft", "ion", "tät", "e", "ik", "ei", "achricht", "erson", "acht", "Frau",
        "Zahl", "ahrt", "ntwort", "Tür",
    ];
    Some(if feminine.iter().any(|ending| noun[..end].ends_with(ending)) { "eine" } else { "ein" })
}
