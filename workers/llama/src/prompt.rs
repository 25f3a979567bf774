//! How is a conversation written for the model?
//!
//! Chats have a form that each model was taught. Its file carries it as a [template](crate::form); where that is missing or fails,
//! llama.cpp knows some fifty forms by what is typical of them. Functions are written by a template that knows them, if their calls
//! come out as JSON objects between two marks, as models of the families Qwen and Hermes were taught. Otherwise they are described in the
//! system's message, and the model is asked for calls of that form; results come back in the user's messages,
//! between marks as well.
//!
//! What callers say is text: marks of the model's own in it are broken up.

use std::cell::Cell;

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;

use crate::form::{Chat, Form, FormError, Words};
use crate::plain::{Part, parts, told};
use crate::request::{Ask, Message};

/// Where a call of a function begins.
pub const OPENS: &str = "<tool_call>";
/// Where it ends.
pub const CLOSES: &str = "</tool_call>";
/// What a model with thoughts is given, so that it has none.
const NO_THOUGHTS: &str = "<think>\n\n</think>\n\n";

/// The mark behind which some models think, and what tells them that they have.
const THINKS: &str = "<think>";
const THOUGHT: &str = "\n</think>\n\n";

/// Writes conversations for a model.
pub struct Writer<'m> {
    model: &'m LlamaModel,
    /// The template that the file carries, if it can be used.
    form: Option<Form>,
    /// The same or another form as llama.cpp knows it, if it does.
    known: Option<Known>,
    /// Marks that no message may hold.
    marks: Vec<String>,
    /// What a text begins with, if the vocabulary puts it there by itself.
    begin: Option<String>,
    /// Whether it was told that the template fails.
    told: Cell<bool>,
}

/// A form that llama.cpp knows.
struct Known {
    template: LlamaChatTemplate,
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

impl<'m> Writer<'m> {
    /// `template`: a name of llama.cpp's, or a template, instead of the one that the file carries, which is `own`.
    ///
    /// # Errors
    /// When there is no template, or it cannot be used and llama.cpp does not know the form.
    pub fn new(
        model: &'m LlamaModel,
        template: Option<&str>,
        own: Option<&str>,
    ) -> Result<Self, UnknownTemplate> {
        let unknown = |what: String| UnknownTemplate(what);
        let chosen = template
            .or(own)
            .ok_or_else(|| unknown("the file does not say how its chats are written".into()))?;
        let vocabulary = model.vocab();
        let piece = |token| String::from_utf8(vocabulary.token_to_piece(token, true, None)).ok();
        let marks =
            vocabulary.tokens().filter(|token| vocabulary.is_control(*token) || vocabulary.is_eog(*token));
        let mut marks: Vec<String> = marks.filter_map(piece).filter(|mark| mark.len() > 2).collect();
        marks.extend([OPENS, CLOSES, "<tool_response>", "</tool_response>"].map(str::to_owned));
        // Where a file does not say, llama.cpp takes any token for them.
        let special = |token: LlamaToken| {
            Some(token).filter(|token| token.0 >= 0 && vocabulary.is_control(*token)).and_then(piece)
        };
        let begin = special(vocabulary.bos());
        let words =
            Words::new(begin.clone().unwrap_or_default(), special(vocabulary.eos()).unwrap_or_default());
        let begin = begin.filter(|_| vocabulary.should_add_bos());
        let mut writer = Self { model, form: None, known: None, marks, begin, told: Cell::new(false) };
        writer.known = writer.known(chosen);
        if template_is_name(chosen) {
            return match writer.known {
                Some(_) => Ok(writer),
                None => Err(unknown(format!("llama.cpp knows no form of chats named {chosen}"))),
            };
        }
        match (Form::open(chosen, words), &writer.known) {
            (Ok(form), _) => writer.form = Some(form),
            // Its thread ends with the program.
            (Err(error), Some(_)) if error != FormError::Time => writer.tell(&error.detail()),
            (Err(error), known) => {
                let known = if known.is_some() { "" } else { ", and llama.cpp does not know the form" };
                return Err(unknown(format!(
                    "the template of its chats cannot be used ({}){known}",
                    error.detail()
                )));
            }
        }
        Ok(writer)
    }

    /// Whose form conversations are written in: `file` or `llama.cpp`.
    #[must_use]
    pub const fn whose(&self) -> &'static str {
        if self.form.is_some() { "file" } else { "llama.cpp" }
    }

    /// Whether nothing can be written any more, or the template computes without end, which only the end of the program stops.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let gone = self.form.as_ref().and_then(Form::gone);
        gone.is_some_and(|why| why == FormError::Time || self.known.is_none())
    }

    /// A conversation up to where the reply begins.
    ///
    /// # Errors
    /// When its form refuses it.
    pub fn prompt(&self, ask: &Ask) -> Result<String, UnknownTemplate> {
        let mut text = self.write(ask, true)?;
        if ask.must_call {
            text.push_str(OPENS);
        }
        Ok(text)
    }

    /// What all conversations with the same system's message and functions begin with, or a little more.
    ///
    /// # Errors
    /// When the form refuses it.
    pub fn two_beginnings(&self, ask: &Ask) -> Result<[String; 2], UnknownTemplate> {
        let system: Vec<Message> =
            ask.messages.iter().filter(|m| matches!(m, Message::System { .. })).cloned().collect();
        let of = |user: &str| {
            let mut messages = system.clone();
            messages.push(Message::User { text: user.into() });
            self.write(&Ask { messages, tools: ask.tools.clone(), ..Ask::default() }, false)
        };
        Ok([of("Is it?")?, of("and now")?])
    }

    /// `whole`: up to where the reply's words begin.
    fn write(&self, ask: &Ask, whole: bool) -> Result<String, UnknownTemplate> {
        let error = match &self.form {
            Some(form) => match self.by_form(form, ask) {
                Ok(text) => return Ok(text),
                Err(error) => Some(error),
            },
            None => None,
        };
        let known = self.known.as_ref().and_then(|known| {
            let mut text =
                self.by_llama(&known.template, &parts(ask, true, |text, own| self.harmless(text, own)))?;
            text.push_str(if whole { known.begins } else { "" });
            Some(text)
        });
        if let (Some(error), Some(_)) = (&error, &known) {
            self.tell(&error.to_string());
        }
        known.ok_or_else(|| {
            let why = error.map_or_else(|| "llama.cpp refuses it".to_owned(), |error| error.to_string());
            UnknownTemplate(format!(
                "the conversation cannot be written in the form of the model's chats ({why})"
            ))
        })
    }

    fn by_form(&self, form: &Form, ask: &Ask) -> Result<String, FormError> {
        let calls = ask.messages.iter().any(|m| matches!(m, Message::Tool { .. }))
            || ask
                .messages
                .iter()
                .any(|m| matches!(m, Message::Assistant { calls, .. } if !calls.is_empty()));
        let chat = if form.tools && (calls || !ask.tools.is_empty()) {
            Chat::calling(ask, &self.harmless(&told(ask), true), |text| self.harmless(text, false))
        } else {
            let parts = parts(ask, form.system, |text, own| self.harmless(text, own));
            Chat::said(parts.iter().map(|part| (part.role, &*part.text)))
        };
        let mut text = form.write(chat)?;
        // The vocabulary writes it by itself.
        if let Some(rest) = self.begin.as_ref().and_then(|begin| text.strip_prefix(&**begin)) {
            text = rest.to_owned();
        }
        if text.trim_end().ends_with(THINKS) {
            text.truncate(text.trim_end().len());
            text.push_str(THOUGHT);
        }
        Ok(text)
    }

    fn by_llama(&self, template: &LlamaChatTemplate, parts: &[Part]) -> Option<String> {
        let message = |part: &Part| LlamaChatMessage::new(part.role.to_owned(), part.text.replace('\0', " "));
        let chat: Vec<LlamaChatMessage> = parts.iter().map(message).collect::<Result<_, _>>().ok()?;
        self.model.apply_chat_template(template, &chat, true).ok()
    }

    /// A form that llama.cpp knows by its name, or by what is typical of its template.
    fn known(&self, chosen: &str) -> Option<Known> {
        let template = LlamaChatTemplate::new(chosen).ok()?;
        let part = |role, text: &str| Part { role, text: text.to_owned() };
        let trial = [part("system", "a"), part("user", "b"), part("assistant", "c"), part("user", "d")];
        let text = self.by_llama(&template, &trial)?;
        let begins = if chosen.contains("enable_thinking") { NO_THOUGHTS } else { "" };
        ["a", "b", "c", "d"].iter().all(|part| text.contains(part)).then_some(Known { template, begins })
    }

    /// Tells once, where TOM's own lines go, that the template is not used.
    fn tell(&self, why: &str) {
        if !self.told.replace(true) {
            eprintln!(
                "the template of the model's chats cannot be used ({why}); they are written in the form that llama.cpp \
                 takes it for. Set llm.template to choose one"
            );
        }
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
