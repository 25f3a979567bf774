//! Which abbreviations and ordinals does a language have, and where does one draw breath in it?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use tom_base::Lang;

use super::full_stop::More;

/// What a full stop may stand after without ending a sentence. Lower case, without the last full stop.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    /// Never at the end of a sentence.
    pub(super) abbreviations: BTreeSet<String>,
    /// Abbreviations before a number only.
    pub(super) before_number: BTreeSet<String>,
    /// Ends of words that are abbreviations before a number only: "Lindenstr. 5".
    pub(super) ends_before_number: Vec<String>,
    /// At the end of a sentence if the next word has a capital letter.
    pub(super) may_end: BTreeSet<String>,
    /// Single letters that are words.
    pub(super) letters: BTreeSet<String>,
    /// Words that follow ordinals.
    pub(super) ordinal_before: BTreeSet<String>,
    /// Words that ordinals follow.
    pub(super) ordinal_after: BTreeSet<String>,
    /// What begins a phrase, whatever letters follow.
    pub(super) phrases: Vec<String>,
    /// Words that belong to what follows them.
    pub(super) leading: BTreeSet<String>,
}

static RULES: LazyLock<BTreeMap<String, Rules>> =
    LazyLock::new(|| toml::from_str(include_str!("../../data/cuts.toml")).unwrap_or_default());
static NONE: LazyLock<Rules> = LazyLock::new(Rules::default);

impl Rules {
    /// A language's rules; the English ones where it has none.
    pub(super) fn of(lang: Lang) -> &'static Self {
        RULES.get(lang.primary().as_str()).or_else(|| RULES.get("en")).unwrap_or(&NONE)
    }

    /// Whether a word is an abbreviation if a number follows it.
    pub(super) fn leads_to_number(&self, word: &str) -> bool {
        self.before_number.contains(word)
            || self.ends_before_number.iter().any(|end| word.ends_with(end.as_str()))
    }

    /// Whether a phrase begins between a word and a text. `Err`: more text is needed.
    pub(super) fn phrase(&self, word: &str, after: &str) -> Result<bool, More> {
        if self.leading.contains(&word.to_lowercase()) {
            return Ok(false);
        }
        if self.phrases.iter().any(|phrase| after.starts_with(phrase.as_str())) {
            return Ok(true);
        }
        let unclear = self.phrases.iter().any(|phrase| phrase.starts_with(after));
        if unclear { Err(More) } else { Ok(false) }
    }

    /// Whether the language writes ordinals with a full stop.
    pub(super) fn ordinals(&self) -> bool {
        !self.ordinal_before.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read_and_clean() {
        for lang in [Lang::EN, Lang::DE] {
            let rules = Rules::of(lang);
            let all = [&rules.abbreviations, &rules.before_number, &rules.may_end, &rules.ordinal_after];
            let words = all.into_iter().flatten().chain(&rules.ordinal_before).chain(&rules.leading);
            assert!(
                rules.phrases.iter().all(|phrase| *phrase == phrase.to_lowercase() && !phrase.is_empty())
            );
            for word in words {
                assert_eq!(*word, word.to_lowercase(), "as words are looked up");
                assert!(!word.ends_with('.') && !word.contains(' '), "{word}");
            }
            assert!(rules.abbreviations.contains("dr"));
        }
        assert!(Rules::of(Lang::DE).ordinals() && !Rules::of(Lang::EN).ordinals());
    }
}
