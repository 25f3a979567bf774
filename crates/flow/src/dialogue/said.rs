//! How the dialogue goes on after the caller said something.

use super::hear::Heard;
use super::{ActionKind, Dialogue, FreeSpeech, Mode, Out, Pending};
use crate::lexicon::{Command, lexicon};
use crate::model::Step;
use crate::phrases::Phrase;
use crate::slot::{Filled, Kind};
use crate::speakable;

impl Dialogue {
    pub(super) fn said(&mut self, text: &str, confidence: u16, spoken_ms: Option<u32>, out: &mut Out) {
        let said = lexicon(self.lang).listen(text);
        let free = matches!(&self.here().step, Step::Slot(slot) if matches!(slot.kind, Kind::Free { .. }));
        if self.is_emergency(&said) && !matches!(self.session.mode, Mode::EmergencyAsk { .. }) {
            // What may be a value, or was not clearly heard, is asked about; nothing of it is dropped.
            let instead = if self.is_asking() { self.value_in(&said) } else { None };
            let certain = confidence >= self.ears.sure && !free && instead.is_none();
            return self.emergency(certain, instead, out);
        }
        if self.is_asking() && free {
            return self.said_freely(text, &said, spoken_ms, out);
        }
        if said.is_empty() || confidence < self.ears.reject {
            let phrase = if self.session.spoken { None } else { Some(Phrase::KeysOnly) };
            return self.not_understood(phrase, out);
        }
        match self.session.mode.clone() {
            Mode::EmergencyAsk { instead } => match self.yes_or_no(&said) {
                Some(yes) => self.emergency_answered(yes, instead, out),
                None if self.is_emergency(&said) => self.emergency_answered(true, None, out),
                None => self.not_understood(Some(Phrase::ConfirmAgain), out),
            },
            Mode::Confirm(pending) => self.confirming(pending, &said, confidence, out),
            _ => {
                let heard = self.understand(&said);
                self.act_on(heard, confidence, out);
            }
        }
    }

    fn value_in(&self, said: &[String]) -> Option<Filled> {
        match self.understand(said) {
            Heard::Value(value) => Some(value),
            _ => None,
        }
    }

    fn confirming(&mut self, pending: Pending, said: &[String], confidence: u16, out: &mut Out) {
        // "No, four five seven" corrects at once.
        let heard = self.understand(said);
        match (self.yes_or_no(said), heard) {
            (_, heard @ (Heard::Value(_) | Heard::Choice { .. })) => self.act_on(heard, confidence, out),
            (Some(true), _) => self.confirmed(pending, out),
            (Some(false), _) => self.denied(out),
            (None, heard @ Heard::Command(_)) => self.act_on(heard, confidence, out),
            (None, _) => self.not_understood(Some(Phrase::ConfirmAgain), out),
        }
    }

    pub(super) fn confirmed(&mut self, pending: Pending, out: &mut Out) {
        self.understood();
        match pending {
            Pending::Choice { state, index } => self.choose(state, index, out),
            Pending::Value { value, .. } => self.keep(value, out),
            Pending::Person => self.hand_over("asked", out),
            Pending::Goodbye => self.goodbye(out),
        }
    }

    /// What was understood is wrong: that is a failure like any other.
    pub(super) fn denied(&mut self, out: &mut Out) {
        self.session.mode = Mode::Ask;
        if !self.escalates(out) {
            self.phrase(Phrase::ConfirmNo, out);
            self.ask_again(self.session.tries >= 2, out);
        }
    }

    pub(super) fn act_on(&mut self, heard: Heard, confidence: u16, out: &mut Out) {
        let sure = confidence >= self.ears.sure;
        match heard {
            Heard::Choice { state, index } => {
                let checks = matches!(&self.here().step, Step::Menu(menu) if menu.confirm);
                if sure && !checks {
                    self.understood();
                    self.choose(state, index, out);
                } else {
                    self.confirm(Pending::Choice { state, index }, out);
                }
            }
            Heard::Value(value) => self.give(value, false, sure, out),
            Heard::YesNo(yes) => {
                self.understood();
                self.say_yes_no(yes, out);
            }
            Heard::Command(Command::Repeat) => self.repeat(out),
            Heard::Command(Command::Help) => self.help(out),
            Heard::Command(Command::Person) if sure => self.hand_over("asked", out),
            Heard::Command(Command::Person) => self.confirm(Pending::Person, out),
            Heard::Command(Command::Goodbye) if sure => self.goodbye(out),
            Heard::Command(Command::Goodbye) => self.confirm(Pending::Goodbye, out),
            Heard::Command(Command::Emergency) => self.emergency(sure, None, out),
            Heard::Unclear => self.not_understood(None, out),
        }
    }

    /// A value was given: it is checked back where the slot or doubt asks for it.
    pub(super) fn give(&mut self, value: Filled, keyed: bool, sure: bool, out: &mut Out) {
        let checks = matches!(&self.here().step, Step::Slot(slot) if slot.confirm);
        if checks || !sure {
            self.confirm(Pending::Value { value, keyed }, out);
        } else {
            self.understood();
            self.keep(value, out);
        }
    }

    /// Keeps the value of the present slot and goes on.
    pub(super) fn keep(&mut self, value: Filled, out: &mut Out) {
        let Step::Slot(slot) = &self.here().step else { return };
        let (name, go) = (slot.name.clone(), slot.go);
        self.session.values.insert(name, value);
        self.enter(go, out);
    }

    pub(super) fn say_yes_no(&mut self, yes: bool, out: &mut Out) {
        let Step::Slot(slot) = &self.here().step else { return };
        let Kind::YesNo { yes: to_yes, no: to_no } = slot.kind else { return };
        let (name, consent) = (slot.name.clone(), slot.consent.clone());
        if let Some(what) = consent {
            out.act(ActionKind::Consent, [("what", &what), ("given", if yes { "true" } else { "false" })]);
        }
        self.session.values.insert(name, Filled::plain(if yes { "yes" } else { "no" }));
        self.enter(if yes { to_yes } else { to_no }, out);
    }

    pub(super) fn choose(&mut self, state: usize, index: usize, out: &mut Out) {
        let flow = std::sync::Arc::clone(&self.flow);
        let Some(menu_state) = flow.states.get(state) else { return };
        let Some(choice) = menu_state.choices().get(index) else { return };
        self.assign(&choice.set);
        if let Step::Menu(menu) = &menu_state.step
            && let Some(store) = &menu.store
        {
            let say = self.choice_name(choice);
            let value = choice.value.clone().unwrap_or_else(|| say.clone());
            self.session.values.insert(store.clone(), Filled { value, say });
        }
        self.enter(choice.go, out);
    }

    /// Free speech: kept as text where it is transcribed, as sound where the call keeps it.
    fn said_freely(&mut self, text: &str, said: &[String], spoken_ms: Option<u32>, out: &mut Out) {
        if let Heard::Command(command) = self.understand(said) {
            return self.act_on(Heard::Command(command), u16::MAX, out);
        }
        let seconds = spoken_ms.map(|ms| ms.div_ceil(1000).to_string());
        let dictated = self.ears.free == FreeSpeech::Dictation && !text.trim().is_empty();
        if self.ears.free == FreeSpeech::Dictation && !dictated {
            return self.not_understood(None, out);
        }
        let Step::Slot(slot) = &self.here().step else { return };
        let name = slot.name.clone();
        let mut data = vec![("name", name.as_str()), ("kept", if dictated { "text" } else { "audio" })];
        data.extend(dictated.then_some(("text", text.trim())));
        data.extend(seconds.as_deref().map(|s| ("seconds", s)));
        let data = data.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let value = Filled {
            value: if dictated {
                text.trim().into()
            } else {
                seconds.map_or("spoken".into(), |s| format!("spoken, {s} s"))
            },
            say: speakable::clean(text),
        };
        out.actions.push(super::Action { kind: ActionKind::Note, data });
        self.understood();
        self.keep(value, out);
    }
}
