//! Which words of a flow does a recogniser not know?

use std::collections::BTreeSet;

use tom_base::Lang;

use crate::model::Flow;

impl Flow {
    /// The words in a language's phrases that a recogniser's dictionary lacks, each once, sorted. Callers who
    /// say them are not understood; another phrase or the key still works.
    #[must_use]
    pub fn unknown_words(&self, lang: Lang, mut knows: impl FnMut(&str) -> bool) -> Vec<String> {
        let mut unknown = BTreeSet::new();
        for pattern in
            self.states.iter().flat_map(|s| s.choices()).filter_map(|c| c.phrases.get(lang)).flatten()
        {
            pattern.each_word(&mut |word| {
                if !knows(word) {
                    unknown.insert(word.to_owned());
                }
            });
        }
        unknown.into_iter().collect()
    }
}
