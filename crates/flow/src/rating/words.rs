//! Which words rate, negate, correct or decline, in each language?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tom_base::Lang;

use crate::spot::Phrasebook;
use crate::words::words;

/// What a word does in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Praise or blame, 1 to 5.
    Level(u8),
    /// "not".
    Negation,
    /// "not at all".
    StrongNegation,
    /// "at all" after what it strengthens.
    StrongAfter,
    /// "very".
    Intensifier,
    /// Between a negation and what it negates.
    Skip,
    /// What follows replaces what went before.
    Correction,
    /// The number that follows is a school grade.
    Grade,
    /// "out of".
    OutOf,
    /// "stars".
    Unit,
}

/// The words of one language.
#[derive(Debug, Default)]
pub(super) struct RatingWords {
    pub(super) roles: Phrasebook<Vec<Role>>,
    pub(super) opt_out: Phrasebook<()>,
}

const KEYS: [(&str, Role); 14] = [
    ("level_5", Role::Level(5)),
    ("level_4", Role::Level(4)),
    ("level_3", Role::Level(3)),
    ("level_2", Role::Level(2)),
    ("level_1", Role::Level(1)),
    ("negation", Role::Negation),
    ("strong_negation", Role::StrongNegation),
    ("strong_after", Role::StrongAfter),
    ("intensifier", Role::Intensifier),
    ("skip_word", Role::Skip),
    ("correction", Role::Correction),
    ("grade", Role::Grade),
    ("out_of", Role::OutOf),
    ("unit", Role::Unit),
];

static WORDS: LazyLock<BTreeMap<String, RatingWords>> = LazyLock::new(|| {
    let raw: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        toml::from_str(include_str!("../../data/rating.toml")).unwrap_or_default();
    raw.iter()
        .map(|(lang, keys)| {
            let mut table = RatingWords::default();
            // A phrase may have several roles: "no" negates and corrects.
            let mut roles: BTreeMap<Vec<String>, Vec<Role>> = BTreeMap::new();
            for (key, role) in KEYS {
                for phrase in keys.get(key).into_iter().flatten() {
                    roles.entry(words(phrase)).or_default().push(role);
                }
            }
            for (phrase, roles) in roles {
                table.roles.add(phrase, roles);
            }
            for phrase in keys.get("opt_out").into_iter().flatten() {
                table.opt_out.add(words(phrase), ());
            }
            (lang.clone(), table)
        })
        .collect()
});

static EMPTY: LazyLock<RatingWords> = LazyLock::new(RatingWords::default);

/// The words of a language.
pub(super) fn rating_words(lang: Lang) -> &'static RatingWords {
    WORDS.get(lang.primary().as_str()).unwrap_or(&EMPTY)
}
