//! What may a caller say at any point of a dialogue: yes, no, help, goodbye, emergency words?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tom_base::Lang;

use crate::pattern::Pattern;
use crate::spot::Phrasebook;
use crate::words;

/// A command that is understood in every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Say that again.
    Repeat,
    /// What can I say?
    Help,
    /// I want a person.
    Person,
    /// I am done.
    Goodbye,
    /// Someone is in danger.
    Emergency,
}

/// The phrases of one language that need no flow.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    /// Commands wherever they occur in what was said.
    pub(crate) commands: Phrasebook<Command>,
    /// Emergency numbers, only as the whole of what was said: their digits may be part of another number.
    pub(crate) emergency_numbers: Phrasebook<()>,
    /// Yes and no.
    pub(crate) yes_no: Phrasebook<bool>,
    /// Ways not to answer the rating question.
    pub(crate) skip: Phrasebook<()>,
    fillers: Vec<String>,
    patterns: BTreeMap<String, Vec<Pattern>>,
}

impl Lexicon {
    fn of(raw: &BTreeMap<String, Vec<String>>) -> Self {
        let mut me = Self::default();
        let parsed = |key: &str| -> Vec<Pattern> {
            raw.get(key).into_iter().flatten().filter_map(|p| Pattern::parse(p).ok()).collect()
        };
        for key in raw.keys() {
            me.patterns.insert(key.clone(), parsed(key));
        }
        let commands = [
            ("emergency", Command::Emergency),
            ("person", Command::Person),
            ("goodbye", Command::Goodbye),
            ("repeat", Command::Repeat),
            ("help", Command::Help),
        ];
        for (key, command) in commands {
            me.fill(key, |lexicon, phrase| lexicon.commands.add(phrase, command));
        }
        me.fill("emergency_number", |lexicon, phrase| lexicon.emergency_numbers.add(phrase, ()));
        me.fill("yes", |lexicon, phrase| lexicon.yes_no.add(phrase, true));
        me.fill("no", |lexicon, phrase| lexicon.yes_no.add(phrase, false));
        me.fill("skip", |lexicon, phrase| lexicon.skip.add(phrase, ()));
        me.fill("filler", |lexicon, phrase| lexicon.fillers.extend(phrase));
        me
    }

    fn fill(&mut self, key: &str, mut add: impl FnMut(&mut Self, Vec<String>)) {
        let phrases: Vec<_> =
            self.patterns.get(key).into_iter().flatten().filter_map(Pattern::variants).flatten().collect();
        for phrase in phrases {
            add(self, phrase);
        }
    }

    /// The words of what was said, hesitations left out.
    pub(crate) fn listen(&self, text: &str) -> Vec<String> {
        let mut said = words::words(text);
        said.retain(|word| !self.fillers.contains(word));
        said
    }

    /// The patterns of one key of the data file, such as `lead`.
    pub(crate) fn patterns(&self, key: &str) -> &[Pattern] {
        self.patterns.get(key).map_or(&[], Vec::as_slice)
    }
}

static LEXICONS: LazyLock<BTreeMap<String, Lexicon>> = LazyLock::new(|| {
    let raw: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        toml::from_str(include_str!("../data/lexicon.toml")).unwrap_or_default();
    raw.iter().map(|(lang, keys)| (lang.clone(), Lexicon::of(keys))).collect()
});

static EMPTY: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);

/// The phrases of a language; none for a language the data file lacks.
pub(crate) fn lexicon(lang: Lang) -> &'static Lexicon {
    LEXICONS.get(lang.primary().as_str()).unwrap_or(&EMPTY)
}
