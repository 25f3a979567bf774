//! What did the caller mean by what they said, where they are?

use super::{Dialogue, Mode};
use crate::lexicon::{Command, lexicon};
use crate::model::Step;
use crate::slot::{Filled, Kind};
use crate::spot::Phrasebook;

/// What the caller meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Heard {
    Choice {
        state: usize,
        index: usize,
    },
    Value(Filled),
    YesNo(bool),
    Command(Command),
    /// Nothing, or several things at once.
    Unclear,
}

impl Dialogue {
    /// What an answer to the present state's question means.
    pub(super) fn understand(&self, said: &[String]) -> Heard {
        let own = match &self.here().step {
            Step::Menu(_) => self.choice_among(&[Some(self.session.at), self.also()], said),
            Step::Slot(slot) => match slot.kind {
                Kind::YesNo { .. } => {
                    self.choice_among(&[self.also()], said).or_else(|| yes_no(said, self).map(Heard::YesNo))
                }
                // Free speech may hold any word; only a command that is all of it counts.
                Kind::Free { .. } => {
                    return lexicon(self.lang).commands.exact(said).map_or(Heard::Unclear, Heard::Command);
                }
                kind => kind.spoken(said, self.lang).map(Heard::Value),
            },
            Step::Go(_) | Step::HangUp | Step::Transfer(_) | Step::Llm | Step::Hold(_) => None,
        };
        own.or_else(|| self.command(said).map(Heard::Command)).unwrap_or(Heard::Unclear)
    }

    /// Yes or no.
    pub(super) fn yes_or_no(&self, said: &[String]) -> Option<bool> {
        yes_no(said, self)
    }

    /// A command that works everywhere; the first one said, emergencies before all.
    pub(super) fn command(&self, said: &[String]) -> Option<Command> {
        let commands = lexicon(self.lang).commands.spot(said);
        commands.iter().find(|c| **c == Command::Emergency).or(commands.first()).copied()
    }

    /// Whether someone is in danger. Numbers count only as the whole of what was said.
    pub(super) fn is_emergency(&self, said: &[String]) -> bool {
        let lexicon = lexicon(self.lang);
        lexicon.commands.spot(said).contains(&Command::Emergency)
            || lexicon.emergency_numbers.exact(said).is_some()
    }

    fn also(&self) -> Option<usize> {
        self.here().question().and_then(|q| q.also)
    }

    /// The one choice of some states that was said.
    fn choice_among(&self, states: &[Option<usize>], said: &[String]) -> Option<Heard> {
        let mut book: Phrasebook<(usize, usize)> = Phrasebook::default();
        for state in states.iter().flatten() {
            let choices = self.flow.states.get(*state).map_or(&[][..], |s| s.choices());
            for (index, choice) in choices.iter().enumerate() {
                let patterns = choice.phrases.get(self.lang).map_or(&[][..], Vec::as_slice);
                for phrase in patterns.iter().filter_map(|p| p.variants()).flatten() {
                    book.add(phrase, (*state, index));
                }
            }
        }
        let mut found: Vec<(usize, usize)> = book.spot(said);
        found.dedup();
        match found.as_slice() {
            [] => None,
            [(state, index)] => Some(Heard::Choice { state: *state, index: *index }),
            _ => Some(Heard::Unclear),
        }
    }

    /// Whether the present question can be answered at all.
    pub(super) fn is_asking(&self) -> bool {
        self.session.mode == Mode::Ask
    }
}

/// Yes or no, if it is one of them only. "Nein, ja" is neither; "ja, genau" is yes.
fn yes_no(said: &[String], dialogue: &Dialogue) -> Option<bool> {
    let mut found = lexicon(dialogue.lang).yes_no.spot(said);
    found.dedup();
    match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}
