//! Which language model runs on this machine, as the configuration says it?

use std::path::PathBuf;
use std::time::Duration;

use tom_models::llm::LlamaOptions;
use tom_shelf::Kind;

use super::{Reader, Stock};

/// `[llm]` with the engine `llama`; until [`find`](Self::find) its model may be a name.
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

    /// What the engine is started with.
    pub(crate) const fn options(&self) -> &LlamaOptions {
        &self.0
    }

    /// Finds the file of a model that is named as the models folder has it. What comes back is for the operator: the
    /// model is known and not here.
    ///
    /// # Errors
    /// When no model is called so.
    pub(super) fn find(&mut self, stock: &Stock) -> Result<Option<String>, String> {
        let Some(name) = self.0.model.to_str().filter(|name| !name.contains('/') && !name.ends_with(".gguf"))
        else {
            return Ok(None);
        };
        let model = stock.find(Kind::LanguageModel, name)?;
        let notice = (!stock.has(model)).then(|| {
            format!("the language model {name} is not here; tom models pull {} brings it", model.name)
        });
        self.0.model = stock.file(model);
        Ok(notice)
    }
}
