//! What may a language model do besides talking, and how is it done safely?
//!
//! A [`Tool`] is a function with a name, a description and a schema; a [`Toolbox`] holds those of an agent and
//! runs the model's calls. Whatever a model asks for, it gets an answer it can go on from: the result, or what
//! was wrong with its call.

mod clock;
mod hang_up;
mod message;
mod schema;
mod search;
mod send_keys;
#[cfg(test)]
mod tests;
mod transfer;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tom_base::Lang;
use tom_call::Action;
use tom_engine::{ToolCall, ToolSpec};

pub use clock::CurrentTime;
pub use hang_up::HangUp;
pub use message::TakeMessage;
pub use schema::Schema;
pub use search::SearchKnowledge;
pub use send_keys::SendKeys;
pub use transfer::Transfer;

pub(crate) use schema::shortened;

/// A tool has so long.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// Most characters of a result that go to the model.
pub const LONGEST_RESULT: usize = 2_000;
/// Most bytes of arguments that are read.
const LONGEST_ARGUMENTS: usize = 16_384;

/// What a tool is given: arguments that fit its schema.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// By name.
    pub values: Map<String, Value>,
    /// The call's language.
    pub lang: Lang,
}

impl Arguments {
    /// A text among the arguments, trimmed; none if it is missing or blank.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// How a call ends by a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The agent hangs up.
    HangUp,
    /// A person takes over.
    Transfer,
}

/// What a tool gives back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// For the model.
    pub result: String,
    /// What reaches beyond the call.
    pub action: Option<Action>,
    /// Whether the conversation ends with it.
    pub ends: Option<Ends>,
}

/// A tool at work.
pub type Running = Pin<Box<dyn Future<Output = Result<Done, String>> + Send>>;

/// A function that a model may call.
pub trait Tool: Send + Sync {
    /// Its name, description and schema.
    fn spec(&self) -> ToolSpec;

    /// Does it. The future is polled apart from the call's task and dropped after [`DEADLINE`]. It fails with a
    /// sentence for the model.
    fn run(&self, arguments: Arguments) -> Running;
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// What the model is told; an error begins with `Error:`.
    pub result: String,
    /// What reaches beyond the call.
    pub action: Option<Action>,
    /// Whether the conversation ends with it.
    pub ends: Option<Ends>,
}

/// Why tools cannot be offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// A name a model could not call.
    #[error("\"{0}\" cannot name a tool; use 1 to 64 letters, digits, _ and -")]
    Name(String),
    /// Two of one name.
    #[error("there are two tools named \"{0}\"; rename one")]
    Twice(String),
    /// A schema that cannot be checked.
    #[error("the schema of the tool \"{name}\" cannot be used: {why}")]
    Schema {
        /// The tool.
        name: String,
        /// What is wrong.
        why: String,
    },
}

struct Entry {
    spec: ToolSpec,
    schema: Schema,
    tool: Arc<dyn Tool>,
}

/// The tools of an agent.
#[derive(Clone, Default)]
pub struct Toolbox {
    tools: Arc<[Entry]>,
    specs: Arc<[ToolSpec]>,
}

impl std::fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.specs.iter().map(|spec| &spec.name)).finish()
    }
}

impl Toolbox {
    /// A box of tools.
    ///
    /// # Errors
    /// When a name or schema cannot be used, or two names are the same.
    pub fn new(tools: Vec<Arc<dyn Tool>>) -> Result<Self, ToolError> {
        let mut entries: Vec<Entry> = Vec::new();
        for tool in tools {
            let spec = tool.spec();
            let name = spec.name.to_string();
            let fits = (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            if !fits {
                return Err(ToolError::Name(name));
            }
            if entries.iter().any(|entry| entry.spec.name == spec.name) {
                return Err(ToolError::Twice(name));
            }
            let schema = Schema::parse(&spec.parameters).map_err(|why| ToolError::Schema { name, why })?;
            entries.push(Entry { spec, schema, tool });
        }
        let specs = entries.iter().map(|entry| entry.spec.clone()).collect();
        Ok(Self { tools: entries.into(), specs })
    }

    /// What the model is told of the tools.
    #[must_use]
    pub fn specs(&self) -> Arc<[ToolSpec]> {
        self.specs.clone()
    }

    /// Whether there is a tool of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.specs.iter().any(|spec| &*spec.name == name)
    }

    /// Carries a call out. It always comes back, at the latest after [`DEADLINE`].
    pub fn run(&self, call: &ToolCall, lang: Lang) -> impl Future<Output = Ran> + Send + 'static {
        let ready = self.prepare(call, lang);
        let name = call.name.clone();
        async move {
            let running = match ready {
                Ok(running) => running,
                Err(why) => return failed(&why),
            };
            match tokio::time::timeout(DEADLINE, running).await {
                Ok(Ok(done)) => Ran {
                    result: shortened(&done.result, LONGEST_RESULT),
                    action: done.action,
                    ends: done.ends,
                },
                Ok(Err(why)) => failed(&why),
                Err(_) => {
                    tracing::warn!("the tool {name} gave no answer within {} s", DEADLINE.as_secs());
                    failed(&format!(
                        "{name} did not answer in time. Tell the caller that it does not work now."
                    ))
                }
            }
        }
    }

    /// Looks whether a call can be carried out.
    fn prepare(&self, call: &ToolCall, lang: Lang) -> Result<Running, String> {
        let name = &call.name;
        let Some(entry) = self.tools.iter().find(|entry| entry.spec.name == *name) else {
            let names: Vec<&str> = self.specs.iter().map(|spec| &*spec.name).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!("there is no tool \"{}\". The tools are: {names}.", shortened(name, 64)));
        };
        let again = "Call it again with the right arguments.";
        if call.arguments.len() > LONGEST_ARGUMENTS {
            return Err(format!("the arguments of {name} are too long. {again}"));
        }
        // Some models send nothing for "no arguments".
        let text = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
        let value: Value = serde_json::from_str(text)
            .map_err(|e| format!("the arguments of {name} are no JSON ({e}). {again}"))?;
        let mistakes = entry.schema.mistakes(&value);
        if !mistakes.is_empty() {
            return Err(format!("the arguments of {name} are wrong: {}. {again}", mistakes.join("; ")));
        }
        let Value::Object(values) = value else {
            return Err(format!("the arguments of {name} are no object. {again}"));
        };
        Ok(entry.tool.run(Arguments { values, lang }))
    }
}

fn failed(why: &str) -> Ran {
    Ran { result: shortened(&format!("Error: {why}"), LONGEST_RESULT), action: None, ends: None }
}

/// What a tool that is done at once gives back.
fn at_once(done: Result<Done, String>) -> Running {
    Box::pin(std::future::ready(done))
}
