//! What may the caller say next, as JSGF for recognisers that know only what a grammar allows?
//!
//! JSGF: Java Speech Grammar Format, version 1.0. Grammars hold no filler of their own: the recogniser lets
//! other speech compete with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use tom_base::Lang;

use crate::dialogue::Grammar;
use crate::lexicon::lexicon;
use crate::model::{Choice, Flow, State, Step};
use crate::pattern::Pattern;
use crate::slot::Kind;

/// Commands that may be said anywhere.
const COMMANDS: [&str; 5] = ["repeat", "help", "person", "goodbye", "emergency"];
/// Digits of a phone number beyond which nobody dictates.
const PHONE: (usize, usize) = (5, 15);

type Rules = BTreeMap<String, BTreeMap<String, String>>;

static RULES: LazyLock<Rules> =
    LazyLock::new(|| toml::from_str(include_str!("../data/grammar.toml")).unwrap_or_default());

/// What may be said in a state.
pub(crate) fn state(flow: &Flow, state: &State, lang: Lang) -> Grammar {
    let mut built = Builder::new(lang);
    let also = state.question().and_then(|q| q.also).and_then(|at| flow.states.get(at));
    let mut names: Vec<String> = Vec::new();
    names.extend(choices(state.choices(), lang));
    names.extend(choices(also.map_or(&[][..], State::choices), lang));
    let mut answers: Vec<String> = Vec::new();
    if !names.is_empty() {
        built.rule("choice", &names.join(" | "));
        answers.push(built.politely("<choice>"));
    }
    match &state.step {
        Step::Slot(slot) => match slot.kind {
            Kind::YesNo { .. } => answers.push(built.yes_no()),
            Kind::Digits { min, max } => answers.push(built.digits(min.into(), max.into())),
            Kind::Phone => answers.push(built.digits(PHONE.0, PHONE.1)),
            Kind::Time => answers.push(built.shared("time")),
            Kind::Date => answers.push(built.shared("date")),
            Kind::Free { .. } => {}
        },
        Step::Menu(_) => answers.extend(built.lexicon("emergency_number", "number")),
        Step::Go(_) | Step::HangUp | Step::Transfer(_) | Step::Llm | Step::Hold(_) => {}
    }
    built.finish(answers)
}

/// Yes or no.
pub(crate) fn yes_no(lang: Lang) -> Grammar {
    let mut built = Builder::new(lang);
    let answers = vec![built.yes_no()];
    built.finish(answers)
}

/// A rating.
pub(crate) fn rating(lang: Lang) -> Grammar {
    let mut built = Builder::new(lang);
    let mut answers = vec![built.shared("rating")];
    answers.extend(built.lexicon("skip", "skip"));
    answers.extend(built.lexicon("no", "no"));
    built.finish(answers)
}

fn choices(choices: &[Choice], lang: Lang) -> Vec<String> {
    choices.iter().filter_map(|c| c.phrases.get(lang)).flatten().filter_map(Pattern::jsgf).collect()
}

struct Builder {
    lang: Lang,
    /// Rules in the order they are needed, each once.
    rules: Vec<(String, String)>,
    have: BTreeSet<String>,
}

impl Builder {
    fn new(lang: Lang) -> Self {
        Self { lang, rules: Vec::new(), have: BTreeSet::new() }
    }

    fn rule(&mut self, name: &str, text: &str) {
        if self.have.insert(name.into()) {
            self.rules.push((name.into(), text.into()));
        }
    }

    /// A rule of the lexicon, if it has phrases that can be said.
    fn lexicon(&mut self, key: &str, name: &str) -> Option<String> {
        let phrases: Vec<String> =
            lexicon(self.lang).patterns(key).iter().filter_map(Pattern::jsgf).collect();
        if phrases.is_empty() {
            return None;
        }
        self.rule(name, &phrases.join(" | "));
        Some(format!("<{name}>"))
    }

    /// Optional words around an answer: "I would like … please".
    fn politely(&mut self, answer: &str) -> String {
        let lead = self.lexicon("lead", "lead").map_or_else(String::new, |r| format!("[ {r} ] "));
        let tail = self.lexicon("tail", "tail").map_or_else(String::new, |r| format!(" [ {r} ]"));
        format!("{lead}{answer}{tail}")
    }

    fn yes_no(&mut self) -> String {
        let rules: Vec<String> = ["yes", "no"].into_iter().filter_map(|key| self.lexicon(key, key)).collect();
        rules.join(" | ")
    }

    /// A rule of the data file, with the rules it uses.
    fn shared(&mut self, name: &str) -> String {
        let text = RULES.get(self.lang.primary().as_str()).and_then(|rules| rules.get(name));
        if let Some(text) = text {
            for used in text.split('<').skip(1).filter_map(|rest| rest.split_once('>')) {
                self.shared(used.0);
            }
            self.rule(name, text);
        }
        format!("<{name}>")
    }

    /// From `min` to `max` digits; "double seven" may stand for two.
    fn digits(&mut self, min: usize, max: usize) -> String {
        let digit = self.shared("digit");
        let twice = self.shared("twice");
        self.rule("figure", &format!("{digit} | {twice}"));
        // "Double seven" is one figure for two digits, so fewer figures may do.
        let least = min.div_ceil(2).max(1);
        let mut text = vec!["<figure>"; least].join(" ");
        for _ in least..max {
            text.push_str(" [ <figure>");
        }
        text.push_str(&" ]".repeat(max.saturating_sub(least)));
        self.rule("figures", &text);
        "<figures>".into()
    }

    fn finish(mut self, mut answers: Vec<String>) -> Grammar {
        let commands: Vec<String> = COMMANDS
            .into_iter()
            .flat_map(|key| lexicon(self.lang).patterns(key))
            .filter_map(Pattern::jsgf)
            .collect();
        self.rule("command", &commands.join(" | "));
        answers.push("<command>".into());
        let turn = answers.join(" | ");
        let ascii = self.rules.iter().all(|(_, text)| text.is_ascii());
        let mut jsgf =
            if ascii { "#JSGF V1.0;\n".into() } else { format!("#JSGF V1.0 UTF-8 {};\n", self.lang) };
        // Writing to a String cannot fail.
        let _ = write!(jsgf, "grammar tom;\npublic <turn> = {turn};\n");
        for (name, text) in &self.rules {
            let _ = writeln!(jsgf, "<{name}> = {text};");
        }
        Grammar { id: format!("tom-{:016x}", fnv1a(&jsgf)), jsgf }
    }
}

/// FNV-1a, 64 bit (Fowler, Noll, Vo): names a grammar by its text, the same on every machine.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
