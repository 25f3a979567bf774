//! How does a dialogue go on? A state machine without a clock: a cause goes in, a reply comes out.

mod close;
mod enter;
mod handover;
mod hear;
mod hold;
mod io;
mod keys;
mod said;
mod speak;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use io::{
    Action, ActionKind, Back, Expect, FlowCause, FlowReply, FreeSpeech, Grammar, Outcome, Recognition, Stage,
    Then, Why,
};
use tom_base::{CallPlan, Lang};

use crate::grammar;
use crate::model::{Flow, Hold, State};
use crate::phrases::{self, Phrase};
use crate::slot::Filled;
use crate::speakable;
use hold::back_phrase;

/// One caller's way through a [`Flow`].
///
/// [`reply`](Self::reply) changes the dialogue. When a caller goes on after a reply was made but not heard,
/// the turn has a new revision: [`restore`](Self::restore) the [`Snapshot`] taken before the reply and ask
/// again with all that was said.
#[derive(Clone, Debug)]
pub struct Dialogue {
    flow: Arc<Flow>,
    lang: Lang,
    plan: Arc<CallPlan>,
    ears: Recognition,
    session: Session,
}

/// Where a dialogue was.
#[derive(Clone, Debug)]
pub struct Snapshot(Session);

/// All that changes during a call.
#[derive(Clone, Debug)]
struct Session {
    at: usize,
    mode: Mode,
    values: BTreeMap<String, Filled>,
    /// How often each state was entered.
    visits: Vec<u32>,
    /// Replies so far: turns TOM's own wordings.
    replies: usize,
    /// Failures in the call; a success takes one away.
    failures: u8,
    /// Failures led to a person, and nothing was understood since.
    lost: bool,
    /// Times the present question was not answered.
    tries: u32,
    stt_failures: u32,
    /// Prompts name words; otherwise they lead by keys.
    spoken: bool,
    keys_introduced: bool,
    rating_asked: bool,
    handover_reason: Option<&'static str>,
    resolved: bool,
    outcome: Outcome,
    /// What was said last, for "pardon?".
    last: Vec<String>,
}

/// What the dialogue waits for.
#[derive(Clone, Debug, PartialEq)]
enum Mode {
    /// The opening.
    Idle,
    /// An answer to the state's question.
    Ask,
    /// Yes or no to what was understood.
    Confirm(Pending),
    /// Yes or no to "Is this an emergency?"; `instead` is what it would be otherwise.
    EmergencyAsk { instead: Option<Filled> },
    /// The rating; then the farewell state speaks, or TOM's own goodbye.
    Rating { asked_again: bool, farewell: Option<usize> },
    /// Nothing: it is over.
    Over(Then),
}

/// What waits for a yes.
#[derive(Clone, Debug, PartialEq)]
enum Pending {
    Choice { state: usize, index: usize },
    Value { value: Filled, keyed: bool },
    Person,
    Goodbye,
}

/// A reply being made.
#[derive(Debug, Default)]
struct Out {
    text: Vec<String>,
    actions: Vec<Action>,
    passed: Vec<String>,
    /// Worth saying again when asked to.
    worth_repeating: bool,
}

impl Out {
    fn act<const N: usize>(&mut self, kind: ActionKind, data: [(&str, &str); N]) {
        let data = data.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.actions.push(Action { kind, data });
    }
}

impl Dialogue {
    /// A dialogue that waits for [`FlowCause::Opening`]. A language the flow does not speak becomes the flow's
    /// first.
    #[must_use]
    pub fn new(flow: Arc<Flow>, lang: Lang, plan: CallPlan, ears: Recognition) -> Self {
        let known = |l: &Lang| *l == lang || *l == lang.primary();
        let lang =
            flow.languages.iter().copied().find(known).or(flow.languages.first().copied()).unwrap_or(lang);
        let session = Session {
            at: flow.start,
            mode: Mode::Idle,
            values: BTreeMap::new(),
            visits: vec![0; flow.states.len()],
            replies: 0,
            failures: 0,
            lost: false,
            tries: 0,
            stt_failures: 0,
            spoken: ears.spoken,
            keys_introduced: false,
            rating_asked: false,
            handover_reason: None,
            resolved: false,
            outcome: Outcome::default(),
            last: Vec::new(),
        };
        Self { flow, lang, plan: Arc::new(plan), ears, session }
    }

    /// The language it speaks.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The state it is in.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.here().name
    }

    /// Where it is, to come back to.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.session.clone())
    }

    /// Goes back to where it was.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        self.session = snapshot.0.clone();
    }

    /// How the call went so far.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let handover = self.session.outcome.handover;
        Outcome { resolution: self.session.resolved && !handover, ..self.session.outcome }
    }

    /// The next reply.
    pub fn reply(&mut self, cause: &FlowCause) -> FlowReply {
        let mut out = Out::default();
        match (&self.session.mode, cause) {
            (Mode::Over(Then::Transfer), FlowCause::NotConnected) => self.not_connected(&mut out),
            (Mode::Over(_), _) => self.over(cause, &mut out),
            (_, FlowCause::Goodbye(why)) => self.farewell_because(*why, &mut out),
            (Mode::Idle, _) | (_, FlowCause::Opening) => self.open(&mut out),
            (Mode::Rating { .. }, _) => self.rating(cause, &mut out),
            (Mode::Ask, cause) if self.holding().is_some() => self.on_hold(cause, &mut out),
            (_, FlowCause::Said { text, confidence, spoken_ms }) => {
                self.said(text, *confidence, *spoken_ms, &mut out);
            }
            (_, FlowCause::Keyed(keys)) => self.keyed(keys, &mut out),
            (_, FlowCause::Silence(times)) => {
                self.session.outcome.repeats += 1;
                self.phrase(Phrase::StillThere, &mut out);
                self.ask_again(*times >= 2, &mut out);
            }
            (_, FlowCause::NotConnected) => {
                self.phrase(Phrase::NotConnected, &mut out);
                self.ask_again(false, &mut out);
            }
            (_, FlowCause::HoldOver(back)) => {
                self.phrase(back_phrase(*back), &mut out);
                self.ask_again(false, &mut out);
            }
            (_, FlowCause::Tool) => self.ask_again(false, &mut out),
            (_, FlowCause::Failed(stage)) => self.failed(*stage, &mut out),
        }
        self.conclude(out)
    }

    fn conclude(&mut self, out: Out) -> FlowReply {
        self.session.replies += 1;
        let text: Vec<String> = out.text.iter().flat_map(|t| speakable::sentences(t)).collect();
        if out.worth_repeating {
            self.session.last.clone_from(&text);
        }
        let then = match &self.session.mode {
            Mode::Over(then) => *then,
            Mode::Rating { .. } => Then::Listen(Expect::Rating),
            Mode::Confirm(_) | Mode::EmergencyAsk { .. } => Then::Listen(Expect::YesNo),
            Mode::Idle | Mode::Ask => self.holding().map_or(Then::Listen(self.expect()), Hold::then),
        };
        let grammar = (self.session.spoken && matches!(then, Then::Listen(_))).then(|| self.grammar());
        FlowReply { text, then, grammar, actions: out.actions, passed: out.passed, keys: self.key_list() }
    }

    fn grammar(&self) -> Grammar {
        match &self.session.mode {
            Mode::Rating { .. } => grammar::rating(self.lang),
            Mode::Confirm(_) | Mode::EmergencyAsk { .. } => grammar::yes_no(self.lang),
            _ => grammar::state(&self.flow, self.here(), self.lang),
        }
    }

    /// The state it is in. States are named by index; loading made sure that each exists.
    fn here(&self) -> &State {
        &self.flow.states[self.session.at]
    }

    /// Adds one of TOM's own phrases.
    fn phrase(&self, phrase: Phrase, out: &mut Out) {
        out.text.push(self.own(phrase).to_owned());
    }

    /// Adds one of TOM's own phrases, its place filled in.
    fn phrase_with(&self, phrase: Phrase, place: &str, value: &str, out: &mut Out) {
        out.text.push(self.own(phrase).replace(place, value));
    }

    fn own(&self, phrase: Phrase) -> &'static str {
        phrases::nth(self.lang, phrase, self.session.replies)
    }

    /// A value for texts.
    fn value(&self, name: &str) -> Option<&str> {
        self.session.values.get(name).map(|v| v.say.as_str())
    }

    /// A value for reports.
    fn reported(&self, name: &str) -> Option<&str> {
        self.session.values.get(name).map(|v| v.value.as_str())
    }
}
