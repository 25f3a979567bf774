//! The agent a language model plays: what it may do, and what it knows.

use std::sync::Arc;

use tom_agent::tools::{
    CurrentTime, HangUp, SearchKnowledge, SendKeys, TakeMessage, Tool, Toolbox, Transfer,
};
use tom_agent::{Agent, Knowledge, Limits};
use tom_engine::Llm;
use tom_flow::Flow;

use crate::config::{AgentConfig, Problem};

/// The agent of the configuration, with its model and the one to fall back on. `flow`: the one that hands over to it,
/// whose facts it may search.
///
/// # Errors
/// When its texts cannot be read, or its tools cannot be offered.
pub(crate) fn build(
    config: &AgentConfig,
    flow: Option<&Flow>,
    llm: Arc<dyn Llm>,
    fallback: Option<Arc<dyn Llm>>,
) -> Result<Agent, Vec<Problem>> {
    let problem = |place: &str, what: String| vec![Problem { place: place.to_owned(), what }];
    let knowledge = config.knowledge.as_deref().map(Knowledge::load).transpose();
    let mut knowledge =
        knowledge.map_err(|error| problem("agent.knowledge", error.to_string()))?.unwrap_or_default();
    for (flow, lang) in
        flow.into_iter().flat_map(|flow| flow.languages().iter().map(move |lang| (flow, *lang)))
    {
        for (name, text) in flow.facts(lang) {
            knowledge.add_fact(lang, name, text);
        }
    }
    let knowledge = Some(Arc::new(knowledge)).filter(|knowledge| !knowledge.is_empty());
    let transfer = config.transfer_to.as_deref().map(Transfer::new);
    let tool = |name: &String| -> Option<Arc<dyn Tool>> {
        Some(match name.as_str() {
            "current_time" => Arc::new(CurrentTime),
            "search_knowledge" => Arc::new(SearchKnowledge::new(knowledge.clone()?)),
            "take_message" => Arc::new(TakeMessage),
            "transfer" => Arc::new(transfer.clone()?),
            "hang_up" => Arc::new(HangUp),
            "send_keys" => Arc::new(SendKeys),
            _ => return None,
        })
    };
    let tools = Toolbox::new(config.tools.iter().filter_map(tool).collect())
        .map_err(|error| problem("agent.tools", error.to_string()))?;
    Ok(Agent {
        llm,
        fallback,
        system_prompt: config.system_prompt.clone(),
        greeting: config.greeting.clone(),
        tools,
        transfer,
        rating: config.rating,
        limits: Limits::default(),
    })
}
