//! How does an ordinal number end?

use crate::date::month;
use crate::numbers::ordinal;
use crate::place::{Place, Said, Tongue, digits, skip_blank};

/// Words after which a German ordinal number ends in `-en`.
const EN_AFTER: [&str; 24] = [
    "am",
    "im",
    "dem",
    "den",
    "des",
    "zum",
    "vom",
    "beim",
    "bis",
    "zur",
    "ab",
    "seit",
    "jeden",
    "jedem",
    "diesen",
    "diesem",
    "nächsten",
    "letzten",
    "einem",
    "unserem",
    "unserer",
    "unseren",
    "ihrem",
    "ihren",
];
/// Words after which `der` stands for the dative: "in der zweiten Etage".
const DATIVE: [&str; 14] =
    ["in", "an", "auf", "aus", "bei", "mit", "nach", "von", "zu", "seit", "unter", "über", "vor", "während"];
/// Words that join one ordinal number to another, which ends alike.
const JOINS: [&str; 4] = ["und", "oder", "sowie", "bis"];

/// `3. Stock` after a word that shows it is no sentence's end, and `3rd`.
pub(crate) fn numbered(place: Place<'_>) -> Said {
    let digits = digits(place.rest);
    let n: u64 = digits.parse().ok().filter(|_| digits.len() <= 4 && !digits.starts_with('0'))?;
    let rest = &place.rest[digits.len()..];
    match place.tongue {
        Tongue::En => {
            let end = ["st", "nd", "rd", "th"]
                .into_iter()
                .find(|end| crate::place::after_word(rest, end).is_some())?;
            Some((digits.len() + end.len(), ordinal(n, Tongue::En)))
        }
        Tongue::De => {
            let after = rest.strip_prefix('.').filter(|after| after.starts_with([' ', '\u{a0}']))?;
            let after = skip_blank(after);
            let sure = known(place).is_some() || month(after, Tongue::De).is_some();
            let goes_on = after.starts_with(char::is_alphabetic);
            (sure && goes_on).then(|| (digits.len() + 1, ending(place, &ordinal(n, Tongue::De), false)))
        }
    }
}

/// The German ordinal number (`zwölfte`) with the ending that fits what stands before. `month`: it goes with a
/// month, or else with any noun.
pub(crate) fn ending(place: Place<'_>, word: &str, month: bool) -> String {
    let end = known(place).unwrap_or(if month { "r" } else { "" });
    format!("{word}{end}")
}

/// The letters after `-te` by what stands before, if that says anything.
fn known(place: Place<'_>) -> Option<&'static str> {
    // A mark in between parts the number from the word.
    if !place.before.ends_with([' ', '\u{a0}'])
        || place.before.trim_end().ends_with(['.', ',', ':', ';', '!', '?'])
    {
        let comma_list = place.before.trim_end().strip_suffix(',').filter(|before| before.ends_with('.'));
        return comma_list.and_then(|before| before_number(Place { before, ..place }));
    }
    let last = place.word_before().to_lowercase();
    if EN_AFTER.contains(&&*last) {
        return Some("n");
    }
    match &*last {
        "der" if DATIVE.contains(&&*place.two_before().to_lowercase()) => Some("n"),
        "der" | "die" | "das" | "diese" | "dieser" | "jede" | "jeder" | "nächste" | "unsere" | "ihre" => {
            Some("")
        }
        "ein" | "mein" | "ihr" | "sein" | "kein" => Some("r"),
        _ if JOINS.contains(&&*last) => {
            let before = place.before.trim_end();
            before_number(Place { before: before[..before.len() - last.len()].trim_end(), ..place })
        }
        _ => None,
    }
}

/// The same for the ordinal number that a text ends with: `am 3.`
fn before_number(place: Place<'_>) -> Option<&'static str> {
    let before = place.before.strip_suffix('.')?;
    let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
    known(Place { before, ..place })
}
