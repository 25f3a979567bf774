//! How is a date said?

use crate::numbers::{ordinal, year};
use crate::ordinal::ending;
use crate::place::{Place, Said, Tongue, after_word, digits, ends, short, skip_blank};

const DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The month a text begins with, and what follows it.
pub(crate) fn month(text: &str, tongue: Tongue) -> Option<(&'static str, &str)> {
    let named = tongue.pick(DE, EN).into_iter().find_map(|name| Some((name, after_word(text, name)?)));
    let austrian = || after_word(text, "Jänner").map(|rest| ("Jänner", rest));
    named.or_else(|| (tongue == Tongue::De).then(austrian).flatten())
}

/// A date that begins with a digit: `12.05.2024`, `12.5.`, `2024-05-12`, `05/12/2024`, `12. Mai 2024`, `12 May`.
pub(crate) fn date(place: Place<'_>) -> Said {
    let (day, month, year, length) = iso(place.rest, place.tongue)
        .or_else(|| match place.tongue {
            Tongue::De => dotted(place.rest),
            Tongue::En => slashed(place.rest),
        })
        .or_else(|| worded(place))?;
    let said = match place.tongue {
        Tongue::De => format!("{} {month}", ending(place, &ordinal(day, Tongue::De), true)),
        Tongue::En if month_first(place.rest) => format!("{month} {}", ordinal(day, Tongue::En)),
        Tongue::En => format!("{} of {month}", ordinal(day, Tongue::En)),
    };
    let comma = place.tongue.pick(" ", ", ");
    let said = year.map_or_else(|| said.clone(), |n| format!("{said}{comma}{}", self::year(n, place.tongue)));
    Some((length, said))
}

/// `May 12, 2024`, `May 12th`: what follows the month.
pub(crate) fn month_then_day(place: Place<'_>) -> Said {
    let (name, rest) = month(place.rest, place.tongue).filter(|_| place.tongue == Tongue::En)?;
    let text = skip_blank(rest);
    let (length, day) = short(text).filter(|(_, day)| is_day(*day))?;
    let mut after = &text[length..];
    after = ["st", "nd", "rd", "th"].iter().find_map(|end| after_word(after, end)).unwrap_or(after);
    if !ends(after) || after.starts_with([':', '%', '/']) || rest.len() == text.len() {
        return None;
    }
    let mut said = format!("{name} {}", ordinal(day, Tongue::En));
    if let Some((n, rest)) = after.strip_prefix(',').and_then(|rest| four(skip_blank(rest))) {
        said = format!("{said}, {}", year(n, Tongue::En));
        after = rest;
    }
    Some((place.rest.len() - after.len(), said))
}

type Date = (u64, &'static str, Option<u64>, usize);

fn is_day(day: u64) -> bool {
    (1..=31).contains(&day)
}

fn name(month: u64, tongue: Tongue) -> Option<&'static str> {
    tongue.pick(DE, EN).get(usize::try_from(month).ok()?.checked_sub(1)?).copied()
}

/// A year of four digits and what follows.
fn four(text: &str) -> Option<(u64, &str)> {
    let digits = digits(text);
    let rest = &text[digits.len()..];
    (digits.len() == 4 && ends(rest) && !digits.starts_with('0'))
        .then(|| Some((digits.parse().ok()?, rest)))?
}

/// `2024-05-12`.
fn iso(text: &str, tongue: Tongue) -> Option<Date> {
    let (year, rest) = four(text)?;
    let (length, month) = short(rest.strip_prefix('-')?)?;
    let rest = rest[1 + length..].strip_prefix('-')?;
    let (length, day) = short(rest).filter(|(_, day)| is_day(*day))?;
    let rest = &rest[length..];
    let good = ends(rest) && !rest.starts_with('-');
    good.then(|| Some((day, name(month, tongue)?, Some(year), text.len() - rest.len())))?
}

/// `12.05.2024`, `12.5.24`, `12.5.`
fn dotted(text: &str) -> Option<Date> {
    let (length, day) = short(text).filter(|(_, day)| is_day(*day))?;
    let rest = text[length..].strip_prefix('.').map(skip_blank)?;
    let (length, month) = short(rest)?;
    let rest = rest[length..].strip_prefix('.')?;
    let month = name(month, Tongue::De)?;
    let year = digits(skip_blank(rest));
    let n = year.parse().ok().filter(|_| matches!(year.len(), 2 | 4));
    let n = n.map(|n: u64| if year.len() == 2 { 2000 + n } else { n });
    if n.is_none() && !year.is_empty() {
        return None;
    }
    let rest = if n.is_some() { &skip_blank(rest)[year.len()..] } else { rest };
    ends(rest).then_some((day, month, n, text.len() - rest.len()))
}

/// `05/12/2024`: the month comes first, unless it cannot be one.
fn slashed(text: &str) -> Option<Date> {
    let (length, first) = short(text)?;
    let rest = text[length..].strip_prefix('/')?;
    let (length, second) = short(rest)?;
    let (year, rest) = four(rest[length..].strip_prefix('/')?)?;
    let (month, day) = if first > 12 { (second, first) } else { (first, second) };
    let good = is_day(day) && !rest.starts_with('/');
    good.then(|| Some((day, name(month, Tongue::En)?, Some(year), text.len() - rest.len())))?
}

/// Whether the month is said before the day.
fn month_first(text: &str) -> bool {
    slashed(text).is_some() || iso(text, Tongue::En).is_some()
}

/// `12. Mai 2024`, `12 May 2024`, `12th May`.
fn worded(place: Place<'_>) -> Option<Date> {
    let text = place.rest;
    let (length, day) = short(text).filter(|(_, day)| is_day(*day))?;
    let rest = &text[length..];
    let rest = match place.tongue {
        Tongue::De => rest.strip_prefix('.')?,
        Tongue::En => ["st", "nd", "rd", "th"].iter().find_map(|end| after_word(rest, end)).unwrap_or(rest),
    };
    let (month, rest) =
        month(skip_blank(rest), place.tongue).filter(|_| rest.starts_with([' ', '\u{a0}']))?;
    match four(skip_blank(rest)) {
        Some((n, rest)) => Some((day, month, Some(n), text.len() - rest.len())),
        None => Some((day, month, None, text.len() - rest.len())),
    }
}
