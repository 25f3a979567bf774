//! Do a call's arguments fit the function's schema?
//!
//! The part of JSON Schema that functions need: `type`, `properties`, `required`, `additionalProperties`,
//! `enum`, `minimum`, `maximum`, `minLength`, `maxLength`, `items`, `maxItems`. A schema with other keywords
//! that would restrict something is refused, so that nobody relies on a check that is not made.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Mistakes that are told at once; more would not help a model.
const MOST_MISTAKES: usize = 8;

/// What a value must be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "type")]
    kind: Option<Kind>,
    #[serde(default)]
    properties: BTreeMap<String, Schema>,
    #[serde(default)]
    required: Vec<String>,
    additional_properties: Option<bool>,
    #[serde(rename = "enum")]
    choices: Option<Vec<Value>>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    items: Option<Box<Schema>>,
    max_items: Option<usize>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "title")]
    _title: Option<String>,
    #[serde(rename = "default")]
    _default: Option<Value>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::String => value.is_string(),
            Self::Integer => value.as_f64().is_some_and(|n| n.fract() == 0.0),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
        }
    }
}

impl Schema {
    /// Reads the schema of a function's arguments.
    ///
    /// # Errors
    /// When it is no JSON, uses keywords beyond those above, or describes no object.
    pub fn parse(text: &str) -> Result<Self, String> {
        let schema: Self = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if schema.kind != Some(Kind::Object) {
            return Err("the arguments of a function are an object: \"type\": \"object\"".into());
        }
        for name in &schema.required {
            if !schema.properties.contains_key(name) {
                return Err(format!("the required field \"{name}\" is not among the properties"));
            }
        }
        Ok(schema)
    }

    /// What is wrong with a value, in sentences that a model can mend its call by; empty: nothing.
    #[must_use]
    pub fn mistakes(&self, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(value, "", &mut found);
        found.truncate(MOST_MISTAKES);
        found
    }

    fn check(&self, value: &Value, path: &str, found: &mut Vec<String>) {
        let what = if path.is_empty() { "the arguments".to_owned() } else { format!("field \"{path}\"") };
        if let Some(kind) = self.kind.filter(|kind| !kind.fits(value)) {
            found.push(format!("{what} must be {}", kind.name()));
            return;
        }
        if let Some(choices) = self.choices.as_ref().filter(|choices| !choices.contains(value)) {
            let list: Vec<String> = choices.iter().map(Value::to_string).collect();
            found.push(format!("{what} must be one of {}", list.join(", ")));
        }
        match value {
            Value::Object(fields) => self.check_fields(fields, path, found),
            Value::Array(items) => self.check_items(items, &what, path, found),
            Value::String(text) => self.check_text(text, &what, found),
            Value::Number(n) => self.check_number(n.as_f64().unwrap_or_default(), &what, found),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn check_fields(&self, fields: &serde_json::Map<String, Value>, path: &str, found: &mut Vec<String>) {
        let full = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for name in self.required.iter().filter(|name| !fields.contains_key(*name)) {
            found.push(format!("field \"{}\" is missing", full(name)));
        }
        for (name, value) in fields {
            match self.properties.get(name) {
                Some(schema) => schema.check(value, &full(name), found),
                None if self.additional_properties == Some(false) => {
                    found.push(format!("there is no field \"{}\"", full(&shortened(name, 40))));
                }
                None => {}
            }
        }
    }

    fn check_items(&self, items: &[Value], what: &str, path: &str, found: &mut Vec<String>) {
        if let Some(most) = self.max_items.filter(|most| items.len() > *most) {
            found.push(format!("{what} may have at most {most} items"));
        }
        if let Some(schema) = &self.items {
            for (number, item) in items.iter().enumerate().take(100) {
                schema.check(item, &format!("{path}[{number}]"), found);
            }
        }
    }

    fn check_text(&self, text: &str, what: &str, found: &mut Vec<String>) {
        let length = text.chars().count();
        if self.min_length.is_some_and(|least| length < least) {
            let empty = if length == 0 { "must not be empty" } else { "is too short" };
            found.push(format!("{what} {empty}"));
        }
        if let Some(most) = self.max_length.filter(|most| length > *most) {
            found.push(format!("{what} is too long: at most {most} characters"));
        }
    }

    fn check_number(&self, n: f64, what: &str, found: &mut Vec<String>) {
        if let Some(least) = self.minimum.filter(|least| n < *least) {
            found.push(format!("{what} must be at least {least}"));
        }
        if let Some(most) = self.maximum.filter(|most| n > *most) {
            found.push(format!("{what} must be at most {most}"));
        }
    }
}

/// At most so many characters of a text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema::parse(
            &json!({
                "type": "object",
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": 5, "description": "what"},
                    "count": {"type": "integer", "minimum": 1, "maximum": 9},
                    "kind": {"enum": ["a", "b"]},
                    "sure": {"type": "boolean"},
                    "list": {"type": "array", "items": {"type": "number"}, "maxItems": 2},
                    "who": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
                },
                "required": ["text"],
                "additionalProperties": false,
            })
            .to_string(),
        )
        .expect("a schema")
    }

    #[test]
    fn what_fits_has_no_mistakes() {
        for value in [
            json!({"text": "hi"}),
            json!({"text": "hällo", "count": 9.0, "kind": "b", "sure": false, "list": [1, 2.5], "who": {"name": "x", "more": 1}}),
        ] {
            assert_eq!(schema().mistakes(&value), Vec::<String>::new());
        }
    }

    #[test]
    fn mistakes_say_what_to_mend() {
        for (value, expected) in [
            (json!({}), "field \"text\" is missing"),
            (json!([]), "the arguments must be an object"),
            (json!({"text": 5}), "field \"text\" must be a text"),
            (json!({"text": ""}), "field \"text\" must not be empty"),
            (json!({"text": "123456"}), "field \"text\" is too long: at most 5 characters"),
            (json!({"text": "a", "count": 1.5}), "field \"count\" must be a whole number"),
            (json!({"text": "a", "count": 0}), "field \"count\" must be at least 1"),
            (json!({"text": "a", "count": 10}), "field \"count\" must be at most 9"),
            (json!({"text": "a", "kind": "c"}), "field \"kind\" must be one of \"a\", \"b\""),
            (json!({"text": "a", "sure": "yes"}), "field \"sure\" must be true or false"),
            (json!({"text": "a", "list": [1, 2, 3]}), "field \"list\" may have at most 2 items"),
            (json!({"text": "a", "list": ["x"]}), "field \"list[0]\" must be a number"),
            (json!({"text": "a", "who": {}}), "field \"who.name\" is missing"),
            (json!({"text": "a", "extra": 1}), "there is no field \"extra\""),
        ] {
            assert_eq!(schema().mistakes(&value), [expected], "{value}");
        }
    }

    #[test]
    fn a_schema_that_would_not_be_checked_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"type":"string"}"#,
            r#"{"type":"object","oneOf":[]}"#,
            r#"{"type":"object","properties":{"a":{"pattern":"x"}}}"#,
            r#"{"type":"object","required":["a"]}"#,
        ] {
            assert!(Schema::parse(text).is_err(), "{text}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            let key =
                prop::sample::select(vec!["text", "count", "kind", "sure", "list", "who", "name", "zz"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6)
                    .prop_map(|all| all.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn anything_is_judged_and_the_judgement_is_bounded(value in any_json(), text: String) {
            let found = schema().mistakes(&value);
            prop_assert!(found.len() <= MOST_MISTAKES);
            if found.is_empty() {
                let text = value.get("text").and_then(Value::as_str).unwrap_or_default();
                prop_assert!((1..=5).contains(&text.chars().count()));
            }
            let _ = Schema::parse(&text);
        }
    }
}
