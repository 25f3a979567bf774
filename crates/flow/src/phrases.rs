//! What does TOM say that no flow wrote?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tom_base::Lang;

macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)*) => {
        /// A phrase of TOM's own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Phrase {
            $($(#[$doc])* $name,)*
        }

        impl Phrase {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in the data file.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }
        }
    };
}

phrases! {
    /// Something did not work; please say it again.
    Apology = "apology",
    /// We cannot go on; goodbye.
    Failure = "failure",
    /// Goodbye, the server stops.
    Drain = "drain",
    /// Goodbye, nobody is there.
    Silence = "silence",
    /// Goodbye, the call has lasted too long.
    TooLong = "too_long",
    /// There is no room yet; please hold the line.
    Hold = "hold",
    /// Goodbye, there was no room for long.
    Busy = "busy",
    /// Something takes a little longer.
    Moment = "moment",
    /// The caller is silent.
    StillThere = "still_there",
    /// Not understood for the first time.
    NotUnderstood = "not_understood",
    /// Not understood again: points to the keys.
    NotUnderstoodAgain = "not_understood_again",
    /// A key without meaning.
    WrongKey = "wrong_key",
    /// Digits that cannot be what was asked for.
    WrongEntry = "wrong_entry",
    /// Something went wrong; what follows repeats the question.
    Trouble = "trouble",
    /// Leads by keys.
    KeysIntro = "keys_intro",
    /// The caller speaks although nobody can understand it.
    KeysOnly = "keys_only",
    /// One choice and its key: `{name}`, `{key}`.
    ChoiceKey = "choice_key",
    /// What may be said: `{list}`.
    WordsIntro = "words_intro",
    /// Joins the last of a list.
    Or = "or",
    /// The keys of yes and no.
    YesNoKeys = "yes_no_keys",
    /// The keys that work everywhere.
    StarKey = "star_key",
    /// How to key digits in.
    DigitsKeys = "digits_keys",
    /// How to key in a fixed number of digits: `{count}`.
    DigitsKeysFixed = "digits_keys_fixed",
    /// How to key a phone number in.
    PhoneKeys = "phone_keys",
    /// How to key a time in.
    TimeKeys = "time_keys",
    /// How to key a day in.
    DateKeys = "date_keys",
    /// How to end free speech.
    FreeKeys = "free_keys",
    /// Checks a spoken value: `{value}`.
    ConfirmSaid = "confirm_said",
    /// Checks a keyed value: `{value}`.
    ConfirmKeyed = "confirm_keyed",
    /// Checks a choice: `{name}`.
    ConfirmChoice = "confirm_choice",
    /// Checks the wish for a person.
    ConfirmPerson = "confirm_person",
    /// Checks the wish to end the call.
    ConfirmGoodbye = "confirm_goodbye",
    /// It was not right: again.
    ConfirmNo = "confirm_no",
    /// Neither yes nor no.
    ConfirmAgain = "confirm_again",
    /// What TOM is, and the emergency number: `{number}`.
    Help = "help",
    /// Danger: `{number}`.
    Emergency = "emergency",
    /// Danger, and a person follows.
    EmergencyTransfer = "emergency_transfer",
    /// Perhaps danger.
    EmergencyAsk = "emergency_ask",
    /// A person takes over since the caller was not understood.
    HandoverFailures = "handover_failures",
    /// A person takes over since engines fail.
    HandoverTrouble = "handover_trouble",
    /// Nobody takes the call that was to be handed over.
    NotConnected = "not_connected",
    /// The caller was on hold.
    Back = "back",
    /// The caller was on hold for too long.
    KeptWaiting = "kept_waiting",
    /// What a person is told before a caller is put through.
    Summary = "summary",
    /// What the caller gave, for that person: `{facts}`.
    SummaryFacts = "summary_facts",
    /// The usual goodbye.
    Goodbye = "goodbye",
    /// Free speech cannot be kept.
    FreeNotKept = "free_not_kept",
    /// Asks whether the call may be recorded.
    ConsentAsk = "consent_ask",
    /// The keys of the rating.
    RatingKeys = "rating_keys",
    /// The rating was not understood.
    RatingAgain = "rating_again",
    /// Thanks for the rating.
    RatingThanks = "rating_thanks",
    /// No rating.
    RatingSkipped = "rating_skipped",
}

type Texts = BTreeMap<String, BTreeMap<String, Vec<String>>>;

static TEXTS: LazyLock<Texts> =
    LazyLock::new(|| toml::from_str(include_str!("../data/phrases.toml")).unwrap_or_default());

fn lookup(key: &str, lang: Lang, n: usize) -> Option<&'static str> {
    let by_lang = TEXTS.get(key)?;
    let texts = by_lang.get(lang.primary().as_str()).or_else(|| by_lang.get("en"))?;
    texts.get(n.checked_rem(texts.len())?).map(String::as_str)
}

/// The phrase in a language; English where the language is not known. Phrases for the flow's own use hold
/// places such as `{value}`.
#[must_use]
pub fn get(lang: Lang, phrase: Phrase) -> &'static str {
    nth(lang, phrase, 0)
}

/// The `n`th wording of the phrase; counts round.
#[must_use]
pub fn nth(lang: Lang, phrase: Phrase, n: usize) -> &'static str {
    lookup(phrase.key(), lang, n).unwrap_or_default()
}

/// The rating question in the wording of a prompt variant; `v1a`'s for an unknown one.
#[must_use]
pub fn rating_question(lang: Lang, variant: &str) -> &'static str {
    // The other keys of that beginning are no variants.
    let own = if variant.starts_with('v') { lookup(&format!("rating_{variant}"), lang, 0) } else { None };
    own.or_else(|| lookup("rating_v1a", lang, 0)).unwrap_or_default()
}

/// How a key from `1` to `9` is called; the key itself otherwise.
pub(crate) fn key_name(lang: Lang, key: char) -> String {
    lookup(&format!("key_{key}"), lang, 0).map_or_else(|| key.to_string(), str::to_owned)
}

/// The languages TOM has its own words for.
#[must_use]
pub fn languages() -> Vec<Lang> {
    TEXTS.get(Phrase::Apology.key()).into_iter().flatten().filter_map(|(tag, _)| tag.parse().ok()).collect()
}
