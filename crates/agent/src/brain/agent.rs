//! What is the same for all calls of an agent?

use std::sync::Arc;
use std::time::Duration;

use tom_engine::Llm;

use crate::tools::{Toolbox, Transfer};

/// An agent: its model, its task, its tools. Shared by all calls.
pub struct Agent {
    /// The model.
    pub llm: Arc<dyn Llm>,
    /// The model that is asked when the first one fails before it has said anything.
    pub fallback: Option<Arc<dyn Llm>>,
    /// What the model is told to be. The rules of the telephone are added.
    pub system_prompt: String,
    /// The first words of a call, as they are. A sentence that an AI speaks is put before them if they do not
    /// say so; none: a greeting in the call's language.
    pub greeting: Option<String>,
    /// What the model may do.
    pub tools: Toolbox,
    /// Where callers go when nothing works; none: the call ends.
    pub transfer: Option<Transfer>,
    /// Whether callers are asked to rate the call before the model hangs up.
    pub rating: bool,
    /// How much and how long.
    pub limits: Limits,
}

/// Limits of one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most tokens of a reply.
    pub max_tokens: u32,
    /// Most bytes of conversation that the model is told, results of tools included. The prompt and the current
    /// turn are always told.
    pub history: usize,
    /// After so long without anything a model is given up for the fallback, if there is one.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_tokens: 400, history: 12_000, patience: Duration::from_secs(4) }
    }
}
