//! How does a conversation look to a template?
//!
//! As transformers describes it: mappings with `role` and `content`, calls in `tool_calls`, functions with their schemas.

use minijinja::{Value, context};
use serde_json::Value as Json;

use crate::request::{Ask, Call, Message, Tool};

/// A conversation as templates know them: lists of what transformers calls messages and tools.
#[derive(Clone, Debug)]
pub struct Chat {
    /// Mappings with `role`, `content` and what else belongs to the role.
    pub messages: Value,
    /// Functions with their schemas; an empty list: none.
    pub tools: Value,
}

/// A message under way.
enum Turn {
    User(String),
    Agent(String, Vec<Call>),
    Result { id: String, name: String, text: String },
}

impl Chat {
    /// One without functions, of roles and texts.
    pub fn said<'t>(all: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let messages = all.into_iter().map(|(role, text)| message(role, text)).collect();
        Self { messages, tools: Value::from(Vec::<Value>::new()) }
    }

    /// One with functions, their calls and results. `told`: the system's message, if there is one. `clean` makes a text
    /// harmless that others wrote. The same role's messages one after the other become one: templates want them to alternate.
    pub(crate) fn calling(ask: &Ask, told: &str, clean: impl Fn(&str) -> String) -> Self {
        let mut turns: Vec<Turn> = Vec::new();
        for message in &ask.messages {
            match (message, turns.last_mut()) {
                (Message::System { .. }, _) => {}
                (Message::User { text }, Some(Turn::User(before))) => join(before, &clean(text)),
                (Message::User { text }, _) => turns.push(Turn::User(clean(text))),
                (Message::Assistant { text, calls }, Some(Turn::Agent(before, called)))
                    if called.is_empty() =>
                {
                    join(before, &clean(text));
                    called.clone_from(calls);
                }
                (Message::Assistant { text, calls }, _) => {
                    turns.push(Turn::Agent(clean(text), calls.clone()))
                }
                (Message::Tool { id, result }, _) => {
                    let mut calls = turns.iter().rev().filter_map(|turn| match turn {
                        Turn::Agent(_, calls) => calls.iter().find(|call| call.id == *id),
                        _ => None,
                    });
                    let name = calls.next().map(|call| clean(&call.name)).unwrap_or_default();
                    turns.push(Turn::Result { id: id.clone(), name, text: clean(result) });
                }
            }
        }
        let system = (!told.is_empty()).then(|| message("system", told));
        let others = turns.iter().map(|turn| match turn {
            Turn::User(text) => message("user", text),
            Turn::Agent(text, calls) if calls.is_empty() => message("assistant", text),
            Turn::Agent(text, calls) => {
                let calls: Value = calls.iter().map(|call| called(call, &clean)).collect();
                context! { role => "assistant", content => text, tool_calls => calls }
            }
            Turn::Result { id, name, text } => {
                context! { role => "tool", content => text, name => name, tool_call_id => id }
            }
        });
        Self {
            messages: system.into_iter().chain(others).collect(),
            tools: ask.tools.iter().map(tool).collect(),
        }
    }
}

fn join(before: &mut String, text: &str) {
    before.push('\n');
    before.push_str(text);
}

fn message(role: &str, text: &str) -> Value {
    context! { role => role, content => text }
}

fn called(call: &Call, clean: impl Fn(&str) -> String) -> Value {
    let arguments: Value = serde_json::from_str(&clean(&call.arguments)).unwrap_or_else(|_| context! {});
    let function = context! { name => clean(&call.name), arguments => arguments };
    context! { id => &call.id, type => "function", function => function }
}

fn tool(tool: &Tool) -> Value {
    let parameters: Value = serde_json::from_str(&tool.parameters).unwrap_or_else(|_| context! {});
    let function =
        context! { name => &tool.name, description => &tool.description, parameters => parameters };
    context! { type => "function", function => function }
}

/// The calls that a text holds between marks, as they are read back: names and arguments.
pub(super) fn calls(text: &str) -> Vec<(String, Json)> {
    use crate::prompt::{CLOSES, OPENS};
    let whole =
        text.split(OPENS).skip(1).filter_map(|call| call.split_once(CLOSES)?.0.trim().parse::<Json>().ok());
    whole.filter_map(|call| Some((call["name"].as_str()?.to_owned(), call["arguments"].clone()))).collect()
}
