//! In which order is a text searched for what is said otherwise than it is written?

use crate::place::{Place, Said, Tongue, digits, skip_blank};
use crate::{Spoken, abbreviations, address, clock, date, figure, money, ordinal, phone};

/// The text in words. Looks at each place where a word or number may begin; the first rule that fits has it.
pub(crate) fn scan(text: &str, tongue: Tongue) -> Spoken {
    let mut spoken = Spoken::default();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let place = Place { tongue, before: &text[..at], rest: &text[at..] };
        let starts = !place.before.ends_with(char::is_alphanumeric);
        match if starts || !c.is_alphanumeric() { rule(place, c) } else { None } {
            Some((length, words)) if length > 0 => {
                spoken.replace(at, &words);
                at += length;
            }
            _ => {
                spoken.copy(at, &text[at..at + c.len_utf8()]);
                at += c.len_utf8();
            }
        }
    }
    spoken
}

/// What is said for what begins here, if that is not as it is written.
fn rule(place: Place<'_>, c: char) -> Said {
    if c.is_ascii_digit() {
        return date::date(place)
            .or_else(|| clock::time(place))
            .or_else(|| ordinal::numbered(place))
            .or_else(|| money_or_phone(place))
            .or_else(|| version(place))
            .or_else(|| figure::number(place));
    }
    if c.is_alphabetic() {
        return address::address(place)
            .or_else(|| abbreviations::abbreviation(place))
            .or_else(|| date::month_then_day(place))
            .or_else(|| money::sign_first(place));
    }
    match c {
        '+' | '(' => phone::phone(place).or_else(|| sign(place, c)),
        '€' | '$' | '£' => money::sign_first(place),
        _ => sign(place, c),
    }
}

/// An address may begin with a digit; a number with a sign of money is no telephone number.
fn money_or_phone(place: Place<'_>) -> Said {
    let host =
        || address::address(place).filter(|(length, _)| place.rest[..*length].contains(char::is_alphabetic));
    host().or_else(|| phone::phone(place))
}

/// `1.2.3`, as of programs and machines' addresses.
fn version(place: Place<'_>) -> Said {
    let mut length = digits(place.rest).len();
    let mut parts = vec![&place.rest[..length]];
    while let Some(part) = place.rest[length..].strip_prefix('.').map(digits).filter(|part| !part.is_empty())
    {
        parts.push(part);
        length += 1 + part.len();
    }
    let thousands = place.tongue == Tongue::De && parts[1..].iter().all(|part| part.len() == 3);
    if parts.len() < 3 || thousands || !crate::place::ends(&place.rest[length..]) {
        return None;
    }
    let words = parts.iter().map(|part| {
        let number =
            part.parse().ok().filter(|_| part.len() <= 4 && (part.len() == 1 || !part.starts_with('0')));
        number.map_or_else(
            || crate::numbers::spelled(part, place.tongue),
            |n| crate::numbers::cardinal(n, place.tongue),
        )
    });
    let point = place.tongue.pick(" Punkt ", " dot ");
    Some((length, words.collect::<Vec<_>>().join(point)))
}

/// Marks that are words.
fn sign(place: Place<'_>, c: char) -> Said {
    let tongue = place.tongue;
    let after = &place.rest[c.len_utf8()..];
    let number = after.starts_with(|c: char| c.is_ascii_digit());
    let spaced = skip_blank(after).starts_with(|c: char| c.is_ascii_digit());
    let behind = place.before.trim_end().ends_with(|c: char| c.is_ascii_digit());
    let free = !place.before.ends_with(char::is_alphanumeric);
    let word = match c {
        '-' | '–' if number && place.before.ends_with(|c: char| c.is_ascii_digit()) => {
            tongue.pick(" bis ", " to ")
        }
        '-' | '–' if spaced && !number && behind && place.before.ends_with(' ') => tongue.pick("bis", "to"),
        '-' | '−' if number && free => "minus ",
        '−' => "minus",
        '+' if number && free => "plus ",
        '+' if behind && spaced => "plus",
        '&' if after.starts_with(' ') && place.before.ends_with(' ') => tongue.pick("und", "and"),
        '&' => tongue.pick(" und ", " and "),
        '§' if after.starts_with(' ') => tongue.pick("Paragraf", "section"),
        '§' => tongue.pick("Paragraf ", "section "),
        '×' if behind && spaced => tongue.pick("mal", "times"),
        '=' if free => tongue.pick("gleich", "equals"),
        '#' if number => tongue.pick("Nummer ", "number "),
        _ => return None,
    };
    Some((c.len_utf8(), word.to_owned()))
}
