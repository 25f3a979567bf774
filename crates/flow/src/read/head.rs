//! How `[flow]` is written: name, languages, where it starts, who takes over.

use tom_base::Lang;
use toml::de::DeValue;

use super::context::Context;
use super::fields::{Entry, Fields, text, wrong_kind};
use super::prompt::{Shared, by_lang, value};
use super::state::go_to;
use crate::model::{EmergencyRule, Flow};
use crate::phrases;

/// What is dialled in an emergency where the flow does not say: the number of the European Union.
const EMERGENCY_NUMBER: &str = "112";

/// Reads the languages into `cx`; none if there are none.
pub(crate) fn languages(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<()> {
    let entry = fields.need(cx, "languages", "Add languages = [\"en\"]; the first is the usual one.")?;
    let DeValue::Array(items) = entry.node.get_ref() else {
        wrong_kind(cx, &entry, "a list", "Write languages = [\"en\", \"de\"].");
        return None;
    };
    let spoken = phrases::languages();
    for item in items.iter() {
        let lang = match item.get_ref() {
            DeValue::String(tag) => tag.parse::<Lang>().ok().filter(|l| spoken.contains(l)),
            _ => None,
        };
        match lang {
            Some(lang) if !cx.langs.contains(&lang) => cx.langs.push(lang),
            Some(lang) => cx.error(&item.span(), format!("\"{lang}\" is listed twice."), "Take one out."),
            None => {
                let tags: Vec<&str> = spoken.iter().map(Lang::as_str).collect();
                let what = "TOM has no words of its own for this language.";
                cx.error(&item.span(), what, format!("A flow can speak: {}.", tags.join(", ")));
            }
        }
    }
    if items.is_empty() {
        cx.error(&entry.place, "The flow speaks no language.", "Write languages = [\"en\"].");
    }
    (!cx.langs.is_empty()).then_some(())
}

/// Reads the rest of `[flow]`, without states.
pub(crate) fn head(mut fields: Fields<'_>, cx: &mut Context<'_>) -> Option<Flow> {
    let name = fields
        .need(cx, "name", "Add name = \"reception\".")
        .and_then(|entry| text(cx, &entry))
        .map(|(name, _)| name.to_owned());
    let title = fields.text(cx, "title").map(|(title, _)| title.to_owned());
    let start = state(&mut fields, cx, "start", "Add start = \"STATE\": where a call begins.");
    let handover = state(
        &mut fields,
        cx,
        "handover",
        "Add handover = \"STATE\": where callers go who want or need a person.",
    );
    let goodbye = fields.get("goodbye").map(|entry| go_to(cx, &entry));
    let rating = fields.flag(cx, "rating").unwrap_or(true);
    let emergency = emergency(&mut fields, cx);
    let hints = fields.get("hints").and_then(|entry| hints(cx, &entry));
    fields.finish(cx);
    Some(Flow {
        title: title.or_else(|| name.clone()).unwrap_or_default(),
        name: name?,
        languages: cx.langs.clone(),
        start: start?,
        handover: handover?,
        goodbye: match goodbye {
            Some(found) => Some(found?),
            None => None,
        },
        rating,
        emergency: emergency?,
        hints: hints.unwrap_or_default(),
        facts: Vec::new(),
        states: Vec::new(),
        warnings: Vec::new(),
    })
}

fn state(fields: &mut Fields<'_>, cx: &mut Context<'_>, key: &'static str, remedy: &str) -> Option<usize> {
    let entry = fields.need(cx, key, remedy)?;
    go_to(cx, &entry)
}

fn emergency(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<EmergencyRule> {
    let usual = EmergencyRule { number: EMERGENCY_NUMBER.into(), transfer: None };
    let Some(entry) = fields.get("emergency") else { return Some(usual) };
    let mut rule = Fields::of("The emergency rule", &entry, cx)?;
    let number = rule.text(cx, "number");
    let transfer = rule.get("transfer").and_then(|entry| value(cx, &entry));
    rule.finish(cx);
    let valid = |n: &str| (3..=5).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
    if let Some((_, at)) = number.as_ref().filter(|(n, _)| !valid(n)) {
        cx.error(
            at,
            "This is no emergency number.",
            "Write number = \"112\", or what is dialled where you are.",
        );
        return None;
    }
    Some(EmergencyRule { number: number.map_or(usual.number, |(n, _)| n.to_owned()), transfer })
}

fn hints(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<Vec<(Lang, Vec<String>)>> {
    let all = by_lang(cx, entry, Shared::Yes, |cx, _, part| {
        let DeValue::Array(items) = part.node.get_ref() else {
            wrong_kind(cx, part, "a list of texts", "Write hints = [\"Example\"].");
            return None;
        };
        let texts: Vec<Option<String>> = items
            .iter()
            .map(|item| text(cx, &Entry { node: item, ..part.clone() }).map(|(t, _)| t.to_owned()))
            .collect();
        texts.into_iter().collect::<Option<Vec<_>>>()
    })?;
    Some(all.0)
}
