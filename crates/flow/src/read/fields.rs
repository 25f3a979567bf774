//! The keys of one table: each is asked for by name, and whatever nobody asked for is an error.

use std::fmt::Display;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::context::Context;
use crate::suggest;
use crate::text::Place;

/// A value and where it stands.
pub(crate) type Node<'d> = Spanned<DeValue<'d>>;

/// A key that is there.
#[derive(Clone)]
pub(crate) struct Entry<'d> {
    pub(crate) key: &'d str,
    /// Where the key stands.
    pub(crate) place: Place,
    pub(crate) node: &'d Node<'d>,
}

/// The keys of a table.
pub(crate) struct Fields<'d> {
    /// What the table describes: `The state "menu"`.
    pub(crate) what: String,
    /// Where it stands.
    pub(crate) place: Place,
    entries: Vec<Entry<'d>>,
    known: Vec<&'static str>,
}

/// All keys of a table, in the order of the file.
pub(crate) fn entries<'d>(table: &'d DeTable<'d>) -> Vec<Entry<'d>> {
    let mut all: Vec<Entry<'d>> = table
        .iter()
        .map(|(key, node)| Entry { key: key.get_ref().as_ref(), place: key.span(), node })
        .collect();
    all.sort_by_key(|e| e.place.start);
    all
}

/// What kind of value it is, for messages.
pub(crate) fn kind(node: &Node<'_>) -> &'static str {
    match node.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

impl<'d> Fields<'d> {
    pub(crate) fn new(what: impl Into<String>, place: Place, table: &'d DeTable<'d>) -> Self {
        Self { what: what.into(), place, entries: entries(table), known: Vec::new() }
    }

    /// The table in a value.
    pub(crate) fn of(what: impl Into<String>, entry: &Entry<'d>, cx: &mut Context<'_>) -> Option<Self> {
        match entry.node.get_ref() {
            DeValue::Table(table) => Some(Self::new(what, entry.place.clone(), table)),
            _ => {
                wrong_kind(cx, entry, "a table", &format!("Write [{}] on a line of its own.", entry.key));
                None
            }
        }
    }

    /// A key, if it is there.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<Entry<'d>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.iter().find(|e| e.key == key).cloned()
    }

    /// A key that must be there.
    pub(crate) fn need(
        &mut self,
        cx: &mut Context<'_>,
        key: &'static str,
        remedy: &str,
    ) -> Option<Entry<'d>> {
        let entry = self.get(key);
        if entry.is_none() {
            cx.error(&self.place, format!("{} has no \"{key}\".", self.what), remedy);
        }
        entry
    }

    pub(crate) fn text(&mut self, cx: &mut Context<'_>, key: &'static str) -> Option<(&'d str, Place)> {
        let entry = self.get(key)?;
        text(cx, &entry)
    }

    pub(crate) fn flag(&mut self, cx: &mut Context<'_>, key: &'static str) -> Option<bool> {
        let entry = self.get(key)?;
        match entry.node.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => {
                wrong_kind(cx, &entry, "true or false", "Write it without quotes.");
                None
            }
        }
    }

    pub(crate) fn number<T>(
        &mut self,
        cx: &mut Context<'_>,
        key: &'static str,
        range: RangeInclusive<T>,
    ) -> Option<T>
    where
        T: Copy + Display + PartialOrd + TryFrom<u32>,
    {
        let entry = self.get(key)?;
        let value = match entry.node.get_ref() {
            DeValue::Integer(n) => {
                let n = u32::from_str_radix(n.as_str(), n.radix()).ok();
                n.and_then(|n| T::try_from(n).ok()).filter(|n| range.contains(n))
            }
            _ => None,
        };
        if value.is_none() {
            let (low, high) = (range.start(), range.end());
            cx.error(
                &entry.node.span(),
                format!("\"{key}\" must be a whole number from {low} to {high}."),
                "Write it without quotes.",
            );
        }
        value
    }

    /// The tables of a `[[list]]`.
    pub(crate) fn tables(&mut self, cx: &mut Context<'_>, key: &'static str) -> Vec<Fields<'d>> {
        let Some(entry) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = entry.node.get_ref() else {
            wrong_kind(cx, &entry, "a list of tables", "Write its header with two brackets on each side.");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Self::new(format!("A {key}"), item.span(), table)),
                _ => cx.error(
                    &item.span(),
                    format!("\"{key}\" must be a list of tables, and this is {}.", kind(item)),
                    "Write its header with two brackets on each side.",
                ),
            }
        }
        tables
    }

    /// All keys are asked for: what is left is unknown.
    pub(crate) fn finish(self, cx: &mut Context<'_>) {
        for entry in &self.entries {
            if !self.known.contains(&entry.key) {
                cx.error(
                    &entry.place,
                    format!("{} has an unknown key \"{}\".", self.what, entry.key),
                    suggest::remedy(entry.key, self.known.iter().copied()),
                );
            }
        }
    }
}

/// The text in a value.
pub(crate) fn text<'d>(cx: &mut Context<'_>, entry: &Entry<'d>) -> Option<(&'d str, Place)> {
    match entry.node.get_ref() {
        DeValue::String(text) => Some((text.as_ref(), entry.node.span())),
        _ => {
            wrong_kind(cx, entry, "a text", "Write it in double quotes.");
            None
        }
    }
}

/// The value is of the wrong kind.
pub(crate) fn wrong_kind(cx: &mut Context<'_>, entry: &Entry<'_>, wanted: &str, remedy: &str) {
    let what = format!("\"{}\" must be {wanted}, and this is {}.", entry.key, kind(entry.node));
    cx.error(&entry.node.span(), what, remedy);
}
