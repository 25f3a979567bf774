//! How a choice is written: its name, its phrases, its key, where it leads.

use toml::de::DeValue;

use super::context::Context;
use super::fields::{Entry, Fields, text, wrong_kind};
use super::prompt::{Shared, by_lang, spoken, value};
use super::state::{go_to, names_a_value};
use crate::model::{Assign, Choice};
use crate::pattern::Pattern;
use crate::text::{ByLang, Place};

/// Reads a choice; `go` is where the state goes on if the choice does not say.
pub(crate) fn choice(mut fields: Fields<'_>, cx: &mut Context<'_>, go: Option<usize>) -> Option<Choice> {
    let place = fields.place.clone();
    let name = fields
        .need(cx, "name", "Add name = \"the opening hours\": what TOM says of it.")
        .and_then(|entry| spoken(cx, &entry));
    let phrases = fields
        .need(cx, "phrases", "Add phrases = [\"opening hours\", \"when are you open\"]: what callers say.")
        .and_then(|entry| phrases(cx, &entry));
    let key = fields
        .need(cx, "key", "Add key = \"1\": callers who are not understood press it.")
        .and_then(|entry| key(cx, &entry));
    let kept = fields.text(cx, "value").map(|(v, _)| v.to_owned());
    let set = assigns(&mut fields, cx);
    let own_go = fields.get("go").map(|entry| go_to(cx, &entry));
    fields.finish(cx);
    let go = match own_go {
        Some(found) => found,
        None if go.is_none() => {
            cx.error(&place, "A choice leads nowhere.", "Add go = \"STATE\" to it or to its state.");
            None
        }
        None => go,
    };
    Some(Choice { place, key: key?, name: name?, phrases: phrases?, value: kept, set, go: go? })
}

fn key(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<char> {
    let (key, place) = text(cx, entry)?;
    match key.chars().next() {
        Some(c @ '1'..='9') if key.len() == 1 => Some(c),
        Some('0') if key.len() == 1 => {
            cx.error(&place, "The key 0 always leads to a person.", "Take a key from 1 to 9.");
            None
        }
        Some('*') if key.len() == 1 => {
            cx.error(&place, "The key * always repeats.", "Take a key from 1 to 9.");
            None
        }
        _ => {
            cx.error(&place, format!("\"{key}\" is no key for a choice."), "Take a key from 1 to 9.");
            None
        }
    }
}

fn phrases(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<ByLang<Vec<Pattern>>> {
    by_lang(cx, entry, Shared::No, |cx, _, part| {
        let items: Vec<(&str, Place)> = match part.node.get_ref() {
            DeValue::String(one) => vec![(one.as_ref(), part.node.span())],
            DeValue::Array(items) => {
                let texts: Vec<_> = items
                    .iter()
                    .filter_map(|item| match item.get_ref() {
                        DeValue::String(one) => Some((one.as_ref(), item.span())),
                        _ => {
                            wrong_kind(
                                cx,
                                &Entry { node: item, ..part.clone() },
                                "a list of texts",
                                "Use quotes.",
                            );
                            None
                        }
                    })
                    .collect();
                texts
            }
            _ => {
                wrong_kind(cx, part, "a list of texts", "Write [\"opening hours\", \"when are you open\"].");
                return None;
            }
        };
        if items.is_empty() {
            cx.error(&part.node.span(), "There is no phrase for this choice.", "Write at least one phrase.");
            return None;
        }
        // All of them are read, so that all mistakes are found.
        let read: Vec<Option<Pattern>> = items.into_iter().map(|(phrase, at)| one(cx, phrase, &at)).collect();
        read.into_iter().collect()
    })
}

fn one(cx: &mut Context<'_>, phrase: &str, at: &Place) -> Option<Pattern> {
    if phrase.chars().any(|c| c.is_ascii_digit()) {
        let what = format!("\"{phrase}\" holds digits, which nobody says.");
        cx.error(at, what, "Write numbers as words, such as \"twenty four hours\".");
        return None;
    }
    if let Some(c) = phrase.chars().find(|c| !c.is_alphanumeric() && !" '’-[]()|".contains(*c)) {
        let what = format!("\"{c}\" in \"{phrase}\" cannot be said.");
        cx.error(at, what, "A phrase has words, [optional words] and (one | other) words.");
        return None;
    }
    match Pattern::parse(phrase) {
        Ok(pattern) => Some(pattern),
        Err(what) => {
            let remedy = "A phrase has words, [optional words] and (one | other) words.";
            cx.error(at, format!("\"{phrase}\": {what}"), remedy);
            None
        }
    }
}

/// The `set` of a state or choice.
pub(crate) fn assigns(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Vec<Assign> {
    let Some(entry) = fields.get("set") else { return Vec::new() };
    let DeValue::Table(table) = entry.node.get_ref() else {
        wrong_kind(cx, &entry, "a table", "Write set = { topic = \"an appointment\" }.");
        return Vec::new();
    };
    let mut all = Vec::new();
    for part in super::fields::entries(table) {
        if names_a_value(cx, part.key, &part.place)
            && let Some(value) = value(cx, &part)
        {
            all.push(Assign { place: part.place, name: part.key.into(), value });
        }
    }
    all
}
