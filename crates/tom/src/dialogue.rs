//! The flow a call follows: one that ships with TOM, or a file.

use std::path::Path;
use std::sync::Arc;

use tom_flow::{Flow, FlowError, Options};

use crate::config::Problem;
use crate::exit::Failure;

/// The flow of that name or path. `llm`: a language model is there to hand over to.
///
/// # Errors
/// Every mistake in it, with its line.
pub(crate) fn load(name: &str, llm: bool) -> Result<Arc<Flow>, Vec<FlowError>> {
    let flow = if Flow::builtin_names().any(|builtin| builtin == name) {
        Flow::builtin(name)
    } else {
        Flow::load(Path::new(name), Options { llm })
    };
    flow.map(Arc::new)
}

/// A flow that cannot be used makes the configuration invalid.
pub(crate) fn failure(errors: Vec<FlowError>) -> Failure {
    let problem = |error: FlowError| Problem { place: "agent.flow".into(), what: error.to_string() };
    Failure::Config(errors.into_iter().map(problem).collect())
}
