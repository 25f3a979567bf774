//! Which known word was probably meant by an unknown one?

/// "Did you mean …?" if a known word is close, else the known words.
pub(crate) fn remedy<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match closest(word, &known) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None if known.is_empty() => "Leave it out.".into(),
        None => format!("Known are: {}.", known.join(", ")),
    }
}

fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|k| (*k, strsim::jaro_winkler(word, k), strsim::damerau_levenshtein(word, k)))
        .filter(|(_, likeness, edits)| *likeness > 0.85 || *edits <= 2.min(word.chars().count() / 2))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(k, ..)| k)
}
