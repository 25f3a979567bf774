//! How is a text pronounced, word by word?
//!
//! The engine gives the sounds of a text without its marks and without saying which word they belong to. Voices that
//! are given sounds want the marks too, and calls want to know what was heard. So the text goes to the engine part by
//! part, and words are matched by their order, or by their share of the letters where the engine made several words
//! one ("of the") or one several.

use tom_worker::Fault;

use crate::text::Piece;

/// The sounds of a piece: where in the original each word begins, and its sounds with the mark and blank after it.
/// `sounds_of` is the engine.
pub(crate) fn pronounce(
    piece: Piece<'_>,
    mut sounds_of: impl FnMut(&str) -> Result<String, Fault>,
) -> Result<Vec<(usize, String)>, Fault> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for part in parts(piece.chars()) {
        let chars = &piece.chars()[part.from..part.to];
        let words = words(chars);
        if words.is_empty() {
            // Of several marks in a row the last one counts: "a.m.?"
            if let (Some(mark), Some((_, last))) = (part.mark, all.last_mut()) {
                let end = last.trim_end_matches(|c| self::mark(c).is_some()).len();
                last.truncate(end);
                last.push(mark);
            }
            continue;
        }
        let sounds = plain(&sounds_of(&chars.iter().collect::<String>())?);
        let sounds: Vec<&str> = sounds.split_whitespace().collect();
        for (sound, word) in sounds.iter().zip(matched(&sounds, &words)) {
            if let Some((_, last)) = all.last_mut() {
                last.push(' ');
            }
            all.push((piece.origins()[part.from + word], (*sound).to_owned()));
        }
        if let (Some(mark), Some((_, last))) = (part.mark, all.last_mut().filter(|_| !sounds.is_empty())) {
            last.push(mark);
        }
    }
    Ok(all)
}

/// A part of a text up to a mark.
struct Part {
    from: usize,
    to: usize,
    mark: Option<char>,
}

fn parts(chars: &[char]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, c) in chars.iter().enumerate() {
        let Some(mark) = mark(*c) else { continue };
        let next = chars.get(at + 1);
        let wide = !c.is_ascii() && *c != '…';
        let ends =
            wide || next.is_none_or(|n| n.is_whitespace() || self::mark(*n).is_some() || is_closing(*n));
        let letter = *c == '.'
            && at > 0
            && chars[at - 1].is_alphabetic()
            && (at == 1 || !chars[at - 2].is_alphanumeric());
        let goes_on =
            || chars[at + 1..].iter().find(|c| c.is_alphanumeric()).is_some_and(|c| !c.is_uppercase());
        if !ends || (letter && goes_on()) {
            continue;
        }
        // "a.m." keeps its full stop.
        let to = if letter { at + 1 } else { at };
        parts.push(Part { from, to, mark: Some(mark) });
        from = at + 1;
    }
    parts.push(Part { from, to: chars.len(), mark: None });
    parts
}

/// The mark as voices know it.
fn mark(c: char) -> Option<char> {
    Some(match c {
        '.' | '…' | '。' => '.',
        ',' | '、' | '，' => ',',
        ';' | '；' => ';',
        ':' | '：' => ':',
        '!' | '！' => '!',
        '?' | '？' => '?',
        _ => return None,
    })
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | '“' | '”' | '»' | '«' | '’')
}

/// Where words begin, as characters.
fn words(chars: &[char]) -> Vec<usize> {
    let mut words = Vec::new();
    let mut at = 0;
    for token in chars.split(|c| c.is_whitespace()) {
        if token.iter().any(|c| c.is_alphanumeric()) {
            words.push(at);
        }
        at += token.len() + 1;
    }
    words
}

/// Sounds without the notes that say in which language a word is pronounced: `(en)`.
fn plain(sounds: &str) -> String {
    let mut depth = 0usize;
    let keep = |c: &char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0 && !c.is_control(),
        }
        false
    };
    sounds.replace(['\n', '\r'], " ").chars().filter(keep).collect()
}

/// For each of the sounds the beginning of its word.
fn matched(sounds: &[&str], words: &[usize]) -> Vec<usize> {
    if sounds.len() == words.len() {
        return words.to_vec();
    }
    let total: usize = sounds.iter().map(|sound| sound.len()).sum();
    let span = words.last().map_or(1, |last| last + 1);
    let mut before = 0;
    let place = |sound: &&str| {
        let at = before * span / total.max(1);
        before += sound.len();
        // The middle of a word belongs to it.
        words[words.partition_point(|word| *word <= at).saturating_sub(1)]
    };
    sounds.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Clean;
    use proptest::prelude::*;

    /// As if words were pronounced as they are written.
    fn pronounced(text: &str, engine: impl FnMut(&str) -> Result<String, Fault>) -> Vec<(usize, String)> {
        let clean = Clean::new(text);
        clean.pieces().next().map(|piece| pronounce(piece, engine).unwrap()).unwrap_or_default()
    }

    fn letters(text: &str) -> Result<String, Fault> {
        Ok(text.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect())
    }

    #[test]
    fn marks_follow_their_words_and_words_lie_where_they_are_written() {
        let all = pronounced("Ja, gut (um ten a.m. hier)! So?", letters);
        let all: Vec<_> = all.iter().map(|(at, sound)| (*at, sound.as_str())).collect();
        assert_eq!(
            all,
            [(0, "Ja, "), (4, "gut "), (8, "um "), (12, "ten "), (16, "am "), (21, "hier! "), (28, "So?")]
        );
    }

    #[test]
    fn words_that_became_one_are_found_by_their_letters() {
        let all = pronounced("one of the best", |_| Ok("wʌn ʌvðə (en)bɛst(de)".into()));
        let sounds: Vec<&str> = all.iter().map(|(_, sound)| sound.as_str()).collect();
        assert_eq!(sounds, ["wʌn ", "ʌvðə ", "bɛst"]);
        assert!(all.is_sorted() && all[0].0 == 0, "{all:?}");
        assert!(all[2].0 >= 7, "{all:?}");
    }

    proptest! {
        #[test]
        fn places_rise_and_lie_in_the_text(text in "[a-z .,!?()。…ä-]{0,60}", merge: bool) {
            let engine = |text: &str| {
                let sounds = letters(text)?;
                Ok(if merge { sounds.replacen(' ', "", 2) } else { sounds })
            };
            let all = pronounced(&text, engine);
            prop_assert!(all.is_sorted_by_key(|(at, _)| *at));
            prop_assert!(all.iter().all(|(at, sound)| text.is_char_boundary(*at) && *at < text.len() && !sound.is_empty()));
        }
    }
}
