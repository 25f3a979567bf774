//! How is a conversation written for the model?
//!
//! Chats have a form that each model was taught, its template. llama.cpp knows some fifty by what is typical of them. Functions are not part of those
//! forms: they are described in the system's message, and the model calls one by writing a JSON object between two
//! marks, as models of the families Qwen and Hermes were taught and others understand. Results come back in the
//! user's messages, between marks as well.
//!
//! What callers say is text: marks of the model's own in it are broken up.

use std::fmt::Write as _;

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use serde_json::{Value, json};

use crate::request::{Ask, Message, Tool};

/// Where a call of a function begins.
pub const OPENS: &str = "<tool_call>";
/// Where it ends.
pub const CLOSES: &str = "</tool_call>";
/// What a model with thoughts is given, so that it has none.
const NO_THOUGHTS: &str = "<think>\n\n</think>\n\n";

/// Writes conversations for a model.
pub struct Writer<'m> {
    model: &'m LlamaModel,
    template: LlamaChatTemplate,
    /// Marks that no message may hold.
    marks: Vec<String>,
    /// What a reply begins with.
    begins: &'static str,
}

/// Why no conversation can be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0}; set llm.template to the form of its chats: chatml (Qwen and many others), llama3, mistral-v7, gemma, phi4, \
     zephyr, vicuna or another of llama.cpp's"
)]
pub struct UnknownTemplate(String);

/// A message in the form's words.
struct Part {
    role: &'static str,
    text: String,
}

impl<'m> Writer<'m> {
    /// `template`: a name instead of what the file says, which is `own`.
    ///
    /// # Errors
    /// When llama.cpp does not know the form.
    pub fn new(
        model: &'m LlamaModel,
        template: Option<&str>,
        own: Option<&str>,
    ) -> Result<Self, UnknownTemplate> {
        let unknown = |what: &str| UnknownTemplate(what.to_owned());
        let chosen =
            template.or(own).ok_or_else(|| unknown("the file does not say how its chats are written"))?;
        let no_text = |_| unknown("the form of its chats is no text");
        let vocabulary = model.vocab();
        let marks =
            vocabulary.tokens().filter(|token| vocabulary.is_control(*token) || vocabulary.is_eog(*token));
        let marks =
            marks.filter_map(|token| String::from_utf8(vocabulary.token_to_piece(token, true, None)).ok());
        let mut marks: Vec<String> = marks.filter(|mark| mark.len() > 2).collect();
        marks.extend([OPENS, CLOSES, "<tool_response>", "</tool_response>"].map(str::to_owned));
        let thinks = template.is_none() && own.is_some_and(|own| own.contains("enable_thinking"));
        let template = LlamaChatTemplate::new(chosen).map_err(no_text)?;
        let writer = Self { model, template, marks, begins: if thinks { NO_THOUGHTS } else { "" } };
        let part = |role, text: &str| Part { role, text: text.to_owned() };
        let trial = [part("system", "a"), part("user", "b"), part("assistant", "c"), part("user", "d")];
        match writer.write(&trial) {
            Some(text) if ["a", "b", "c", "d"].iter().all(|part| text.contains(part)) => Ok(writer),
            _ if template_is_name(chosen) => {
                Err(unknown(&format!("llama.cpp knows no form of chats named {chosen}")))
            }
            _ => Err(unknown("the form of its chats is unknown")),
        }
    }

    /// A conversation up to where the reply begins.
    #[must_use]
    pub fn prompt(&self, ask: &Ask) -> Option<String> {
        let mut text = self.write(&self.parts(ask))?;
        text.push_str(self.begins);
        if ask.must_call {
            text.push_str(OPENS);
        }
        Some(text)
    }

    /// What all conversations with the same system's message and functions begin with, or a little more.
    #[must_use]
    pub fn two_beginnings(&self, ask: &Ask) -> Option<[String; 2]> {
        let system: Vec<Message> =
            ask.messages.iter().filter(|m| matches!(m, Message::System { .. })).cloned().collect();
        let of = |user: &str| {
            let mut messages = system.clone();
            messages.push(Message::User { text: user.into() });
            self.write(&self.parts(&Ask { messages, tools: ask.tools.clone(), ..Ask::default() }))
        };
        Some([of("Is it?")?, of("and now")?])
    }

    fn write(&self, parts: &[Part]) -> Option<String> {
        let message = |part: &Part| LlamaChatMessage::new(part.role.to_owned(), part.text.replace('\0', " "));
        let chat: Vec<LlamaChatMessage> = parts.iter().map(message).collect::<Result<_, _>>().ok()?;
        self.model.apply_chat_template(&self.template, &chat, true).ok()
    }

    fn parts(&self, ask: &Ask) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut add = |role, text: String| match parts.last_mut() {
            Some(last) if last.role == role => {
                last.text.push('\n');
                last.text.push_str(&text);
            }
            _ => parts.push(Part { role, text }),
        };
        let system = ask.messages.iter().filter_map(|m| match m {
            Message::System { text } => Some(text.trim()),
            _ => None,
        });
        let mut told = system.collect::<Vec<_>>().join("\n\n");
        if !ask.tools.is_empty() {
            told.push_str(&described(&ask.tools));
        }
        if !told.trim().is_empty() {
            add("system", self.harmless(told.trim(), true));
        }
        for message in &ask.messages {
            match message {
                Message::System { .. } => {}
                Message::User { text } => add("user", self.harmless(text, false)),
                Message::Assistant { text, calls } => {
                    let mut said = self.harmless(text, false);
                    for call in calls {
                        let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
                        let call = json!({ "name": call.name, "arguments": arguments }).to_string();
                        let _ = write!(said, "{OPENS}\n{}\n{CLOSES}", self.harmless(&call, false));
                    }
                    add("assistant", said);
                }
                Message::Tool { result, .. } => {
                    let result = self.harmless(result, false);
                    add("user", format!("<tool_response>\n{result}\n</tool_response>"));
                }
            }
        }
        parts
    }

    /// A text whose marks are broken up by a blank. `own`: TOM's, whose marks of calls are meant.
    fn harmless(&self, text: &str, own: bool) -> String {
        let mut text = text.to_owned();
        for mark in self.marks.iter().filter(|mark| !own || !mark.contains("tool_")) {
            if text.contains(mark.as_str()) {
                let first = mark.chars().next().map_or(0, char::len_utf8);
                text = text.replace(mark.as_str(), &format!("{} {}", &mark[..first], &mark[first..]));
            }
        }
        text
    }
}

fn template_is_name(template: &str) -> bool {
    template.len() < 40 && !template.contains(['{', '<'])
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
