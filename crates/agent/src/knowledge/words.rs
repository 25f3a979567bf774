//! Which words of a text count in a search, and in which form?

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// A stem has at least so many letters.
const SHORTEST_STEM: usize = 4;

#[derive(Debug, Default, Deserialize)]
struct Lists {
    stop_words: BTreeSet<String>,
    endings: Vec<String>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let lists: Lists = toml::from_str(include_str!("../../data/words.toml")).unwrap_or_default();
    Lists { stop_words: lists.stop_words.iter().map(|word| folded(word)).collect(), ..lists }
});

/// The terms of a text: folded, without words that say nothing, cut to their stems.
pub(super) fn terms(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(folded)
        .filter(|word| !LISTS.stop_words.contains(word))
        .map(|word| stem(&word).to_owned())
        .collect()
}

/// Small letters without accents. An umlaut becomes its vowel, written as "ä" or "ae", so that "Parkplatz" finds
/// "Parkplätze".
fn folded(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'e' if out.ends_with(['a', 'o', 'u']) => {}
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ä' => out.push('a'),
            'ç' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => out.push('u'),
            '\u{300}'..='\u{36f}' => {}
            c => out.push(c),
        }
    }
    out
}

/// The word without its endings, at most two of them.
fn stem(word: &str) -> &str {
    let mut stem = word;
    if word.bytes().any(|b| b.is_ascii_digit()) {
        return word;
    }
    for _ in 0..2 {
        let shorter = LISTS.endings.iter().find_map(|end| {
            stem.strip_suffix(end.as_str()).filter(|rest| rest.chars().count() >= SHORTEST_STEM)
        });
        match shorter {
            Some(rest) => stem = rest,
            None => break,
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for pair in [
            ["Preise", "Preisen"],
            ["opening", "opens"],
            ["Öffnungszeit", "oeffnungszeiten"],
            ["Straße", "strasse"],
            ["Termine", "Termin"],
            ["Parkplätze", "Parkplatz"],
            ["parking", "park"],
            ["Café", "cafe"],
        ] {
            assert_eq!(terms(pair[0]), terms(pair[1]), "{pair:?}");
        }
        assert_eq!(terms("What is the price, and wie ist der?"), terms("price"));
        assert_ne!(terms("2026"), terms("2025"));
        assert!(terms("").is_empty());
    }
}
