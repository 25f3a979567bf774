//! Which name did somebody mean?

/// The name nearest to a word, if one is near: at most a third of its letters are different.
pub(crate) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: String = word.chars().take(100).collect();
    let most = (word.chars().count() / 3).max(1);
    names
        .map(|name| (strsim::levenshtein(&word, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= most)
        .map(|(_, name)| name)
}
