//! What do the pieces of a reply make: text to speak, calls of functions, an end?

use std::collections::VecDeque;

use serde_json::Value;
use tom_engine::ToolCall;

use super::thoughts::Thoughts;

/// A reply longer than that is none that a caller wants to hear.
const MOST_TEXT: usize = 64 << 10;
/// Calls of one reply, and bytes of their arguments together.
const MOST_CALLS: usize = 32;
const MOST_ARGUMENTS: usize = 64 << 10;

/// A step of a reply.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Text to speak.
    Text(String),
    /// A piece of a call: a sign of life that is of use.
    CallComes,
    /// The reply is complete, with these calls.
    End(Vec<ToolCall>),
}

/// What is wrong with a reply.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    /// The server says so itself.
    Said(String),
    /// The stream ended, the reply did not.
    CutShort,
    /// Nothing but thoughts.
    OnlyThoughts,
    /// What came makes no sense.
    Unreadable(&'static str),
}

/// A call whose arguments are still coming.
#[derive(Debug, Default)]
struct Building {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

/// A reply that is coming in.
#[derive(Debug, Default)]
pub(super) struct Reply {
    thoughts: Thoughts,
    calls: Vec<Building>,
    text_len: usize,
    arguments_len: usize,
    thought: bool,
    finish: Option<String>,
    ended: bool,
}

impl Reply {
    /// Takes the data of an event, or a whole answer.
    pub(super) fn data(&mut self, data: &str, steps: &mut VecDeque<Step>) -> Result<(), Problem> {
        if self.ended {
            return Ok(());
        }
        let data = data.trim();
        if data == "[DONE]" {
            self.finish.get_or_insert_with(|| "stop".into());
            return self.end(steps);
        }
        let json: Value = serde_json::from_str(data)
            .map_err(|_| Problem::Unreadable("an event of the reply is no JSON"))?;
        if let Some(error) = json.get("error").filter(|error| !error.is_null()) {
            return Err(Problem::Said(error.to_string()));
        }
        // The last event may hold the usage and no choice.
        let Some(choice) = json["choices"].get(0) else { return Ok(()) };
        let delta = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
        let thinks = |name: &str| delta[name].as_str().is_some_and(|text| !text.is_empty());
        self.thought |= thinks("reasoning_content") || thinks("reasoning");
        if let Some(text) = delta["content"].as_str() {
            let mut spoken = String::new();
            self.thoughts.push(text, &mut spoken);
            self.text(spoken, steps)?;
        }
        for call in delta["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default() {
            self.call(call)?;
            steps.push_back(Step::CallComes);
        }
        if let Some(finish) = choice["finish_reason"].as_str() {
            self.finish = Some(finish.to_owned());
            // All that belongs to the choice has come: nobody waits for the usage.
            return self.end(steps);
        }
        Ok(())
    }

    /// The stream is over, or the reply is.
    pub(super) fn end(&mut self, steps: &mut VecDeque<Step>) -> Result<(), Problem> {
        if self.ended {
            return Ok(());
        }
        let Some(finish) = self.finish.take() else { return Err(Problem::CutShort) };
        self.ended = true;
        let mut rest = String::new();
        self.thoughts.end(&mut rest);
        self.text(rest, steps)?;
        if finish == "length" && !self.calls.is_empty() {
            return Err(Problem::Unreadable("the reply was cut at max_tokens amid the call of a function"));
        }
        if self.text_len == 0 && self.calls.is_empty() && (self.thought || self.thoughts.any()) {
            return Err(Problem::OnlyThoughts);
        }
        let calls = std::mem::take(&mut self.calls);
        let calls = calls.into_iter().enumerate().map(|(n, call)| {
            if call.name.is_empty() {
                return Err(Problem::Unreadable("a call of a function names none"));
            }
            let id = if call.id.is_empty() { format!("call_{n}") } else { call.id };
            let arguments = if call.arguments.is_empty() { "{}".into() } else { call.arguments };
            Ok(ToolCall { id: id.into(), name: call.name.into(), arguments: arguments.into() })
        });
        steps.push_back(Step::End(calls.collect::<Result<_, _>>()?));
        Ok(())
    }

    fn text(&mut self, text: String, steps: &mut VecDeque<Step>) -> Result<(), Problem> {
        self.text_len += text.len();
        if self.text_len > MOST_TEXT {
            return Err(Problem::Unreadable("the reply is longer than 64 KiB"));
        }
        if !text.is_empty() {
            steps.push_back(Step::Text(text));
        }
        Ok(())
    }

    /// A piece of a call. Pieces of one call share an index; a server that numbers none sends calls whole, or
    /// begins each with its id.
    fn call(&mut self, piece: &Value) -> Result<(), Problem> {
        let index = piece["index"].as_u64();
        let id = piece["id"].as_str().unwrap_or_default();
        let known = match index {
            Some(_) => self.calls.iter().position(|call| call.index == index),
            None if id.is_empty() => self.calls.len().checked_sub(1),
            None => self.calls.iter().position(|call| call.id == id),
        };
        let at = known.unwrap_or(self.calls.len());
        if at >= MOST_CALLS {
            return Err(Problem::Unreadable("the reply calls more than 32 functions"));
        }
        if known.is_none() {
            self.calls.push(Building { index, ..Building::default() });
        }
        let function = &piece["function"];
        let arguments = match &function["arguments"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            // Not as text, but as what it means.
            other => other.to_string(),
        };
        let name = function["name"].as_str().unwrap_or_default();
        self.arguments_len += arguments.len() + name.len() + id.len();
        if self.arguments_len > MOST_ARGUMENTS {
            return Err(Problem::Unreadable("the arguments of a function are longer than 64 KiB"));
        }
        let call = &mut self.calls[at];
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        // The name comes whole; some servers repeat it with every piece.
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        call.arguments.push_str(&arguments);
        Ok(())
    }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
