//! What happens when a state is entered: it sets, reports, speaks, and asks or goes on.

use std::sync::Arc;

use tom_base::Length;

use super::{Action, ActionKind, Dialogue, FreeSpeech, Mode, Out, Then};
use crate::model::{Assign, State, Step};
use crate::phrases::Phrase;
use crate::slot::{Filled, Kind};
use crate::speakable;
use crate::text::Prompt;

impl Dialogue {
    /// The first words: that an AI speaks, then the greeting.
    pub(super) fn open(&mut self, out: &mut Out) {
        let flow = Arc::clone(&self.flow);
        let start = &flow.states[flow.start];
        self.prompt(start.disclosure.as_ref(), 0, out);
        self.enter_with(flow.start, self.plan.greeting.clone(), out);
    }

    /// Enters a state and all that follow it without asking.
    pub(super) fn enter(&mut self, at: usize, out: &mut Out) {
        self.enter_with(at, None, out);
    }

    /// As `enter`; `instead` is said instead of the first state's own words.
    fn enter_with(&mut self, at: usize, instead: Option<String>, out: &mut Out) {
        let flow = Arc::clone(&self.flow);
        let mut instead = instead;
        let mut at = at;
        out.worth_repeating = true;
        // Loading made sure that no states follow each other in a circle.
        for _ in 0..=flow.states.len() {
            let state = &flow.states[at];
            self.arrive(at, state, out);
            if matches!(state.step, Step::HangUp) && self.rating_due() {
                self.ask_rating(Some(at), out);
                return;
            }
            match instead.take() {
                Some(greeting) => out.text.push(speakable::clean(&greeting)),
                None => self.tell(state, out),
            }
            match &state.step {
                Step::Go(to) => at = *to,
                Step::Menu(_) => return self.ask_first(out),
                Step::Slot(slot)
                    if matches!(slot.kind, Kind::Free { .. }) && self.ears.free == FreeSpeech::No =>
                {
                    self.phrase(Phrase::FreeNotKept, out);
                    out.act(ActionKind::Note, [("name", &slot.name), ("kept", "no")]);
                    self.session.values.insert(slot.name.clone(), Filled::plain(""));
                    at = slot.go;
                }
                Step::Slot(_) => return self.ask_first(out),
                Step::HangUp => return self.end(Then::HangUp, out),
                Step::Transfer(handover) => {
                    let reason = self.session.handover_reason.unwrap_or("flow");
                    return self.transfer(&handover.to, handover.summary.as_ref(), reason, out);
                }
                Step::Hold(_) => return,
                Step::Llm => return self.end(Then::Llm, out),
            }
        }
    }

    /// Counts the visit, sets values, reports.
    fn arrive(&mut self, at: usize, state: &State, out: &mut Out) {
        self.session.at = at;
        self.session.mode = Mode::Ask;
        self.session.tries = 0;
        out.passed.push(state.name.clone());
        if let Some(visits) = self.session.visits.get_mut(at) {
            *visits += 1;
        }
        self.assign(&state.set);
        for report in &state.reports {
            let data = report.data.iter().filter_map(|(name, text)| {
                Some((name.clone(), text.get(self.lang)?.render(|n| self.reported(n))))
            });
            out.actions.push(Action { kind: report.kind, data: data.collect() });
        }
        let reports = state.reports.iter().any(|report| report.kind != ActionKind::SendKeys);
        self.session.resolved |= state.resolved || reports;
    }

    pub(super) fn assign(&mut self, all: &[Assign]) {
        for assign in all {
            let Some(text) = assign.value.get(self.lang) else { continue };
            let filled =
                Filled { value: text.render(|n| self.reported(n)), say: text.render(|n| self.value(n)) };
            self.session.values.insert(assign.name.clone(), filled);
        }
    }

    /// Says what a state says.
    pub(super) fn tell(&self, state: &State, out: &mut Out) {
        let visit = self.visits_before();
        self.prompt(state.say.as_ref(), visit, out);
        if matches!(self.plan.length, Length::Medium | Length::Long) {
            self.prompt(state.more.as_ref(), visit, out);
        }
    }

    /// How often the present state was entered before.
    pub(super) fn visits_before(&self) -> usize {
        let visits = self.session.visits.get(self.session.at).copied().unwrap_or(1);
        usize::try_from(visits.saturating_sub(1)).unwrap_or(0)
    }

    /// Says a prompt, in its `n`th wording.
    pub(super) fn prompt(&self, prompt: Option<&Prompt>, n: usize, out: &mut Out) {
        self.prompt_in(prompt, [&self.plan.tone, &self.plan.inquiry_mode], n, out);
    }

    /// Says a question: the manner of asking comes before the tone.
    pub(super) fn question(&self, prompt: Option<&Prompt>, n: usize, out: &mut Out) {
        self.prompt_in(prompt, [&self.plan.inquiry_mode, &self.plan.tone], n, out);
    }

    fn prompt_in(&self, prompt: Option<&Prompt>, manners: [&str; 2], n: usize, out: &mut Out) {
        if let Some(text) = prompt.and_then(|p| p.pick(self.lang, manners, n)) {
            out.text.push(text.render(|name| self.value(name)));
        }
    }
}
