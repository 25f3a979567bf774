//! Which calls does a query ask for?

use std::collections::HashMap;

use tom_store::{Filter, Key, State};
use tom_wire::ErrorCode;

use super::cursor;
use crate::refuse::Refusal;

/// Calls on a page where the query names no number, and at most.
const PAGE: usize = 50;
pub(crate) const MOST: usize = 200;
/// Longest word taken.
const WORD: usize = 100;

/// What may stand in the query, besides the token.
const NAMES: [&str; 12] = [
    "state",
    "transport",
    "language",
    "variant",
    "reason",
    "outcome",
    "rating",
    "from",
    "to",
    "q",
    "limit",
    "cursor",
];

/// A question for calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) filter: Filter,
    pub(crate) after: Option<Key>,
    pub(crate) limit: usize,
}

/// Reads the query; an empty value counts as none.
pub(crate) fn read(query: &HashMap<String, String>) -> Result<Question, Refusal> {
    if let Some(name) = query.keys().find(|name| !NAMES.contains(&name.as_str()) && !is_token(name)) {
        return Err(bad(&format!("there is no parameter {name:?}: these are {}", NAMES.join(", "))));
    }
    let given = |name: &str| query.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let word = |name: &str| match given(name) {
        Some(text) if text.chars().count() > WORD => {
            Err(bad(&format!("{name} has at most {WORD} characters")))
        }
        other => Ok(other.map(str::to_owned)),
    };
    let number = |name: &str, from: usize, to: usize| match given(name).map(str::parse::<usize>) {
        None => Ok(None),
        Some(Ok(n)) if (from..=to).contains(&n) => Ok(Some(n)),
        Some(_) => Err(bad(&format!("{name} must be a whole number from {from} to {to}"))),
    };
    let moment = |name: &str| given(name).map(|text| moment(name, text)).transpose();
    let state = given("state").map(|text| {
        let state = State::ALL.into_iter().find(|state| state.as_str() == text);
        state.ok_or_else(|| bad("state must be live, ended or lost"))
    });
    let after = given("cursor").map(|text| {
        cursor::read(text).ok_or_else(|| bad("cursor must be the value of next in an earlier answer"))
    });
    Ok(Question {
        filter: Filter {
            state: state.transpose()?,
            transport: word("transport")?,
            language: word("language")?,
            variant: word("variant")?,
            reason: word("reason")?,
            outcome: word("outcome")?,
            rating: number("rating", 1, 5)?.and_then(|rating| u8::try_from(rating).ok()),
            from_ms: moment("from")?,
            to_ms: moment("to")?,
            q: word("q")?,
        },
        after: after.transpose()?,
        limit: number("limit", 1, MOST)?.unwrap_or(PAGE),
    })
}

fn is_token(name: &str) -> bool {
    matches!(name, "token" | "t")
}

/// A moment in milliseconds since 1970: RFC 3339 with an offset, or a date, whose day begins in UTC.
fn moment(name: &str, text: &str) -> Result<u64, Refusal> {
    let timestamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        // A date alone; anything longer has a time, and then it needs an offset.
        let date = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    });
    timestamp.and_then(|timestamp| u64::try_from(timestamp.as_millisecond()).ok()).ok_or_else(|| {
        bad(&format!("{name} must be a moment such as 2026-11-26T08:00:00Z, or a date such as 2026-11-26"))
    })
}

fn bad(message: &str) -> Refusal {
    Refusal::new(axum::http::StatusCode::BAD_REQUEST, ErrorCode::BadParameter, message)
}

#[cfg(test)]
mod tests;
