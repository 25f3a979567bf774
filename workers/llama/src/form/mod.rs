//! How does a conversation become text by the template that a model's file carries?
//!
//! A template is a program out of a file that nobody checked, so it runs in a room of its own. What it can write is tried when it is
//! loaded: whether a system's message has a place, and whether functions, their calls and results are written so that
//! calls can be read back.

mod chat;
mod jinja;
mod json;
mod limit;
mod room;

use crate::request::{Ask, Call, Message, Tool};
pub use chat::Chat;
pub use jinja::Words;
pub use limit::Limited;
use room::Room;

/// Why a template wrote nothing. What it says of itself holds nothing of the conversation; [`detail`](Self::detail) may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// It cannot be read, refuses the conversation or fails.
    #[error("{what}")]
    Failed {
        /// What, and in which line.
        what: String,
        /// More of it, in the words of the template or of its language.
        detail: String,
    },
    /// It takes too much memory.
    #[error("it takes more memory than a template may")]
    Memory,
    /// It takes too long.
    #[error("it takes longer than a template may")]
    Time,
    /// Its thread is gone, or there was none.
    #[error("its thread failed")]
    Broke,
    /// It leaves out what was said.
    #[error("it does not write {0}")]
    Silent(&'static str),
}

impl FormError {
    /// All that is known of it, where nobody's words are in it: in a trial.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Failed { what, detail } if !detail.is_empty() => format!("{what}: {detail}"),
            other => other.to_string(),
        }
    }
}

/// A template that writes conversations.
#[derive(Debug)]
pub struct Form {
    room: Room,
    /// Whether a system's message has a place.
    pub system: bool,
    /// Whether functions do, and their calls and results.
    pub tools: bool,
}

impl Form {
    /// Takes a template and tries it.
    ///
    /// # Errors
    /// When it cannot be read or does not write what callers and the agent say.
    pub fn open(template: &str, words: Words) -> Result<Self, FormError> {
        let mut form = Self::untried(template, words)?;
        let all = [("system", "TrialA"), ("user", "TrialB"), ("assistant", "TrialC"), ("user", "TrialD")];
        let plain = |from: usize, to: usize| {
            form.holds(Chat::said(all[from..to].iter().copied()), all[from..to].iter().map(|(_, text)| *text))
        };
        if !(plain(1, 2)? && plain(1, 4)?) {
            return Err(FormError::Silent("all that was said"));
        }
        form.system = plain(0, 2) == Ok(true) && plain(0, 4) == Ok(true);
        form.tools = form.writes_calls() == Ok(true);
        match form.room.write(Chat::said([all[1]])) {
            // What failed only in the trials of functions still writes conversations; what is stopped does not.
            Ok(_) => Ok(form),
            Err(error) => Err(error),
        }
    }

    /// Takes a template as it is.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn untried(template: &str, words: Words) -> Result<Self, FormError> {
        let room = Room::open(jinja::without_marks(template), words).map_err(|_| FormError::Broke)?;
        Ok(Self { room, system: false, tools: false })
    }

    /// Writes a conversation up to where the reply begins.
    ///
    /// # Errors
    /// When the template refuses it or fails.
    pub fn write(&self, chat: Chat) -> Result<String, FormError> {
        self.room.write(chat)
    }

    /// Why it writes no conversation any more, if it does not. After [`FormError::Time`] it still computes: nothing but the end
    /// of the program stops it.
    #[must_use]
    pub fn gone(&self) -> Option<FormError> {
        self.room.gone()
    }

    /// Whether texts are written, in their order.
    fn holds<'t>(&self, chat: Chat, texts: impl Iterator<Item = &'t str>) -> Result<bool, FormError> {
        let written = self.room.write(chat)?;
        let mut rest = &*written;
        for text in texts {
            let Some(at) = rest.find(text) else { return Ok(false) };
            rest = &rest[at + text.len()..];
        }
        Ok(true)
    }

    /// Whether two calls at once, their results and the functions are written, and the calls as they are read back.
    fn writes_calls(&self) -> Result<bool, FormError> {
        let call = |city: &str| Call {
            id: city.into(),
            name: "trial_call".into(),
            arguments: format!("{{\"city\": \"{city}\"}}"),
        };
        let user = |text: &str| Message::User { text: text.into() };
        let result = |id: &str, result: &str| Message::Tool { id: id.into(), result: result.into() };
        let parameters = r#"{"type": "object", "properties": {"city": {"type": "string"}}}"#;
        let ask = Ask {
            messages: vec![
                user("TrialU"),
                Message::Assistant { text: "TrialT".into(), calls: vec![call("TrialX"), call("TrialY")] },
                result("TrialX", "TrialRX"),
                result("TrialY", "TrialRY"),
                Message::Assistant { text: "TrialE".into(), calls: Vec::new() },
                user("TrialF"),
            ],
            tools: vec![Tool {
                name: "trial_call".into(),
                description: "TrialD".into(),
                parameters: parameters.into(),
            }],
            ..Ask::default()
        };
        let written = self.room.write(Chat::calling(&ask, "", str::to_owned))?;
        let Some((told, rest)) = written.split_once("TrialT") else { return Ok(false) };
        let mut after = rest;
        let in_order = ["TrialX", "TrialY", "TrialRX", "TrialRY", "TrialE", "TrialF"].iter().all(|text| {
            let found = after.split_once(text);
            after = found.map_or(after, |(_, after)| after);
            found.is_some()
        });
        let calls = chat::calls(rest);
        let is_call = |(name, arguments): &(String, serde_json::Value), city: &str| {
            name == "trial_call" && *arguments == serde_json::json!({ "city": city })
        };
        Ok(in_order
            && ["trial_call", "TrialD", "city"].iter().all(|text| told.contains(text))
            && matches!(&calls[..], [x, y] if is_call(x, "TrialX") && is_call(y, "TrialY")))
    }
}
