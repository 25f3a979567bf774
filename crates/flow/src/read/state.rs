//! How a state is written: what it says, does and asks, and what comes next.

use toml::de::DeValue;

use super::choice::{assigns, choice};
use super::context::Context;
use super::fields::{Entry, Fields, entries, text, wrong_kind};
use super::hold::hold;
use super::prompt::{prompt, value};
use super::slot::slot;
use crate::ActionKind;
use crate::model::{Handover, Menu, Question, Report, State, Step};
use crate::suggest;
use crate::text::{Place, is_name};

const STEPS: &str = "go, choice, slot, transfer, hold, hangup or llm";

/// Reads a state. Whatever is wrong is in `cx`; a state that is none is left out.
pub(crate) fn state(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<State> {
    let name = entry.key.to_owned();
    let mut fields = Fields::of(format!("The state \"{name}\""), entry, cx)?;
    let disclosure = prompt(&mut fields, cx, "disclosure");
    let say = prompt(&mut fields, cx, "say");
    let more = prompt(&mut fields, cx, "more");
    let resolved = fields.flag(cx, "resolved").unwrap_or(false);
    let set = assigns(&mut fields, cx);
    let mut reports: Vec<Report> = [("message", ActionKind::Message), ("callback", ActionKind::Callback)]
        .into_iter()
        .filter_map(|(key, kind)| report(&mut fields, cx, key, kind))
        .collect();
    reports.extend(press(&mut fields, cx));
    let step = step(&mut fields, cx);
    fields.finish(cx);
    Some(State {
        name,
        place: entry.place.clone(),
        disclosure,
        say,
        more,
        set,
        reports,
        resolved,
        step: step?,
    })
}

/// What comes after a state has spoken: exactly one thing.
fn step(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Step> {
    let question = Question {
        ask: prompt(fields, cx, "ask"),
        words: prompt(fields, cx, "words"),
        keys: prompt(fields, cx, "keys"),
        retry: prompt(fields, cx, "retry"),
        also: fields.get("also").and_then(|entry| go_to(cx, &entry)),
    };
    let go = fields.get("go");
    let go_state = go.as_ref().map(|entry| go_to(cx, entry));
    let choices = fields.tables(cx, "choice");
    let slot_entry = fields.get("slot");
    let store = fields.text(cx, "store");
    let confirm = fields.flag(cx, "confirm").unwrap_or(false);
    let transfer = fields.get("transfer");
    let held = fields.get("hold");
    let summary = fields.get("summary");
    let otherwise = fields.get("otherwise");
    let hangup = ends(fields, cx, "hangup");
    let llm = ends(fields, cx, "llm");

    let asks = !choices.is_empty() || slot_entry.is_some();
    let steps: Vec<&str> = [
        ("choice", !choices.is_empty()),
        ("slot", slot_entry.is_some()),
        ("go", go.is_some() && !asks && held.is_none()),
        ("transfer", transfer.is_some()),
        ("hold", held.is_some()),
        ("hangup", hangup.is_some()),
        ("llm", llm.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_there)| is_there.then_some(key))
    .collect();
    match steps.as_slice() {
        [] => {
            let what = format!("{} leads nowhere.", fields.what);
            cx.error(&fields.place, what, format!("Add one of {STEPS}."));
            return None;
        }
        [_] => {}
        several => {
            let what = format!("{} has several ways on: {}.", fields.what, several.join(", "));
            cx.error(&fields.place, what, "Keep one of them.");
        }
    }
    if !asks {
        let extra =
            [("ask", question.ask.is_some()), ("store", store.is_some()), ("also", question.also.is_some())];
        for (key, _) in extra.into_iter().filter(|(_, is_there)| *is_there) {
            let what = format!("{} has \"{key}\" but waits for no answer.", fields.what);
            cx.error(&fields.place, what, "Add choices or a slot, or say it with \"say\".");
        }
    }
    if !choices.is_empty() {
        let store = store.filter(|(name, at)| names_a_value(cx, name, at)).map(|(name, _)| name.to_owned());
        let choices: Vec<_> =
            choices.into_iter().filter_map(|table| choice(table, cx, go_state.flatten())).collect();
        return Some(Step::Menu(Menu { question, choices, store, confirm }));
    }
    if let Some(entry) = slot_entry {
        return slot(cx, &entry, question, go_state).map(Step::Slot);
    }
    if let Some(entry) = transfer {
        let summary = summary.and_then(|entry| value(cx, &entry));
        let otherwise = otherwise.and_then(|entry| go_to(cx, &entry));
        return value(cx, &entry).map(|to| Step::Transfer(Handover { to, summary, otherwise }));
    }
    if let Some(entry) = held {
        if let Some(entry) = summary {
            let what = format!("{} has \"summary\" but hands over to nobody.", fields.what);
            cx.error(&entry.place, what, "Take it out.");
        }
        return hold(cx, &entry, go_state, otherwise.as_ref());
    }
    for (key, entry) in [("summary", summary), ("otherwise", otherwise)] {
        if let Some(entry) = entry {
            let what = format!("{} has \"{key}\" but hands over to nobody.", fields.what);
            cx.error(&entry.place, what, "Add transfer, or take it out.");
        }
    }
    if let Some(at) = llm {
        if !cx.llm {
            cx.error(
                &at,
                "This flow hands over to a language model, and none is set up.",
                "Set up a language model in the configuration, or use transfer instead.",
            );
        }
        return Some(Step::Llm);
    }
    if hangup.is_some() {
        return Some(Step::HangUp);
    }
    go_state.flatten().map(Step::Go)
}

/// `hangup = true` and its like; false is an error, for it says nothing.
fn ends(fields: &mut Fields<'_>, cx: &mut Context<'_>, key: &'static str) -> Option<Place> {
    let place = fields.get(key)?.place;
    let value = fields.flag(cx, key);
    if value == Some(false) {
        cx.error(&place, format!("\"{key}\" = false says nothing."), "Take it out.");
    }
    Some(place)
}

/// `press = "12#"`: keys for a machine at the other end.
fn press(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Report> {
    let entry = fields.get("press")?;
    let keys = value(cx, &entry)?;
    let plain = keys.iter().filter(|(_, keys)| keys.slots().next().is_none()).map(|(_, keys)| keys.literal());
    if plain
        .into_iter()
        .any(|keys| keys.is_empty() || !keys.chars().all(|key| tom_base::Key::from_char(key).is_some()))
    {
        let what = "What is pressed are no keys of a telephone.";
        cx.error(&entry.place, what, "Use 0 to 9, * and #, without blanks.");
    }
    Some(Report { place: entry.place, kind: ActionKind::SendKeys, data: vec![("keys".into(), keys)] })
}

fn report(
    fields: &mut Fields<'_>,
    cx: &mut Context<'_>,
    key: &'static str,
    kind: ActionKind,
) -> Option<Report> {
    let entry = fields.get(key)?;
    let DeValue::Table(table) = entry.node.get_ref() else {
        wrong_kind(cx, &entry, "a table", &format!("Write {key} = {{ number = \"{{number}}\" }}."));
        return None;
    };
    let mut data = Vec::new();
    for part in entries(table) {
        if let Some(template) = value(cx, &part) {
            data.push((part.key.to_owned(), template));
        }
    }
    if kind == ActionKind::Callback && !data.iter().any(|(name, _)| name == "number") {
        let what = "A callback does not say which number to call.";
        cx.error(&entry.place, what, "Add number = \"{number}\", and ask for it in a phone slot before.");
    }
    Some(Report { place: entry.place, kind, data })
}

/// The state a value names.
pub(crate) fn go_to(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<usize> {
    let (name, place) = text(cx, entry)?;
    let found = cx.states.iter().position(|s| s == name);
    if found.is_none() {
        let remedy = suggest::remedy(name, cx.states.iter().map(String::as_str));
        cx.error(&place, format!("There is no state \"{name}\"."), remedy);
    }
    found
}

/// Whether a name can be given to a value.
pub(crate) fn names_a_value(cx: &mut Context<'_>, name: &str, at: &Place) -> bool {
    if !is_name(name) {
        let what = format!("\"{name}\" cannot name a value.");
        cx.error(at, what, "Use small letters, digits and _, beginning with a letter.");
    } else if cx.facts.contains_key(name) {
        cx.error(at, format!("\"{name}\" is already a fact."), "Give the value another name.");
    } else {
        return true;
    }
    false
}
