//! Does this full stop end a sentence?

use super::Mark;
use super::rules::Rules;

/// Judges the full stop between two texts; `over`: nothing follows `after`. `Err`: more text is needed.
pub(super) fn full_stop(before: &str, after: &str, over: bool, rules: &Rules) -> Result<Option<Mark>, More> {
    match after.chars().next() {
        None if over => return Ok(Some(Mark::Sentence)),
        None => return Err(More),
        // Inside a number, an abbreviation, an address, an ellipsis.
        Some(next) if !next.is_whitespace() => return Ok(None),
        Some(_) => {}
    }
    let Some(word) = before.split(char::is_whitespace).next_back() else { return Ok(None) };
    let word = word.trim_start_matches(['(', '[', '"', '\'']).to_lowercase();
    let next = || match after.trim_start().chars().next() {
        Some(c) => Ok(Some(c)),
        None if over => Ok(None),
        None => Err(More),
    };
    let goes_on = || next().map(|c| c.is_some_and(char::is_lowercase));
    let end = |unless: bool| Ok((!unless).then_some(Mark::Sentence));
    if word.ends_with("..") {
        return Ok(Some(if goes_on()? { Mark::Clause } else { Mark::Sentence }));
    }
    if rules.may_end.contains(&word) {
        return end(goes_on()?);
    }
    if rules.abbreviations.contains(&word) || (is_letters(&word) && !rules.letters.contains(&word)) {
        return Ok(None);
    }
    if rules.leads_to_number(&word) && next()?.is_some_and(|c| c.is_ascii_digit()) {
        return Ok(None);
    }
    if is_number(&word) {
        // The number of a list's item.
        if before.len() == word.len() {
            return Ok(None);
        }
        if rules.ordinals() && is_ordinal(before, &word, after, over, rules)? {
            return Ok(None);
        }
    }
    end(goes_on()?)
}

/// More text is needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct More;

/// `z`, `z.b`, `i.d.r`: letters parted by full stops.
fn is_letters(word: &str) -> bool {
    word.split('.').all(|part| {
        let mut chars = part.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    })
}

/// `3`, `12.03`.
fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Whether a number with a full stop is an ordinal, as in "am 3. Mai".
fn is_ordinal(before: &str, word: &str, after: &str, over: bool, rules: &Rules) -> Result<bool, More> {
    let short = word.split('.').all(|part| part.len() <= 2);
    if !short {
        return Ok(false);
    }
    let start = before.len().saturating_sub(word.len());
    let previous = before.get(..start).and_then(|b| b.split_whitespace().next_back()).unwrap_or_default();
    let previous = previous.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if rules.ordinal_after.contains(&previous) {
        return Ok(true);
    }
    let after = after.trim_start();
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(true);
    }
    let end = after.find(|c: char| !c.is_alphabetic());
    if end.is_none() && !over {
        return Err(More);
    }
    let next = after[..end.unwrap_or(after.len())].to_lowercase();
    Ok(rules.ordinal_before.contains(&next))
}
