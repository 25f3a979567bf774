//! How does a model look something up in the operator's texts?

use std::sync::Arc;

use tom_engine::ToolSpec;

use super::{Arguments, Done, Running, Tool, at_once};
use crate::knowledge::Knowledge;

/// Passages a search gives.
const PASSAGES: usize = 3;

/// `search_knowledge`: the best passages of the operator's texts.
#[derive(Clone, Debug)]
pub struct SearchKnowledge {
    knowledge: Arc<Knowledge>,
}

impl SearchKnowledge {
    /// Searches these texts.
    #[must_use]
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge }
    }
}

impl Tool for SearchKnowledge {
    fn spec(&self) -> ToolSpec {
        let topics = self.knowledge.titles().join(", ");
        let topics =
            if topics.is_empty() { String::new() } else { format!(" There are texts on: {topics}.") };
        ToolSpec {
            name: "search_knowledge".into(),
            description: format!(
                "Look something up in the house's own texts. Use it before you answer a question about the house, \
                 and answer from what it gives only.{topics}"
            )
            .into(),
            parameters: r#"{"type":"object","properties":{"query":{"type":"string","minLength":2,"maxLength":200,
                "description":"a few words, in the language of the texts"}},
                "required":["query"],"additionalProperties":false}"#
                .into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        let query = arguments.text("query").unwrap_or_default();
        let found = self.knowledge.search(query, arguments.lang, PASSAGES);
        let result = if found.is_empty() {
            "Nothing was found. Say that you do not know, or search with other words.".to_owned()
        } else {
            found.iter().map(|passage| passage.quoted()).collect::<Vec<_>>().join("\n\n")
        };
        at_once(Ok(Done { result, ..Done::default() }))
    }
}
