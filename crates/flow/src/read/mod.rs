//! How a flow file becomes a [`Flow`]: everything that is wrong with it is found at once.

mod choice;
mod context;
mod facts;
mod fields;
mod head;
mod hold;
mod prompt;
mod slot;
mod state;

use toml::de::{DeTable, DeValue};

pub(crate) use context::Context;
use fields::{Fields, entries};

use crate::error::{FlowError, Severity};
use crate::model::{Flow, Step};
use crate::{Options, check};

/// Reads and checks a flow.
pub(crate) fn read(file: &str, text: &str, options: Options) -> Result<Flow, Vec<FlowError>> {
    let mut cx = Context::new(file, text);
    cx.llm = options.llm;
    let (document, mistakes) = DeTable::parse_recoverable(text);
    for mistake in mistakes {
        let what = mistake.message().lines().next().unwrap_or("something is written wrongly").to_owned();
        let place = mistake.span().unwrap_or(0..0);
        cx.error(
            &place,
            format!("This is not TOML: {what}."),
            "Check quotes, brackets and equals signs here.",
        );
    }
    if cx.has_errors() {
        return Err(cx.into_found());
    }
    let flow = whole(&mut cx, document.get_ref());
    // The checks need a whole flow: they would only echo what is already found.
    if let Some(flow) = flow.as_ref().filter(|_| !cx.has_errors()) {
        check::check(&mut cx, flow);
    }
    let failed = cx.has_errors();
    let found = cx.into_found();
    match flow {
        Some(mut flow) if !failed => {
            flow.warnings = found;
            Ok(flow)
        }
        _ => Err(found.into_iter().filter(|f| f.severity == Severity::Error).collect()),
    }
}

fn whole(cx: &mut Context<'_>, document: &DeTable<'_>) -> Option<Flow> {
    let mut top = Fields::new("The file", 0..0, document);
    let (head, facts, states) = (top.get("flow"), top.get("facts"), top.get("states"));
    top.finish(cx);
    if head.is_none() {
        cx.error_in_file(
            "There is no [flow] table.",
            "Begin the file with [flow], name, title, languages and start.",
        );
    }
    let states = match states.as_ref().map(|entry| (entry, entry.node.get_ref())) {
        Some((_, DeValue::Table(table))) if !table.is_empty() => entries(table),
        _ => {
            cx.error_in_file("There are no states.", "Add at least one [states.NAME].");
            return None;
        }
    };
    cx.states = states.iter().map(|entry| entry.key.to_owned()).collect();
    let mut head = Fields::of("[flow]", &head?, cx)?;
    head::languages(&mut head, cx)?;
    if let Some(entry) = facts {
        facts::facts(cx, &entry);
    }
    let flow = head::head(head, cx);
    let all: Vec<_> = states.iter().map(|entry| state::state(cx, entry)).collect();
    // A language model may use them all.
    if !all.iter().flatten().any(|state| matches!(state.step, Step::Llm)) {
        cx.warn_of_unused_facts();
    }
    let states: Option<Vec<_>> = all.into_iter().collect();
    Some(Flow { states: states?, facts: cx.all_facts(), ..flow? })
}
