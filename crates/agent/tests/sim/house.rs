//! Layer: sim. An agent with its tools, and a call to it.

use std::sync::Arc;
use std::time::Duration;

use tom_agent::tools::{
    Arguments, CurrentTime, Done, HangUp, Running, SearchKnowledge, TakeMessage, Tool, Toolbox, Transfer,
};
use tom_agent::{Agent, Knowledge, Limits, LlmBrain};
use tom_base::{CallPlan, Lang};
use tom_engine::{Llm, ToolSpec};

use crate::desk::Desk;
use crate::model::Script;

/// Takes as long as it is told.
struct Slow;

impl Tool for Slow {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "slow".into(),
            description: "Takes a while.".into(),
            parameters:
                r#"{"type":"object","properties":{"ms":{"type":"integer","minimum":0}},"required":["ms"]}"#
                    .into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        let ms = arguments.values.get("ms").and_then(serde_json::Value::as_u64).unwrap_or_default();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(Done { result: format!("took {ms} ms"), ..Done::default() })
        })
    }
}

pub(crate) fn agent(model: &Script) -> Agent {
    let mut knowledge = Knowledge::default();
    knowledge.add("house", "# Opening hours\n\nWe are open from nine to five.\n");
    let tools: Vec<Arc<dyn Tool>> = vec![
        Arc::new(CurrentTime),
        Arc::new(Transfer::new("operator")),
        Arc::new(HangUp),
        Arc::new(TakeMessage),
        Arc::new(SearchKnowledge::new(Arc::new(knowledge))),
        Arc::new(Slow),
    ];
    Agent {
        llm: Arc::new(model.clone()) as Arc<dyn Llm>,
        fallback: None,
        system_prompt: "You work for the house.".into(),
        greeting: Some("Hello, an AI speaks.".into()),
        tools: Toolbox::new(tools).expect("tools"),
        transfer: Some(Transfer::new("operator")),
        rating: false,
        limits: Limits::default(),
    }
}

pub(crate) fn brain(agent: Agent) -> LlmBrain {
    LlmBrain::new(Arc::new(agent), Lang::EN, CallPlan::default())
}

/// A call with that agent.
pub(crate) fn desk(agent: Agent) -> Desk {
    Desk { brain: Some(Box::new(brain(agent))), ..Desk::default() }
}
