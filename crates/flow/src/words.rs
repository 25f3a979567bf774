//! Which words does a text consist of, written the way they are compared?

/// The words of a text: lower case, without punctuation, umlauts written out (`fünf` is `fuenf`), so that
/// spellings of recognisers and of people meet. Digits and letters never share a word; `+` stays in front of
/// digits.
#[must_use]
pub(crate) fn words(text: &str) -> Vec<String> {
    split(text).iter().map(|w| fold(w)).collect()
}

/// The words of a text as they are spelt: lower case, without punctuation.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().flat_map(char::to_lowercase).peekable();
    while let Some(c) = chars.next() {
        let last_is_digit = word.chars().last().map(|l| l.is_numeric() || l == '+');
        if c.is_alphanumeric() && last_is_digit.is_some_and(|digit| digit != c.is_numeric()) {
            out.push(std::mem::take(&mut word));
        }
        match c {
            c if c.is_alphanumeric() || c == '\u{308}' => word.push(c),
            '\'' | '’' if !word.is_empty() && chars.peek().is_some_and(|n| n.is_alphabetic()) => {
                word.push('\'')
            }
            '+' if word.is_empty() && chars.peek().is_some_and(|n| n.is_numeric()) => word.push('+'),
            _ if !word.is_empty() => out.push(std::mem::take(&mut word)),
            _ => {}
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Umlauts and ß written out.
pub(crate) fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    for c in word.chars() {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            // A combining diaeresis, as some recognisers and keyboards write umlauts.
            '\u{308}' => out.push('e'),
            c => out.push(c),
        }
    }
    out
}
