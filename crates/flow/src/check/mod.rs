//! Can callers get through a flow: every place reachable, every end reached, every word known?

mod disclosure;
mod graph;
mod length;
mod phrases;
mod values;

use crate::model::{Flow, State, Step};
use crate::read::Context;
use crate::slot::Kind;

/// Finds what is wrong with a flow that was read without errors.
pub(crate) fn check(cx: &mut Context<'_>, flow: &Flow) {
    disclosure::check(cx, flow);
    phrases::check(cx, flow);
    graph::check(cx, flow);
    values::check(cx, flow);
    length::check(cx, flow);
}

/// A way from one state to another, and the values it fills on the way.
pub(crate) struct Edge<'f> {
    pub(crate) to: usize,
    pub(crate) fills: Vec<&'f str>,
}

/// The ways out of a state.
pub(crate) fn edges<'f>(flow: &'f Flow, state: &'f State) -> Vec<Edge<'f>> {
    let mut out: Vec<Edge<'f>> = Vec::new();
    match &state.step {
        Step::Go(to) => out.push(Edge { to: *to, fills: Vec::new() }),
        Step::Menu(_) => out.extend(choice_edges(state)),
        Step::Slot(slot) => {
            let fills = vec![slot.name.as_str()];
            match slot.kind {
                Kind::YesNo { yes, no } => {
                    out.push(Edge { to: yes, fills: fills.clone() });
                    out.push(Edge { to: no, fills });
                }
                _ => out.push(Edge { to: slot.go, fills }),
            }
        }
        Step::Transfer(handover) => {
            out.extend(handover.otherwise.map(|to| Edge { to, fills: Vec::new() }));
        }
        Step::Hold(hold) => {
            let ways = [Some(hold.go), Some(hold.otherwise), hold.key.map(|_| hold.pressed)];
            out.extend(ways.into_iter().flatten().map(|to| Edge { to, fills: Vec::new() }));
        }
        Step::HangUp | Step::Llm => {}
    }
    let also = state.question().and_then(|q| q.also).and_then(|also| flow.states.get(also));
    out.extend(also.into_iter().flat_map(choice_edges));
    out
}

fn choice_edges(state: &State) -> Vec<Edge<'_>> {
    let Step::Menu(menu) = &state.step else { return Vec::new() };
    menu.choices
        .iter()
        .map(|choice| {
            let set = choice.set.iter().map(|a| a.name.as_str());
            Edge { to: choice.go, fills: set.chain(menu.store.as_deref()).collect() }
        })
        .collect()
}

/// Where a call can get to at any time: the start, the hand-over, the goodbye.
pub(crate) fn entries(flow: &Flow) -> Vec<usize> {
    [flow.start, flow.handover].into_iter().chain(flow.goodbye).collect()
}
