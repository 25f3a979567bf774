//! How is a time of day said?

use crate::numbers::{cardinal, spelled};
use crate::place::{Place, Said, Tongue, after_word, digits, ends, short, skip_blank};

/// `14:30 Uhr`, `14.30 Uhr`, `9:05`, `2:30 pm`, `10 a.m.`
pub(crate) fn time(place: Place<'_>) -> Said {
    let (length, hour) = short(place.rest).filter(|(_, hour)| *hour <= 24)?;
    let rest = &place.rest[length..];
    let minutes = |mark: char| {
        let after = rest.strip_prefix(mark)?;
        let two = digits(after);
        let minute = two.parse::<u64>().ok().filter(|minute| two.len() == 2 && *minute < 60)?;
        Some((minute, &after[2..]))
    };
    let dotted = minutes('.').filter(|(_, after)| oclock(place.tongue, after).is_some());
    let (minute, mut after) = match minutes(':').or(dotted) {
        Some((minute, after)) => (Some(minute), after),
        None => (None, rest),
    };
    if let Some(more) = after.strip_prefix(':').filter(|_| minute.is_some()) {
        // Seconds are for tables, nobody says them; what is no second makes this no time.
        let two = digits(more);
        if two.len() != 2 {
            return None;
        }
        after = &more[2..];
    }
    let end = oclock(place.tongue, after);
    if minute.is_none() && end.is_none() || end.is_none() && (!ends(after) || after.starts_with(['°', '%']))
    {
        return None;
    }
    let (after, half) = end.unwrap_or((after, ""));
    let said = match place.tongue {
        Tongue::De => german(hour, minute.unwrap_or(0)),
        Tongue::En => english(hour, minute.unwrap_or(0), half),
    };
    Some((place.rest.len() - after.len(), said))
}

/// What marks a number as a time of day: what comes after it, and which half of the day it names.
fn oclock(tongue: Tongue, text: &str) -> Option<(&str, &'static str)> {
    let text = skip_blank(text);
    if tongue == Tongue::De {
        return after_word(text, "Uhr").map(|rest| (rest, ""));
    }
    let halves =
        [("a.m.", "a.m."), ("p.m.", "p.m."), ("am", "a.m."), ("pm", "p.m."), ("AM", "a.m."), ("PM", "p.m.")];
    halves.iter().find_map(|(written, half)| Some((after_word(text, written)?, *half)))
}

fn german(hour: u64, minute: u64) -> String {
    let hour = if hour == 1 { "ein".to_owned() } else { cardinal(hour, Tongue::De) };
    if minute == 0 { format!("{hour} Uhr") } else { format!("{hour} Uhr {}", cardinal(minute, Tongue::De)) }
}

fn english(hour: u64, minute: u64, half: &str) -> String {
    let hour_word = cardinal(hour, Tongue::En);
    let blank = if half.is_empty() { "" } else { " " };
    match minute {
        0 if half.is_empty() && (1..=12).contains(&hour) => format!("{hour_word} o'clock"),
        0 if half.is_empty() => format!("{hour_word} hundred"),
        0 => format!("{hour_word}{blank}{half}"),
        1..10 => format!("{hour_word} oh {}{blank}{half}", spelled(&minute.to_string(), Tongue::En)),
        _ => format!("{hour_word} {}{blank}{half}", cardinal(minute, Tongue::En)),
    }
}
