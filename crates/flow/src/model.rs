//! What a flow is once it is loaded: states, choices, slots, transitions.

use tom_base::Lang;

use crate::error::FlowError;
use crate::pattern::Pattern;
use crate::slot::Slot;
use crate::text::{ByLang, Place, Prompt, Template};

/// A dialogue, loaded and checked. Shared by all calls that hold it.
#[derive(Clone, Debug)]
pub struct Flow {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) languages: Vec<Lang>,
    pub(crate) start: usize,
    pub(crate) handover: usize,
    pub(crate) goodbye: Option<usize>,
    pub(crate) rating: bool,
    pub(crate) emergency: EmergencyRule,
    pub(crate) hints: Vec<(Lang, Vec<String>)>,
    pub(crate) facts: Vec<(String, ByLang<String>)>,
    pub(crate) states: Vec<State>,
    pub(crate) warnings: Vec<FlowError>,
}

/// What happens when a caller is in danger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EmergencyRule {
    /// The number to dial.
    pub(crate) number: String,
    /// Who takes the call; none: whoever the hand-over state transfers to.
    pub(crate) transfer: Option<ByLang<Template>>,
}

/// A place in the dialogue.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// Says that an AI speaks; the start state's alone.
    pub(crate) disclosure: Option<Prompt>,
    pub(crate) say: Option<Prompt>,
    /// Said after `say` to callers whose plan allows longer answers.
    pub(crate) more: Option<Prompt>,
    pub(crate) set: Vec<Assign>,
    pub(crate) reports: Vec<Report>,
    /// Getting here means that the caller was helped.
    pub(crate) resolved: bool,
    pub(crate) step: Step,
}

/// What comes after a state has spoken.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Another state, at once.
    Go(usize),
    /// The caller chooses.
    Menu(Menu),
    /// The caller gives a value.
    Slot(Slot),
    /// The end, after the rating question.
    HangUp,
    /// A person takes over.
    Transfer(Handover),
    /// A language model takes over.
    Llm,
    /// The caller waits on hold.
    Hold(Hold),
}

/// How a caller waits on hold.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    /// At most so long.
    pub(crate) seconds: u16,
    /// Whether there is music.
    pub(crate) music: bool,
    /// The key that ends it, if there is one.
    pub(crate) key: Option<char>,
    /// Where that key leads.
    pub(crate) pressed: usize,
    /// Where the call goes on when somebody takes it off hold.
    pub(crate) go: usize,
    /// Where it goes on when nobody did.
    pub(crate) otherwise: usize,
}

/// To whom a call goes.
#[derive(Clone, Debug)]
pub(crate) struct Handover {
    /// An extension, a number, a name.
    pub(crate) to: ByLang<Template>,
    /// What they are told first; composed from what the caller gave if missing.
    pub(crate) summary: Option<ByLang<Template>>,
    /// Where the call goes on if they do not take it; the start's question if missing.
    pub(crate) otherwise: Option<usize>,
}

/// How a question is put.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// The question.
    pub(crate) ask: Option<Prompt>,
    /// What may be said; composed from the choices if missing.
    pub(crate) words: Option<Prompt>,
    /// What may be keyed; composed if missing.
    pub(crate) keys: Option<Prompt>,
    /// Said instead of "I did not get that".
    pub(crate) retry: Option<Prompt>,
    /// The state whose choices may be said here as well.
    pub(crate) also: Option<usize>,
}

/// A choice among a few.
#[derive(Clone, Debug)]
pub(crate) struct Menu {
    pub(crate) question: Question,
    pub(crate) choices: Vec<Choice>,
    /// The value that keeps what was chosen.
    pub(crate) store: Option<String>,
    /// Whether every choice is checked back.
    pub(crate) confirm: bool,
}

/// One of the choices.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) place: Place,
    /// `1` to `9`.
    pub(crate) key: char,
    /// What is said of it: "the opening hours".
    pub(crate) name: ByLang<Template>,
    pub(crate) phrases: ByLang<Vec<Pattern>>,
    /// For reports, if the choice is kept; its name otherwise.
    pub(crate) value: Option<String>,
    pub(crate) set: Vec<Assign>,
    pub(crate) go: usize,
}

/// Gives a name a value.
#[derive(Clone, Debug)]
pub(crate) struct Assign {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) value: ByLang<Template>,
}

/// Something that goes into the report of the call.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) place: Place,
    pub(crate) kind: crate::ActionKind,
    pub(crate) data: Vec<(String, ByLang<Template>)>,
}

impl State {
    /// The question it asks, if it waits for the caller.
    pub(crate) fn question(&self) -> Option<&Question> {
        match &self.step {
            Step::Menu(menu) => Some(&menu.question),
            Step::Slot(slot) => Some(&slot.question),
            Step::Go(_) | Step::HangUp | Step::Transfer(_) | Step::Llm | Step::Hold(_) => None,
        }
    }

    /// Its choices, if it has some.
    pub(crate) fn choices(&self) -> &[Choice] {
        match &self.step {
            Step::Menu(menu) => &menu.choices,
            _ => &[],
        }
    }

    /// Everything it may say.
    pub(crate) fn prompts(&self) -> impl Iterator<Item = (&'static str, &Prompt)> {
        let question = self.question();
        [
            ("disclosure", self.disclosure.as_ref()),
            ("say", self.say.as_ref()),
            ("more", self.more.as_ref()),
            ("ask", question.and_then(|q| q.ask.as_ref())),
            ("words", question.and_then(|q| q.words.as_ref())),
            ("keys", question.and_then(|q| q.keys.as_ref())),
            ("retry", question.and_then(|q| q.retry.as_ref())),
        ]
        .into_iter()
        .filter_map(|(key, prompt)| prompt.map(|p| (key, p)))
    }
}

impl Flow {
    /// Its name, such as `reception`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The languages it speaks; the first is its usual one.
    #[must_use]
    pub fn languages(&self) -> &[Lang] {
        &self.languages
    }

    /// What is true of the business, by name, in a language: for a language model that the flow hands over to.
    pub fn facts(&self, lang: Lang) -> impl Iterator<Item = (&str, &str)> {
        self.facts.iter().filter_map(move |(name, text)| Some((name.as_str(), text.get(lang)?.as_str())))
    }

    /// The names of its states, in the order of the file.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.states.iter().map(|s| s.name.as_str())
    }

    /// What may make callers stumble, in the order of the file.
    #[must_use]
    pub fn warnings(&self) -> &[FlowError] {
        &self.warnings
    }

    /// Words that recognisers which take hints should know, such as names of products.
    #[must_use]
    pub fn hints(&self, lang: Lang) -> &[String] {
        self.hints.iter().find(|(l, _)| *l == lang || *l == lang.primary()).map_or(&[], |(_, h)| h)
    }
}
