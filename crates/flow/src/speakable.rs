//! Can a text be spoken, and where does it break into sentences?

/// Signs besides letters, digits and blanks that voices read well or pause at.
const SIGNS: &str = ".,;:!?'\"’‘„“”‚–—-()/&%€$+@#°§…";

/// The first character no voice can speak: emoji, markup, control characters.
pub(crate) fn unspeakable(text: &str) -> Option<char> {
    text.chars().find(|c| !speaks(*c))
}

fn speaks(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || c == '\n' || c == '\u{301}' || c == '\u{308}' || SIGNS.contains(c)
}

/// The text with everything left out that cannot be spoken.
pub(crate) fn clean(text: &str) -> String {
    let kept: String = text.chars().filter(|c| speaks(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether round brackets are balanced.
pub(crate) fn balanced(text: &str) -> bool {
    let mut open = 0_i32;
    for c in text.chars() {
        open += i32::from(c == '(') - i32::from(c == ')');
        if open < 0 {
            return false;
        }
    }
    open == 0
}

/// Breaks a text into sentences. When in doubt it does not: "z. B.", "Dr. Frost", "5. Mai", "9.30".
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut sentence = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        let next_starts = words.peek().is_some_and(|next| {
            next.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| c.is_uppercase() || c.is_numeric())
        });
        if next_starts && ends_sentence(word) {
            out.push(std::mem::take(&mut sentence));
        }
    }
    if !sentence.is_empty() {
        out.push(sentence);
    }
    out
}

fn ends_sentence(word: &str) -> bool {
    let word = word.trim_end_matches(['"', '”', '“', '’', ')']);
    let Some(last) = word.chars().last() else { return false };
    let stem: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    match last {
        '!' | '?' | '…' => true,
        // Abbreviations and ordinals also end with a full stop.
        '.' => stem.chars().count() > 3 && !stem.chars().all(char::is_numeric),
        _ => false,
    }
}
