//! How are functions, their calls and results said in a form that knows three roles and texts?
//!
//! Functions are described in the system's message, a call is a JSON object between two marks, and results come in the user's messages,
//! between marks as well: as models of the families Qwen and Hermes were taught, and others understand.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::prompt::{CLOSES, OPENS};
use crate::request::{Ask, Message, Tool};

/// A message in the form's words.
pub(crate) struct Part {
    pub(crate) role: &'static str,
    pub(crate) text: String,
}

/// Messages of three roles, in which functions are TOM's to describe. `system`: there is a place for the system's;
/// otherwise it stands before the first of the user's. `harmless` breaks up marks in a text; with `true` the text is
/// TOM's, whose marks of calls are meant.
pub(crate) fn parts(ask: &Ask, system: bool, harmless: impl Fn(&str, bool) -> String) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |role, text: String| match parts.last_mut() {
        Some(last) if last.role == role => {
            last.text.push('\n');
            last.text.push_str(&text);
        }
        _ => parts.push(Part { role, text }),
    };
    let mut told = told(ask);
    if !ask.tools.is_empty() {
        told.push_str(&described(&ask.tools));
    }
    if !told.trim().is_empty() {
        let told = harmless(told.trim(), true);
        if system { add("system", told) } else { add("user", format!("{told}\n")) }
    }
    for message in &ask.messages {
        match message {
            Message::System { .. } => {}
            Message::User { text } => add("user", harmless(text, false)),
            Message::Assistant { text, calls } => {
                let mut said = harmless(text, false);
                for call in calls {
                    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
                    let call = json!({ "name": call.name, "arguments": arguments }).to_string();
                    let _ = write!(said, "{OPENS}\n{}\n{CLOSES}", harmless(&call, false));
                }
                add("assistant", said);
            }
            Message::Tool { result, .. } => {
                let result = harmless(result, false);
                add("user", format!("<tool_response>\n{result}\n</tool_response>"));
            }
        }
    }
    parts
}

/// The system's message.
pub(crate) fn told(ask: &Ask) -> String {
    let system = ask.messages.iter().filter_map(|m| match m {
        Message::System { text } => Some(text.trim()),
        _ => None,
    });
    system.collect::<Vec<_>>().join("\n\n")
}

/// What the model is told of functions.
fn described(tools: &[Tool]) -> String {
    let mut text = "\n\n# Functions\n\nYou may call these functions:\n<tools>\n".to_owned();
    for tool in tools {
        let parameters: Value = serde_json::from_str(&tool.parameters).unwrap_or_default();
        let function =
            json!({ "name": tool.name, "description": tool.description, "parameters": parameters });
        let _ = writeln!(text, "{}", json!({ "type": "function", "function": function }));
    }
    let _ = write!(
        text,
        "</tools>\n\nTo call one, write its name and arguments as a JSON object between these marks, and nothing after \
         them:\n{OPENS}\n{{\"name\": \"NAME\", \"arguments\": {{}}}}\n{CLOSES}"
    );
    text
}
