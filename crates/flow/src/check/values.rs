//! Is every value that a text or report uses there whenever it is needed?

use std::collections::BTreeSet;

use super::{edges, entries};
use crate::model::{Assign, Flow, Handover, State, Step};
use crate::read::Context;
use crate::slot::Kind;
use crate::suggest;
use crate::text::{ByLang, Place, Template};

pub(super) fn check(cx: &mut Context<'_>, flow: &Flow) {
    let known = all_names(flow);
    let sure = surely_filled(flow);
    for (state, sure) in flow.states.iter().zip(&sure) {
        let Some(sure) = sure else { continue };
        let mut uses: Vec<(Place, &str)> = Vec::new();
        for (_, prompt) in state.prompts() {
            uses.extend(prompt.all().flat_map(|(_, t)| t.slots()).map(|name| (prompt.place.clone(), name)));
        }
        for assign in &state.set {
            uses.extend(used(&assign.value, &assign.place));
        }
        for report in &state.reports {
            uses.extend(report.data.iter().flat_map(|(_, text)| used(text, &report.place)));
        }
        let also = state.question().and_then(|q| q.also).and_then(|at| flow.states.get(at));
        for choice in state.choices().iter().chain(also.map_or(&[][..], State::choices)) {
            uses.extend(used(&choice.name, &choice.place));
            uses.extend(choice.set.iter().flat_map(|a| used(&a.value, &a.place)));
        }
        if let Step::Transfer(handover) = &state.step {
            uses.extend(used(&handover.to, &state.place));
        }
        uses.dedup();
        for (place, name) in uses {
            if !known.contains(name) {
                let what = format!("Nothing gives \"{{{name}}}\" a value.");
                cx.error(&place, what, suggest::remedy(name, known.iter().copied()));
            } else if !sure.contains(name) {
                cx.error(
                    &place,
                    format!("\"{{{name}}}\" may be empty: a way to \"{}\" does not ask for it.", state.name),
                    "Ask for it or set it on every way here.",
                );
            }
        }
    }
    summaries(cx, flow, &known);
    if let Some(to) = &flow.emergency.transfer
        && let Some((_, name)) = used(to, &(0..0)).first()
    {
        cx.error_in_file(
            format!("The emergency transfer uses \"{{{name}}}\", which callers give."),
            "Use a fact, or write the target out.",
        );
    }
    message_without_number(cx, flow);
}

/// A summary may use what the caller was not asked for on the way: then it is left out.
fn summaries(cx: &mut Context<'_>, flow: &Flow, known: &BTreeSet<&str>) {
    for state in &flow.states {
        let Step::Transfer(Handover { summary: Some(summary), .. }) = &state.step else { continue };
        if let Some((place, name)) =
            used(summary, &state.place).iter().find(|(_, name)| !known.contains(name))
        {
            let what = format!("Nothing gives \"{{{name}}}\" a value.");
            cx.error(place, what, suggest::remedy(name, known.iter().copied()));
        }
    }
}

fn used<'t>(text: &'t ByLang<Template>, place: &Place) -> Vec<(Place, &'t str)> {
    text.iter().flat_map(|(_, t)| t.slots()).map(|name| (place.clone(), name)).collect()
}

/// Every name that gets a value somewhere.
fn all_names(flow: &Flow) -> BTreeSet<&str> {
    let set = flow.states.iter().flat_map(|s| &s.set).map(|a: &Assign| a.name.as_str());
    let filled = flow.states.iter().flat_map(|s| edges(flow, s)).flat_map(|e| e.fills);
    set.chain(filled).collect()
}

/// For each state the names that have a value there on every way; none for a state no way leads to.
fn surely_filled(flow: &Flow) -> Vec<Option<BTreeSet<&str>>> {
    let mut sure: Vec<Option<BTreeSet<&str>>> = vec![None; flow.states.len()];
    let mut todo: Vec<(usize, BTreeSet<&str>)> =
        entries(flow).into_iter().map(|at| (at, BTreeSet::new())).collect();
    while let Some((at, coming)) = todo.pop() {
        let Some(state): Option<&State> = flow.states.get(at) else { continue };
        let own = state.set.iter().map(|a| a.name.as_str());
        let here: BTreeSet<&str> = coming.into_iter().chain(own).collect();
        let met = match &sure[at] {
            Some(before) => before.intersection(&here).copied().collect(),
            None => here,
        };
        // What is sure only ever shrinks, so this ends.
        if sure[at].as_ref() != Some(&met) {
            for edge in edges(flow, state) {
                todo.push((edge.to, met.iter().copied().chain(edge.fills).collect()));
            }
            sure[at] = Some(met);
        }
    }
    sure
}

/// Free speech can be lost, so a number to call back must be asked for as well.
fn message_without_number(cx: &mut Context<'_>, flow: &Flow) {
    let kind =
        |s: &State| if let Step::Slot(slot) = &s.step { Some((slot.kind, slot.place.clone())) } else { None };
    let slots: Vec<_> = flow.states.iter().filter_map(kind).collect();
    let asks_number = slots.iter().any(|(kind, _)| *kind == Kind::Phone);
    for (_, place) in slots.iter().filter(|(kind, _)| matches!(kind, Kind::Free { .. }) && !asks_number) {
        cx.warn(
            place,
            "What callers say freely may not be written down, and the flow asks for no number to call back.",
            "Add a state with a phone slot.",
        );
    }
}
