//! How texts are written: for one language or several, one wording or several, plain or per manner.

use std::ops::Range;

use tom_base::Lang;
use toml::de::{DeTable, DeValue};

use super::context::Context;
use super::fields::{Entry, Fields, Node, entries, kind, wrong_kind};
use crate::text::{ByLang, Prompt, Template, Wordings};
use crate::{manner, speakable, suggest};

/// Whether a value without languages stands for all of them.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shared {
    Yes,
    No,
}

/// Reads a value that may differ between languages.
pub(crate) fn by_lang<'d, T: Clone>(
    cx: &mut Context<'_>,
    entry: &Entry<'d>,
    shared: Shared,
    mut read: impl FnMut(&mut Context<'_>, Lang, &Entry<'d>) -> Option<T>,
) -> Option<ByLang<T>> {
    let langs = cx.langs.clone();
    match entry.node.get_ref() {
        DeValue::Table(table) if !has_manners(table) => {
            let mut all = Vec::new();
            for part in entries(table) {
                match langs.iter().find(|l| l.as_str() == part.key) {
                    Some(lang) => all.extend(read(cx, *lang, &part).map(|value| (*lang, value))),
                    None => cx.error(
                        &part.place,
                        format!("\"{}.{}\": the flow does not speak \"{}\".", entry.key, part.key, part.key),
                        suggest::remedy(part.key, langs.iter().map(Lang::as_str)),
                    ),
                }
            }
            for lang in &langs {
                if !table.iter().any(|(key, _)| key.get_ref() == lang.as_str()) {
                    cx.error(
                        &entry.place,
                        format!("\"{}\" has no text for \"{lang}\".", entry.key),
                        format!("Add {}.{lang} = \"…\", or take \"{lang}\" out of languages.", entry.key),
                    );
                }
            }
            (!all.is_empty()).then_some(ByLang(all))
        }
        _ if langs.len() == 1 || shared == Shared::Yes => {
            let all: Vec<(Lang, T)> =
                langs.iter().map_while(|lang| read(cx, *lang, entry).map(|value| (*lang, value))).collect();
            (!all.is_empty()).then_some(ByLang(all))
        }
        _ => {
            let keys: Vec<String> = langs.iter().map(|l| format!("{}.{l} = \"…\"", entry.key)).collect();
            cx.error(
                &entry.place,
                format!("\"{}\" does not say for which language it is.", entry.key),
                format!("Write {}.", keys.join(" and ")),
            );
            None
        }
    }
}

fn has_manners(table: &DeTable<'_>) -> bool {
    table.iter().any(|(key, _)| key.get_ref() == "default" || manner::canonical(key.get_ref()).is_some())
}

/// A prompt of a table, if it is there.
pub(crate) fn prompt(fields: &mut Fields<'_>, cx: &mut Context<'_>, key: &'static str) -> Option<Prompt> {
    let entry = fields.get(key)?;
    let texts = by_lang(cx, &entry, Shared::No, wordings)?;
    Some(Prompt { place: entry.place, texts })
}

/// A text that is not spoken but reported, and may be the same in all languages.
pub(crate) fn value(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<ByLang<Template>> {
    by_lang(cx, entry, Shared::Yes, |cx, lang, part| {
        let (text, place) = super::fields::text(cx, part)?;
        cx.template(text, lang, &place)
    })
}

/// A single spoken text in each language.
pub(crate) fn spoken(cx: &mut Context<'_>, entry: &Entry<'_>) -> Option<ByLang<Template>> {
    by_lang(cx, entry, Shared::No, |cx, lang, part| one(cx, lang, part.key, part.node))
}

fn wordings(cx: &mut Context<'_>, lang: Lang, entry: &Entry<'_>) -> Option<Wordings> {
    let DeValue::Table(table) = entry.node.get_ref() else {
        return Some(Wordings { usual: alternatives(cx, lang, entry)?, manners: Vec::new() });
    };
    let mut wordings = Wordings::default();
    for part in entries(table) {
        if part.key == "default" {
            wordings.usual = alternatives(cx, lang, &part)?;
        } else if let Some(name) = manner::canonical(part.key) {
            wordings.manners.push((name, alternatives(cx, lang, &part)?));
        } else {
            cx.error(
                &part.place,
                format!("\"{}\" is no manner of speaking.", part.key),
                suggest::remedy(part.key, std::iter::once("default").chain(manner::names())),
            );
        }
    }
    if wordings.usual.is_empty() {
        cx.error(&entry.place, format!("\"{}\" has no default wording.", entry.key), "Add default = \"…\".");
        return None;
    }
    Some(wordings)
}

fn alternatives(cx: &mut Context<'_>, lang: Lang, entry: &Entry<'_>) -> Option<Vec<Template>> {
    let all: Vec<Template> = match entry.node.get_ref() {
        DeValue::Array(items) => items.iter().filter_map(|item| one(cx, lang, entry.key, item)).collect(),
        DeValue::String(_) => one(cx, lang, entry.key, entry.node).into_iter().collect(),
        _ => {
            wrong_kind(cx, entry, "a text or a list of texts", "Write it in double quotes.");
            return None;
        }
    };
    if all.is_empty() && matches!(entry.node.get_ref(), DeValue::Array(items) if items.is_empty()) {
        cx.error(&entry.node.span(), format!("\"{}\" is empty.", entry.key), "Write at least one text.");
    }
    (!all.is_empty()).then_some(all)
}

fn one(cx: &mut Context<'_>, lang: Lang, key: &str, node: &Node<'_>) -> Option<Template> {
    let DeValue::String(text) = node.get_ref() else {
        let what = format!("\"{key}\" must be a text, and this is {}.", kind(node));
        cx.error(&node.span(), what, "Write it in double quotes.");
        return None;
    };
    let template = cx.template(text, lang, &node.span())?;
    check_speakable(cx, &template.literal(), &node.span());
    Some(template)
}

fn check_speakable(cx: &mut Context<'_>, text: &str, at: &Range<usize>) {
    if text.trim().is_empty() {
        cx.error(at, "This text is empty.", "Write what is to be said, or take the key out.");
    }
    if let Some(c) = speakable::unspeakable(text) {
        let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
        cx.error(at, format!("\"{shown}\" cannot be spoken."), "Write it as a word, or take it out.");
    } else if !speakable::balanced(text) {
        cx.error(
            at,
            "A round bracket has no partner.",
            "Close every bracket you open, or leave brackets out.",
        );
    }
}
