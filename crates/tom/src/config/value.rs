//! A setting's value: read from TOML or a text, checked against its kind.

use super::schema::{Key, Kind};

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Not set.
    None,
    Text(String),
    Number(i64),
    /// In thousandths.
    Fraction(i64),
    Switch(bool),
    List(Vec<String>),
}

impl Value {
    /// From a text, as the environment and flags give it.
    pub(crate) fn from_text(key: &Key, text: &str) -> Result<Self, String> {
        let text = text.trim();
        let value = match key.kind {
            Kind::Text | Kind::Path | Kind::Word(_) => toml::Value::String(text.to_owned()),
            Kind::Number(..) => {
                toml::Value::Integer(text.parse().map_err(|_| format!("{text:?} is no whole number"))?)
            }
            Kind::Fraction(..) => {
                toml::Value::Float(text.parse().map_err(|_| format!("{text:?} is no number"))?)
            }
            Kind::Switch => {
                toml::Value::Boolean(text.parse().map_err(|_| format!("{text:?} is not true or false"))?)
            }
            Kind::List => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect())
            }
        };
        Self::from_toml(key, &value)
    }

    /// From TOML.
    pub(crate) fn from_toml(key: &Key, value: &toml::Value) -> Result<Self, String> {
        match (key.kind, value) {
            (Kind::Text | Kind::Path, toml::Value::String(text)) => Ok(Self::Text(text.clone())),
            (Kind::Word(words), toml::Value::String(text)) => {
                if words.contains(&text.as_str()) {
                    Ok(Self::Text(text.clone()))
                } else {
                    Err(format!("{text:?} is not one of {}", words.join(", ")))
                }
            }
            (Kind::Number(low, high), toml::Value::Integer(n)) if (low..=high).contains(n) => {
                Ok(Self::Number(*n))
            }
            (Kind::Number(low, high), toml::Value::Integer(n)) => {
                Err(format!("{n} is not between {low} and {high}"))
            }
            (Kind::Fraction(low, high), toml::Value::Float(_) | toml::Value::Integer(_)) => {
                let f = value.as_float().or_else(|| value.as_integer().map(|n| n as f64)).unwrap_or(f64::NAN);
                let thousandths = (f * 1000.0).round() as i64;
                if f.is_finite() && (low..=high).contains(&thousandths) {
                    Ok(Self::Fraction(thousandths))
                } else {
                    Err(format!("{f} is not between {} and {}", low as f64 / 1000.0, high as f64 / 1000.0))
                }
            }
            (Kind::Switch, toml::Value::Boolean(on)) => Ok(Self::Switch(*on)),
            (Kind::List, toml::Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| format!("{item} is no text")))
                .collect::<Result<_, _>>()
                .map(Self::List),
            (kind, other) => Err(format!("{other} is not {}", kind.wants())),
        }
    }

    /// The key's default.
    pub(crate) fn default_of(key: &Key) -> Self {
        if key.default.is_empty() {
            return Self::None;
        }
        let document: Result<toml::Table, _> = format!("v = {}", key.default).parse();
        document
            .ok()
            .and_then(|table| table.get("v").and_then(|value| Self::from_toml(key, value).ok()))
            .unwrap_or(Self::None)
    }

    /// As TOML text.
    pub(crate) fn to_toml(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => toml::Value::String(text.clone()).to_string(),
            Self::Number(n) => n.to_string(),
            Self::Switch(on) => on.to_string(),
            Self::Fraction(n) => format!("{}", *n as f64 / 1000.0),
            Self::List(items) => {
                toml::Value::Array(items.iter().cloned().map(toml::Value::String).collect()).to_string()
            }
        }
    }

    /// As JSON.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::None => serde_json::Value::Null,
            Self::Text(text) => text.clone().into(),
            Self::Number(n) => (*n).into(),
            Self::Switch(on) => (*on).into(),
            Self::Fraction(n) => (*n as f64 / 1000.0).into(),
            Self::List(items) => items.clone().into(),
        }
    }
}

impl Kind {
    /// For error messages: "is not …".
    pub(crate) fn wants(self) -> String {
        match self {
            Self::Text => "a text in quotes".into(),
            Self::Path => "a path in quotes".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Number(low, high) => format!("a whole number between {low} and {high}"),
            Self::Fraction(low, high) => {
                format!("a number between {} and {}", low as f64 / 1000.0, high as f64 / 1000.0)
            }
            Self::Switch => "true or false".into(),
            Self::List => "a list of texts".into(),
        }
    }
}
