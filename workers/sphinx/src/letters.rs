//! How would a word that no dictionary has be pronounced, going by its letters?
//!
//! A handful of spelling rules, longest match first: enough for a name or a brand to be recognised now and
//! then, and to be pointed out by `--check-words`. Not a model of English spelling.

/// Spellings and their phones, longer ones first within the same first letter. `-` is silent.
const RULES: &[(&str, &str)] = &[
    ("augh", "AO"),
    ("eigh", "EY"),
    ("igh", "AY"),
    ("ough", "OW"),
    ("tion", "SH AH N"),
    ("sion", "ZH AH N"),
    ("sch", "SH"),
    ("tch", "CH"),
    ("dge", "JH"),
    ("air", "EH R"),
    ("ear", "IH R"),
    ("eer", "IH R"),
    ("our", "AO R"),
    ("oor", "AO R"),
    ("ai", "EY"),
    ("ar", "AA R"),
    ("au", "AO"),
    ("aw", "AO"),
    ("ay", "EY"),
    ("ä", "EH"),
    ("a", "AE"),
    ("bb", "B"),
    ("b", "B"),
    ("ch", "CH"),
    ("ck", "K"),
    ("cc", "K"),
    ("ce", "S EH"),
    ("ci", "S IH"),
    ("cy", "S IY"),
    ("c", "K"),
    ("dd", "D"),
    ("d", "D"),
    ("ea", "IY"),
    ("ee", "IY"),
    ("ei", "AY"),
    ("er", "ER"),
    ("eu", "Y UW"),
    ("ew", "Y UW"),
    ("ey", "IY"),
    ("é", "EY"),
    ("e", "EH"),
    ("ff", "F"),
    ("f", "F"),
    ("gg", "G"),
    ("gh", "G"),
    ("g", "G"),
    ("h", "HH"),
    ("ie", "IY"),
    ("ir", "ER"),
    ("i", "IH"),
    ("j", "JH"),
    ("kn", "N"),
    ("kk", "K"),
    ("k", "K"),
    ("ll", "L"),
    ("l", "L"),
    ("mm", "M"),
    ("m", "M"),
    ("ng", "NG"),
    ("nn", "N"),
    ("n", "N"),
    ("oa", "OW"),
    ("oi", "OY"),
    ("oo", "UW"),
    ("or", "AO R"),
    ("ou", "AW"),
    ("ow", "OW"),
    ("oy", "OY"),
    ("ö", "ER"),
    ("o", "AA"),
    ("ph", "F"),
    ("pp", "P"),
    ("p", "P"),
    ("qu", "K W"),
    ("q", "K"),
    ("rr", "R"),
    ("r", "R"),
    ("sh", "SH"),
    ("ss", "S"),
    ("ß", "S"),
    ("s", "S"),
    ("th", "TH"),
    ("tt", "T"),
    ("t", "T"),
    ("ur", "ER"),
    ("ü", "UW"),
    ("u", "AH"),
    ("v", "V"),
    ("wh", "W"),
    ("w", "W"),
    ("x", "K S"),
    ("y", "IY"),
    ("zz", "Z"),
    ("z", "Z"),
    ("'", "-"),
];

/// The names of the letters, for words without vowels: `gmbh`.
const NAMES: [&str; 26] = [
    "EY",
    "B IY",
    "S IY",
    "D IY",
    "IY",
    "EH F",
    "JH IY",
    "EY CH",
    "AY",
    "JH EY",
    "K EY",
    "EH L",
    "EH M",
    "EH N",
    "OW",
    "P IY",
    "K Y UW",
    "AA R",
    "EH S",
    "T IY",
    "Y UW",
    "V IY",
    "D AH B AH L Y UW",
    "EH K S",
    "W AY",
    "Z IY",
];

/// Phones for a word of letters in lower case; empty if it has none of ours.
pub(crate) fn guess(word: &str) -> String {
    let mut phones: Vec<&str> = Vec::new();
    if !word.contains(['a', 'e', 'i', 'o', 'u', 'y', 'ä', 'ö', 'ü', 'é']) {
        let names = word.bytes().filter(u8::is_ascii_lowercase);
        phones.extend(names.map(|letter| NAMES[usize::from(letter - b'a')]));
        return phones.join(" ");
    }
    // A final e is silent, but lengthens the vowel before the consonant: `mate`.
    let (stem, long) = match word.strip_suffix('e') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => (stem, true),
        _ => (word, false),
    };
    let mut rest = stem;
    while let Some(c) = rest.chars().next() {
        let Some((spelling, sound)) = RULES.iter().find(|(spelling, _)| rest.starts_with(spelling)) else {
            rest = &rest[c.len_utf8()..];
            continue;
        };
        rest = &rest[spelling.len()..];
        let mut left = rest.chars();
        let before_last = left.next().is_some_and(|c| !"aeiouy".contains(c)) && left.next().is_none();
        phones.push(match *spelling {
            "a" if long && before_last => "EY",
            "i" if long && before_last => "AY",
            "o" if long && before_last => "OW",
            "u" if long && before_last => "UW",
            "e" if long && before_last => "IY",
            "o" if rest.is_empty() || rest.starts_with('\'') => "OW",
            "a" if rest.is_empty() => "AH",
            "e" if rest.is_empty() => "IY",
            "y" if phones.is_empty() => "Y",
            _ if *sound == "-" => continue,
            _ => sound,
        });
    }
    phones.join(" ")
}

#[cfg(test)]
mod tests {
    //! Layer: pure. What the spelling rules give.

    use super::*;
    use crate::lexicon::PHONES;

    #[test]
    fn spelling_gives_a_sound_one_could_have_meant() {
        for (word, phones) in [
            ("mate", "M EY T"),
            ("schmidt", "SH M IH D T"),
            ("gmbh", "JH IY EH M B IY EY CH"),
            ("yoshi", "Y AA SH IH"),
            ("o'neil", "OW N AY L"),
            ("kreuzberg", "K R Y UW Z B ER G"),
        ] {
            assert_eq!(guess(word), phones, "{word}");
        }
    }

    #[test]
    fn every_rule_is_made_of_phones() {
        let sounds = RULES.iter().map(|(_, sound)| *sound).chain(NAMES).filter(|sound| *sound != "-");
        for phone in sounds.flat_map(str::split_whitespace) {
            assert!(PHONES.contains(&phone), "{phone}");
        }
        assert_eq!(guess("日本"), "");
    }
}
