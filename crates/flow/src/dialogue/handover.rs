//! How does a caller go to a person, what is that person told, and what if nobody takes the call?

use std::sync::Arc;

use super::{ActionKind, Dialogue, Mode, Out, Then};
use crate::model::{Flow, Hold, Step};
use crate::phrases::Phrase;
use crate::text::{ByLang, Template};

impl Dialogue {
    pub(super) fn transfer(
        &mut self,
        to: &ByLang<Template>,
        summary: Option<&ByLang<Template>>,
        reason: &str,
        out: &mut Out,
    ) {
        let to = to.get(self.lang).map_or_else(String::new, |to| to.render(|n| self.reported(n)));
        let summary = self.summary(summary);
        self.session.outcome.handover = true;
        out.act(ActionKind::Transfer, [("to", &to), ("reason", reason), ("summary", &summary)]);
        self.end(Then::Transfer, out);
    }

    /// What the person is told first: the flow's own words, else what the caller gave, in the order it was asked.
    fn summary(&self, own: Option<&ByLang<Template>>) -> String {
        let mut text = self.own(Phrase::Summary).to_owned();
        let own = own.and_then(|own| own.get(self.lang));
        // Callers may ask for a person before they were asked for anything.
        let own = own.filter(|own| own.slots().all(|name| self.value(name).is_some()));
        let own = own.map(|own| own.render(|n| self.value(n)));
        let said = own.unwrap_or_else(|| match self.given().join(", ") {
            none if none.is_empty() => none,
            facts => self.own(Phrase::SummaryFacts).replace("{facts}", &facts),
        });
        if !said.trim().is_empty() {
            text.push(' ');
            text.push_str(said.trim());
        }
        text
    }

    fn given(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for state in &self.flow.states {
            let name = match &state.step {
                Step::Slot(slot) => Some(slot.name.as_str()),
                Step::Menu(menu) => menu.store.as_deref(),
                _ => None,
            };
            names.extend(name.filter(|name| !names.contains(name)));
        }
        names.into_iter().filter_map(|name| self.value(name)).filter(|said| !said.trim().is_empty()).collect()
    }

    /// The person does not take the call: it goes on.
    pub(super) fn not_connected(&mut self, out: &mut Out) {
        self.session.outcome.handover = false;
        self.session.handover_reason = None;
        self.session.mode = Mode::Ask;
        out.worth_repeating = true;
        self.phrase(Phrase::NotConnected, out);
        if self.session.outcome.emergency {
            // Whoever is in danger must not be kept.
            let spelt: Vec<String> = self.flow.emergency.number.chars().map(String::from).collect();
            self.phrase_with(Phrase::Emergency, "{number}", &spelt.join(" "), out);
        }
        let flow = Arc::clone(&self.flow);
        match (otherwise(&flow, self.session.at), first_question(&flow)) {
            (Some(at), _) => self.enter(at, out),
            (None, Some(at)) => {
                self.session.at = at;
                self.session.tries = 0;
                self.ask_again(false, out);
            }
            (None, None) => {
                self.phrase(Phrase::Goodbye, out);
                self.end(Then::HangUp, out);
            }
        }
    }
}

/// The state that asks the first question after the greeting, which is not said again.
fn first_question(flow: &Flow) -> Option<usize> {
    let mut at = flow.start;
    // Loading made sure that no states follow each other in a circle.
    for _ in 0..flow.states.len() {
        let state = flow.states.get(at)?;
        match state.step {
            Step::Go(to) | Step::Hold(Hold { go: to, .. }) => at = to,
            _ => return state.question().map(|_| at),
        }
    }
    None
}

/// Where the call goes on when the person whom that state hands over to does not take it. An emergency hands over from
/// any state: then it is what the hand-over state says.
fn otherwise(flow: &Flow, at: usize) -> Option<usize> {
    [at, flow.handover].into_iter().find_map(|at| match &flow.states.get(at)?.step {
        Step::Transfer(handover) => handover.otherwise,
        _ => None,
    })
}
