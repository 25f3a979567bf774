//! `[agent]`, as far as it is about a language model.

use std::path::PathBuf;

use super::Reader;

/// The tools there are.
pub(crate) const TOOLS: [&str; 6] =
    ["current_time", "search_knowledge", "take_message", "transfer", "hang_up", "send_keys"];

/// What a language model is to be, and what it may do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AgentConfig {
    pub(crate) system_prompt: String,
    pub(crate) greeting: Option<String>,
    pub(crate) knowledge: Option<PathBuf>,
    pub(crate) tools: Vec<String>,
    pub(crate) transfer_to: Option<String>,
    /// Replies to first questions that are kept.
    pub(crate) cached_replies: usize,
    pub(crate) rating: bool,
}

impl AgentConfig {
    pub(super) fn read(r: &mut Reader<'_>) -> Self {
        let tools = r.list("agent.tools");
        for (number, tool) in tools.iter().enumerate() {
            if !TOOLS.contains(&tool.as_str()) {
                r.problem(
                    "agent.tools",
                    format!("there is no tool {tool:?}; the tools are {}", TOOLS.join(", ")),
                );
            } else if tools[..number].contains(tool) {
                r.problem("agent.tools", format!("{tool:?} stands there twice; take one out"));
            }
        }
        Self {
            system_prompt: r.word("agent.system_prompt"),
            greeting: r.text("agent.greeting"),
            knowledge: r.text("agent.knowledge").map(PathBuf::from),
            tools,
            transfer_to: r.text("agent.transfer_to"),
            cached_replies: r.number("agent.cached_replies"),
            rating: r.word("agent.rating") == "on",
        }
    }
}
