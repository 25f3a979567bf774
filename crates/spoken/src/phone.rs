//! How is a telephone number said?

use crate::numbers::spelled;
use crate::place::{Place, Said, Tongue, digits, ends};

/// Digits of the shortest and longest number.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=15;

/// `+49 30 1234567`, `0170/1234567`, `(030) 123-4567`; in English also `555-123-4567`. Digit by digit, in the
/// groups it is written in, with short pauses.
pub(crate) fn phone(place: Place<'_>) -> Said {
    let (length, groups) = groups(place.rest)?;
    let total: usize = groups.iter().map(String::len).sum();
    let leads = place.rest.starts_with('+') || groups[0].starts_with('0') && groups[0].len() > 1;
    let sizes: Vec<usize> = groups.iter().map(String::len).collect();
    let american = place.tongue == Tongue::En && matches!(&sizes[..], [3, 3, 4] | [3, 4]);
    let long = sizes.len() == 1 && total >= 10;
    if !(leads && DIGITS.contains(&total) || american || long) {
        return None;
    }
    let plus = if place.rest.starts_with('+') { "plus " } else { "" };
    let said: Vec<String> =
        groups.iter().flat_map(|group| apart(group)).map(|g| spelled(&g, place.tongue)).collect();
    Some((length, format!("{plus}{}", said.join(", "))))
}

/// The groups of digits a text begins with, and their length with the marks between them.
fn groups(text: &str) -> Option<(usize, Vec<String>)> {
    let mut groups: Vec<String> = Vec::new();
    let mut at = usize::from(text.starts_with('+'));
    let mut end = 0;
    loop {
        let open = usize::from(text[at..].starts_with('('));
        let group = digits(&text[at + open..]);
        if group.is_empty() {
            break;
        }
        let close = usize::from(open > 0 && text[at + open + group.len()..].starts_with(')'));
        if open > 0 && close == 0 {
            break;
        }
        // The zero in brackets is the one that is not dialled after a country's code.
        if !(open > 0 && group == "0" && text.starts_with('+')) {
            groups.push(group.to_owned());
        }
        at += open + group.len() + close;
        end = at;
        let mark =
            text[at..].find(|c| !matches!(c, ' ' | '-' | '/' | '\u{a0}' | '–')).unwrap_or(text.len() - at);
        let one = text[at..at + mark].trim_matches([' ', '\u{a0}']).chars().count() <= 1;
        if !one || mark == 0 && !text[at..].starts_with('(') && close == 0 {
            break;
        }
        at += mark;
    }
    let rest = &text[end..];
    // What goes on as a number, a time or an amount is none.
    let more = rest.starts_with([':', '%', '€', '$', '°'])
        || (rest.starts_with(['.', ',']) && !digits(&rest[1..]).is_empty());
    (!groups.is_empty() && ends(rest) && !more).then_some((end, groups))
}

/// A long group in parts of three, at the end of two or four.
fn apart(group: &str) -> Vec<String> {
    if group.len() <= 4 {
        return vec![group.to_owned()];
    }
    let mut parts = Vec::new();
    let mut rest = group;
    while rest.len() > 4 {
        let (part, more) = rest.split_at(3);
        parts.push(part.to_owned());
        rest = more;
    }
    if rest.len() == 4 && !parts.is_empty() {
        let (part, more) = rest.split_at(2);
        parts.extend([part.to_owned(), more.to_owned()]);
    } else {
        parts.push(rest.to_owned());
    }
    parts
}
