//! Which numbers does a voice know sounds by?

use super::config::Config;

/// Sounds in numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ids {
    /// With the beginning, the end, and a blank between all.
    pub(super) ids: Vec<i32>,
    /// Words: byte of the sounds each begins at, and place in `ids`.
    pub(super) words: Vec<(usize, usize)>,
}

/// Sounds of a sentence in the longest run of a network: about a minute.
const LONGEST: usize = 600;

/// The sentences of a clause's sounds: `(first byte, sounds)`. Each is spoken for itself, as the voice was trained.
pub(super) fn sentences(sounds: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let (mut from, mut count, mut last) = (0, 0, ' ');
    for (at, c) in sounds.char_indices() {
        count += 1;
        if c == ' ' && (matches!(last, '.' | '!' | '?') || count >= LONGEST) || count >= 2 * LONGEST {
            all.push((from, &sounds[from..at]));
            (from, count) = (at, 0);
        }
        last = c;
    }
    all.push((from, &sounds[from..]));
    all.retain(|(_, sentence)| sentence.chars().any(char::is_alphabetic));
    all
}

impl Ids {
    /// The numbers of a sentence. Sounds that the voice does not know are left out.
    pub(super) fn new(config: &Config, sounds: &str) -> Self {
        let known = |c: char| config.ids.get(&c).map_or(&[][..], Vec::as_slice);
        let blank = known('_');
        let mut this = Self::default();
        this.ids.extend_from_slice(known('^'));
        this.ids.extend_from_slice(blank);
        let mut in_word = false;
        let skipped = sounds.len() - sounds.trim_start().len();
        for (at, c) in sounds.trim().char_indices() {
            let begins = c != ' ' && !in_word;
            in_word = c != ' ';
            if begins {
                this.words.push((skipped + at, this.ids.len()));
            }
            for part in decomposed(c, |c| config.ids.contains_key(&c)) {
                let ids = known(part);
                // Signs that mean something else in the map.
                if !ids.is_empty() && !matches!(part, '_' | '^' | '$') {
                    this.ids.extend_from_slice(ids);
                    this.ids.extend_from_slice(blank);
                }
            }
        }
        this.ids.extend_from_slice(known('$'));
        this
    }
}

/// Voices are trained on decomposed characters (NFD): `ç` is `c` and a cedilla. Those that espeak-ng uses.
fn decomposed(c: char, known: impl Fn(char) -> bool) -> impl Iterator<Item = char> {
    let parts = match c {
        'ç' => Some(('c', '\u{327}')),
        'ã' => Some(('a', '\u{303}')),
        'ẽ' => Some(('e', '\u{303}')),
        'ĩ' => Some(('i', '\u{303}')),
        'õ' => Some(('o', '\u{303}')),
        'ũ' => Some(('u', '\u{303}')),
        'ä' => Some(('a', '\u{308}')),
        _ => None,
    };
    let parts = parts.filter(|(base, mark)| known(*base) && known(*mark));
    let (first, second) = parts.map_or((c, None), |(base, mark)| (base, Some(mark)));
    std::iter::once(first).chain(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn config() -> Config {
        let json = serde_json::json!({
            "audio": { "sample_rate": 16_000 }, "espeak": { "voice": "de" },
            "phoneme_id_map": { "_": [0], "^": [1], "$": [2], " ": [3], "a": [4], "b": [5, 6], "c": [7], "\u{327}": [8], ".": [9] },
        });
        Config::read(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn sounds_become_numbers_with_blanks_between() {
        let ids = Ids::new(&config(), "aç ?b.");
        assert_eq!(ids.ids, [1, 0, 4, 0, 7, 0, 8, 0, 3, 0, 5, 6, 0, 9, 0, 2]);
        assert_eq!(ids.words, [(0, 2), (4, 10)]);
        assert_eq!(Ids::new(&config(), "_^$").ids, [1, 0, 2], "signs of the map are no sounds");
    }

    #[test]
    fn each_sentence_is_one() {
        let all = sentences("aa bb. cc? .");
        assert_eq!(all, [(0, "aa bb."), (6, " cc?")]);
        assert_eq!(sentences("").len(), 0);
    }

    proptest! {
        #[test]
        fn sentences_hold_all_sounds_and_words_lie_in_them(sounds in "[ab .?çX]{0,80}") {
            let all = sentences(&sounds);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
            prop_assert_eq!(all.iter().map(|(_, s)| letters(s)).sum::<usize>(), letters(&sounds));
            for (from, sentence) in all {
                let ids = Ids::new(&config(), sentence);
                prop_assert!(sounds[from..].starts_with(sentence));
                prop_assert!(ids.words.iter().all(|(at, place)| sentence.is_char_boundary(*at) && *place < ids.ids.len()));
                prop_assert!(ids.words.is_sorted());
            }
        }
    }
}
