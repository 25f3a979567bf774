//! How are telephone numbers hidden in texts that are kept?

use std::borrow::Cow;
use std::ops::Range;

/// A run of fewer digits than this is no telephone number.
const FEWEST: usize = 7;

/// Spoken digits, English and German. Words that mean something else more often ("oh", "ein") are left out.
const SPOKEN: [&str; 20] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "null", "eins", "zwei",
    "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht",
];

/// A group of digits, or a spoken one.
struct Group {
    range: Range<usize>,
    digits: usize,
    spoken: bool,
}

/// Hides every run of seven or more digits, written or spoken, with at most blanks and `- / . , ( ) +`
/// between: each written digit becomes `x`, a spoken one `x` and a `_` for each further byte. Dates
/// (`12.05.2026`, `2026-05-12`) and shorter numbers stay.
///
/// The length in bytes stays the same, hiding twice changes nothing more, and hiding the parts of a text
/// before joining them by a blank gives the same as hiding the whole alone: so a call that is replayed from
/// hidden texts reads as the one that was held.
#[must_use]
pub fn mask_numbers(text: &str) -> Cow<'_, str> {
    mask_runs(text, FEWEST)
}

/// Hides every digit, written or spoken, dates apart, in the same way: for texts that may hold a piece of a
/// number.
#[must_use]
pub fn mask_digits(text: &str) -> Cow<'_, str> {
    mask_runs(text, 1)
}

/// How many digits the text holds, written or spoken.
pub(crate) fn digits(text: &str) -> usize {
    groups(text).iter().map(|g| g.digits).sum()
}

fn mask_runs(text: &str, fewest: usize) -> Cow<'_, str> {
    let groups = groups(text);
    let mut masked: Option<String> = None;
    let mut i = 0;
    while i < groups.len() {
        let date = date_at(text, &groups, i);
        let mut end = i + if date { 3 } else { 1 };
        if !date {
            while end < groups.len() && joined(text, &groups, end) && !date_at(text, &groups, end) {
                end += 1;
            }
            let run = &groups[i..end];
            if run.iter().map(|g| g.digits).sum::<usize>() >= fewest {
                let out = masked.get_or_insert_with(|| text.to_owned());
                for group in run {
                    let hidden = if group.spoken {
                        format!("x{}", "_".repeat(group.range.len() - 1))
                    } else {
                        "x".repeat(group.range.len())
                    };
                    out.replace_range(group.range.clone(), &hidden);
                }
            }
        }
        i = end;
    }
    masked.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// All words that are digits, in order.
fn groups(text: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut rest = 0;
    while let Some(from) = text[rest..].find(char::is_alphanumeric).map(|i| i + rest) {
        let to = text[from..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |i| i + from);
        let word = &text[from..to];
        let written = word.bytes().all(|b| b.is_ascii_digit() || b == b'x');
        let spoken = !written && SPOKEN.contains(&word.to_lowercase().as_str());
        if written || spoken {
            let digits = if written { word.len() } else { 1 };
            groups.push(Group { range: from..to, digits, spoken });
        }
        rest = to;
    }
    groups
}

/// Whether a group follows the one before it with nothing but separators between.
fn joined(text: &str, groups: &[Group], i: usize) -> bool {
    i > 0 && between(text, groups, i).chars().all(|c| c.is_whitespace() || "-/.,()+_".contains(c))
}

fn between<'t>(text: &'t str, groups: &[Group], i: usize) -> &'t str {
    &text[groups[i - 1].range.end..groups[i].range.start]
}

/// Whether three groups from there on are a date.
fn date_at(text: &str, groups: &[Group], i: usize) -> bool {
    let [a, b, c] = match groups.get(i..i + 3) {
        Some([a, b, c]) => [a, b, c],
        _ => return false,
    };
    let (first, second) = (between(text, groups, i + 1), between(text, groups, i + 2));
    let parted = first == second && matches!(first, "." | "/" | "-");
    let written = |g: &Group| !g.spoken && text[g.range.clone()].bytes().all(|b| b.is_ascii_digit());
    let number = |g: &Group| text[g.range.clone()].parse::<u32>().unwrap_or(u32::MAX);
    let (day, month) = (1..=31, 1..=12);
    let european = day.contains(&number(a)) && month.contains(&number(b)) && matches!(c.digits, 2 | 4);
    let american = month.contains(&number(a)) && day.contains(&number(b)) && matches!(c.digits, 2 | 4);
    let iso = a.digits == 4 && month.contains(&number(b)) && day.contains(&number(c));
    let alone = |i: usize| groups.len() <= i || between(text, groups, i) != first;
    parted
        && [a, b, c].into_iter().all(written)
        && (european || american || iso)
        && alone(i + 3)
        && (i == 0 || between(text, groups, i) != first)
}
