//! How does a model hand the caller to a person?

use tom_call::Action;
use tom_engine::ToolSpec;
use tom_flow::phrases::{self, Phrase};

use super::{Arguments, Done, Ends, Running, Tool, at_once};

/// `transfer`: a person takes over. Where to is the operator's decision, never the model's.
#[derive(Clone, Debug)]
pub struct Transfer {
    to: String,
}

impl Transfer {
    /// Hands over to this place, as the telephone system knows it.
    #[must_use]
    pub fn new(to: impl Into<String>) -> Self {
        Self { to: to.into() }
    }

    /// What is done when the caller goes to a person.
    pub(crate) fn action(&self, reason: &str, summary: &str) -> Action {
        let data = [("to", &*self.to), ("reason", reason), ("summary", summary)];
        let data = data.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Action { kind: "transfer".into(), data }
    }
}

impl Tool for Transfer {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "transfer".into(),
            description:
                "Put the caller through to a person. Use it when the caller asks for a person, or when you \
                          cannot help."
                    .into(),
            parameters: r#"{"type":"object","properties":{"summary":{"type":"string","maxLength":500,
                "description":"two sentences that are spoken to the person first: who calls, and what about"}},
                "additionalProperties":false}"#
                .into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        let intro = phrases::get(arguments.lang, Phrase::Summary);
        let summary = match arguments.text("summary") {
            Some(told) => format!("{intro} {told}"),
            None => intro.to_owned(),
        };
        at_once(Ok(Done {
            result: "The caller is put through.".into(),
            action: Some(self.action("asked", &summary)),
            ends: Some(Ends::Transfer),
        }))
    }
}
