//! Which grammar lets a model write calls that fit the functions' schemas, and nothing else?
//!
//! The grammar is in llama.cpp's notation (GBNF). It may allow less than a schema: optional fields come in the order
//! of their names, texts and lists have ends, and numbers with bounds are whole where a whole one lies between them.

use std::fmt::Write as _;

use serde_json::Value;

mod range;

/// Objects in objects.
const DEEPEST: usize = 12;
/// Rules of a grammar.
const MOST_RULES: usize = 2000;
/// Characters of a text that has no limit of its own.
const LONGEST_TEXT: u64 = 400;
/// Items of a list that has no limit of its own.
const LONGEST_LIST: u64 = 16;

/// Why there is no grammar.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SchemaError {
    /// A function's parameters are no schema.
    #[error("the parameters of the function {0} are no JSON object; mend them")]
    NoSchema(String),
    /// They say something that cannot be held.
    #[error("the parameters of the function {0} cannot be held: {1}; mend them")]
    Unknown(String, String),
}

/// The rules so far.
#[derive(Default)]
struct Rules {
    text: String,
    count: usize,
}

impl Rules {
    /// Adds a rule and gives its name.
    fn add(&mut self, body: &str) -> Result<String, String> {
        self.count += 1;
        if self.count > MOST_RULES {
            return Err("it has too many parts".into());
        }
        let name = format!("r{}", self.count);
        let _ = writeln!(self.text, "{name} ::= {body}");
        Ok(name)
    }

    /// The rule of a value.
    fn value(&mut self, schema: &Value, depth: usize) -> Result<String, String> {
        if depth > DEEPEST {
            return Err("it is nested more than 12 times".into());
        }
        if let Some(reference) = ["$ref", "allOf", "not", "if", "pattern", "patternProperties", "multipleOf"]
            .iter()
            .find(|word| schema.get(**word).is_some())
        {
            return Err(format!("\"{reference}\" is not supported"));
        }
        if let Some(choice) = schema.get("const") {
            return self.add(&literal(&choice.to_string()));
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
            if choices.is_empty() {
                return Err("an \"enum\" without values".into());
            }
            let all: Vec<String> = choices.iter().map(|choice| literal(&choice.to_string())).collect();
            return self.add(&all.join(" | "));
        }
        if let Some(any) = ["anyOf", "oneOf"].iter().find_map(|word| schema.get(*word)?.as_array()) {
            let rules: Vec<String> =
                any.iter().map(|one| self.value(one, depth + 1)).collect::<Result<_, _>>()?;
            return self.add(&rules.join(" | "));
        }
        match schema.get("type") {
            Some(Value::Array(kinds)) if !kinds.is_empty() => {
                let kinds = kinds.iter().filter_map(Value::as_str);
                let rules: Vec<String> =
                    kinds.map(|kind| self.kind(kind, schema, depth)).collect::<Result<_, _>>()?;
                self.add(&rules.join(" | "))
            }
            Some(Value::String(kind)) => self.kind(kind, schema, depth),
            None if schema.get("properties").is_some() => self.kind("object", schema, depth),
            None => Ok("scalar".into()),
            Some(_) => Err("a \"type\" that is none".into()),
        }
    }

    fn kind(&mut self, kind: &str, schema: &Value, depth: usize) -> Result<String, String> {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        match kind {
            "object" => self.object(schema, depth),
            "array" => {
                let least = bound("minItems").unwrap_or(0);
                let most = bound("maxItems").unwrap_or(LONGEST_LIST.max(least)).min(LONGEST_LIST.max(least));
                let item = match schema.get("items") {
                    Some(items) => self.value(items, depth + 1)?,
                    None => "scalar".into(),
                };
                if most == 0 {
                    return self.add("\"[]\"");
                }
                let (from, to) = (least.saturating_sub(1), most - 1);
                let items = format!("{item} (\",\" sp {item}){{{from},{to}}}");
                let items = if least == 0 { format!("({items})?") } else { items };
                self.add(&format!("\"[\" {items} \"]\""))
            }
            "string" => {
                let least = bound("minLength").unwrap_or(0);
                let most = bound("maxLength").unwrap_or(u64::MAX).min(LONGEST_TEXT.max(least));
                self.add(&format!("\"\\\"\" char{{{least},{most}}} \"\\\"\""))
            }
            "integer" => self.number(schema, "integer"),
            "number" => self.number(schema, "number"),
            "boolean" => Ok("boolean".into()),
            "null" => self.add("\"null\""),
            other => Err(format!("the type \"{other}\"")),
        }
    }

    fn number(&mut self, schema: &Value, free: &str) -> Result<String, String> {
        let bound = |name: &str, exclusive: &str, beyond: f64| {
            let plain = schema.get(name).and_then(Value::as_f64);
            let other = schema.get(exclusive).and_then(Value::as_f64);
            // The nearest number on the right side of it, or the next whole one.
            plain.or_else(|| other.map(|n| if n.fract() == 0.0 { n + beyond } else { n }))
        };
        let least = bound("minimum", "exclusiveMinimum", 1.0);
        let most = bound("maximum", "exclusiveMaximum", -1.0);
        if least.is_none() && most.is_none() {
            return Ok(free.into());
        }
        let (from, to) = (least.unwrap_or(-1e15).ceil(), most.unwrap_or(1e15).floor());
        match range::whole(from.clamp(-1e15, 1e15) as i64, to.clamp(-1e15, 1e15) as i64) {
            Some(body) => self.add(&body),
            // No whole number lies between them.
            None if free == "number" && least <= most => {
                self.add(&literal(&least.unwrap_or_default().to_string()))
            }
            None => Err("no number is between its bounds".into()),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Result<String, String> {
        let none = serde_json::Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let Some(lost) = required.iter().find(|name| !properties.contains_key(**name)) {
            return Err(format!("the required field \"{lost}\" is not among the properties"));
        }
        // From the last field to the first: what may follow when there was a field before, and when there was none.
        let (mut after, mut alone) = (String::from("\"\""), String::from("\"\""));
        for (name, property) in properties.iter().rev() {
            let value = self.value(property, depth + 1)?;
            let field =
                format!("{} sp {value} {after}", literal(&format!("{}:", Value::from(name.as_str()))));
            let needed = required.contains(&name.as_str());
            let or = |rest: &str| if needed { String::new() } else { format!(" | {rest}") };
            let first = self.add(&format!("{field}{}", or(&alone)))?;
            after = self.add(&format!("\",\" sp {field}{}", or(&after)))?;
            alone = first;
        }
        self.add(&format!("\"{{\" {alone} \"}}\""))
    }
}

/// A text as a literal of the notation.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The grammar of what stands between the marks of a call, and the closing mark. `tools`: names and schemas.
///
/// # Errors
/// When a schema cannot be held.
pub fn grammar<'t>(
    tools: impl IntoIterator<Item = (&'t str, &'t str)>,
    closes: &str,
) -> Result<String, SchemaError> {
    let mut rules = Rules::default();
    let mut calls = Vec::new();
    for (name, parameters) in tools {
        let schema: Value = serde_json::from_str(parameters).unwrap_or_default();
        if !schema.is_object() {
            return Err(SchemaError::NoSchema(name.to_owned()));
        }
        let unknown = |why| SchemaError::Unknown(name.to_owned(), why);
        let arguments = rules.kind("object", &schema, 0).map_err(unknown)?;
        let head = literal(&format!("{{\"name\": {}, \"arguments\": ", Value::from(name)));
        calls.push(format!("{head} {arguments} \"}}\""));
    }
    Ok(format!(
        "root ::= nl ({}) nl {}\nnl ::= \"\\n\"?\nsp ::= \" \"?\n\
         char ::= [^\"\\\\\\x00-\\x1F\\x7F] | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" hex)\n\
         hex ::= \"00\" [0-7] [0-9a-f]\nboolean ::= \"true\" | \"false\"\n\
         integer ::= \"-\"? (\"0\" | [1-9] [0-9]{{0,14}})\nnumber ::= integer (\".\" [0-9]{{1,6}})?\n\
         scalar ::= \"null\" | boolean | number | \"\\\"\" char{{0,{LONGEST_TEXT}}} \"\\\"\"\n{}",
        calls.join(" | "),
        literal(closes),
        rules.text
    ))
}
