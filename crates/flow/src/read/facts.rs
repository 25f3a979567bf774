//! How facts about the business are written: the part of the file an operator edits.

use toml::de::DeValue;

use super::context::{Context, Fact};
use super::fields::{Entry, entries, text, wrong_kind};
use super::prompt::{Shared, by_lang};
use crate::text::is_name;

/// Reads `[facts]`.
pub(crate) fn facts(cx: &mut Context<'_>, entry: &Entry<'_>) {
    let DeValue::Table(table) = entry.node.get_ref() else {
        wrong_kind(cx, entry, "a table", "Write [facts] on a line of its own.");
        return;
    };
    for part in entries(table) {
        if !is_name(part.key) {
            let what = format!("\"{}\" cannot name a fact.", part.key);
            cx.error(&part.place, what, "Use small letters, digits and _, beginning with a letter.");
            continue;
        }
        let value = by_lang(cx, &part, Shared::Yes, |cx, _, one| {
            let (fact, place) = text(cx, one)?;
            if fact.contains(['{', '}']) {
                cx.error(&place, "A fact cannot hold another fact or value.", "Write it out.");
            }
            Some(fact.to_owned())
        });
        if let Some(value) = value {
            cx.facts.insert(part.key.into(), Fact { place: part.place, text: value });
        }
    }
}
