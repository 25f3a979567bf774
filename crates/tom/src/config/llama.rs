//! Which language model runs on this machine, as the configuration says it?

use std::path::PathBuf;
use std::time::Duration;

use tom_models::llm::LlamaOptions;
use tom_shelf::{Catalogue, Shelf, State};

use super::{Problem, Reader};

/// `[llm]` with the engine `llama`: the model as it is named, in place of its file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LlamaConfig(LlamaOptions);

impl LlamaConfig {
    /// None where another engine answers, or the model is not said.
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        if r.word("llm.engine") != "llama" {
            return None;
        }
        let Some(model) = r.text("llm.model") else {
            let what = "\"llama\" needs llm.model: a name in the model store, such as qwen2.5-1.5b, or the path of a \
                        GGUF file";
            r.problem("llm.engine", what.into());
            return None;
        };
        let millis = |n: u64| Duration::from_millis(n);
        let usual = LlamaOptions::new(PathBuf::from(model));
        Some(Self(LlamaOptions {
            context: r.number("llm.context"),
            cache: r.number("llm.cache"),
            replies: r.number("llm.replies"),
            threads: r.number("llm.threads"),
            gpu_layers: r.number("llm.gpu_layers"),
            temperature: r.temperature("llm").unwrap_or(usual.temperature),
            template: r.text("llm.template"),
            first: millis(r.number("llm.deadline_ms")),
            gap: millis(r.number("llm.gap_ms")),
            ..usual
        }))
    }

    /// The same with the file that a name in the model store stands for.
    ///
    /// # Errors
    /// When the store has no such model, or not yet.
    pub(crate) fn options(&self, shelf: &Shelf, catalogue: &Catalogue) -> Result<LlamaOptions, Vec<Problem>> {
        let problem = |what: String| vec![Problem { place: "llm.model".into(), what }];
        let named = self.0.model.to_string_lossy();
        if named.contains('/') || named.ends_with(".gguf") {
            return Ok(self.0.clone());
        }
        let model = catalogue.find(&named).map_err(|error| {
            problem(format!("{error}; the path of a GGUF file would have a / or end in .gguf"))
        })?;
        if shelf.model_state(model) != State::There {
            return Err(problem(format!("{named} is not here; tom models pull {named} brings it")));
        }
        let path = shelf.path(model);
        if path.extension().is_none_or(|end| end != "gguf") {
            let what =
                format!("{named} is no language model; tom models ls --kind language-model lists those");
            return Err(problem(what));
        }
        Ok(LlamaOptions { model: path, ..self.0.clone() })
    }
}
