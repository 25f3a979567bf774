//! Is every state reached, does every way end, and does no way run in circles without asking?

use super::{edges, entries};
use crate::model::{Flow, Handover, Step};
use crate::read::Context;
use crate::slot::{Kind, Slot};

pub(super) fn check(cx: &mut Context<'_>, flow: &Flow) {
    let ways: Vec<Vec<usize>> =
        flow.states.iter().map(|s| edges(flow, s).into_iter().map(|e| e.to).collect()).collect();
    let reached = spread(entries(flow), |at| ways[at].clone(), flow.states.len());
    let ends = flow.states.iter().enumerate().filter(|(_, s)| is_end(&s.step)).map(|(at, _)| at).collect();
    let before = |to: usize| -> Vec<usize> {
        ways.iter().enumerate().filter(|(_, ways)| ways.contains(&to)).map(|(from, _)| from).collect()
    };
    let ending = spread(ends, before, flow.states.len());

    for (at, state) in flow.states.iter().enumerate() {
        if !reached[at] {
            cx.error(
                &state.place,
                format!("No way leads to the state \"{}\".", state.name),
                "Let a choice, a slot or another state go to it, or take it out.",
            );
        }
    }
    // One mistake makes many states endless, so they are named together.
    let endless =
        || flow.states.iter().enumerate().filter(|(at, _)| reached[*at] && !ending[*at]).map(|(_, s)| s);
    if let Some(first) = endless().next() {
        let names: Vec<&str> = endless().map(|s| s.name.as_str()).collect();
        cx.error(
            &first.place,
            format!("No way leads to an end from: {}.", names.join(", ")),
            "Let one of them lead to a state with hangup = true or transfer.",
        );
    }
    circles(cx, flow);
    targets(cx, flow);
}

fn is_end(step: &Step) -> bool {
    matches!(step, Step::HangUp | Step::Transfer(_) | Step::Llm)
}

/// Which of `count` states are reached from some, going on by `next`.
fn spread(from: Vec<usize>, next: impl Fn(usize) -> Vec<usize>, count: usize) -> Vec<bool> {
    let mut reached = vec![false; count];
    let mut todo = from;
    while let Some(at) = todo.pop() {
        if let Some(seen) = reached.get_mut(at)
            && !*seen
        {
            *seen = true;
            todo.extend(next(at));
        }
    }
    reached
}

/// States that follow each other without a question, round and round.
fn circles(cx: &mut Context<'_>, flow: &Flow) {
    for (start, state) in flow.states.iter().enumerate() {
        let mut at = start;
        for _ in 0..flow.states.len() {
            match flow.states.get(at).map(|s| &s.step) {
                Some(Step::Go(to)) => at = *to,
                // Where nobody takes calls.
                Some(Step::Transfer(Handover { otherwise: Some(to), .. })) => at = *to,
                // Passed over where free speech cannot be kept.
                Some(Step::Slot(Slot { kind: Kind::Free { .. }, go, .. })) => at = *go,
                _ => break,
            }
            if at == start {
                cx.error(
                    &state.place,
                    format!("The state \"{}\" comes back to itself without asking anything.", state.name),
                    "Let one of the states on the way ask something or end.",
                );
                break;
            }
        }
    }
}

/// `goodbye` and `also` must lead to states of the right kind.
fn targets(cx: &mut Context<'_>, flow: &Flow) {
    if let Some(state) = flow.goodbye.and_then(|at| flow.states.get(at))
        && !matches!(state.step, Step::HangUp)
    {
        cx.error(
            &state.place,
            format!("The goodbye state \"{}\" does not hang up.", state.name),
            "Give it hangup = true, or let goodbye name a state that has it.",
        );
    }
    for state in &flow.states {
        let also = state.question().and_then(|q| q.also).and_then(|at| flow.states.get(at));
        if let Some(other) = also.filter(|other| other.choices().is_empty()) {
            cx.error(
                &state.place,
                format!("\"also\" of \"{}\" names \"{}\", which has no choices.", state.name, other.name),
                "Let it name a state with choices.",
            );
        }
    }
}
