//! Which Piper voice speaks, as the configuration says it?

use std::path::PathBuf;

use tom_shelf::Kind;

use super::{Reader, Stock};

/// `[tts]` with the engine `piper`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VoiceConfig {
    /// The voice's ONNX file, its description beside it; until [`find`](Self::find) also a voice's name.
    pub(crate) model: PathBuf,
    /// A speaker's name or number; none: the first.
    pub(crate) speaker: Option<String>,
    /// What computes it.
    pub(crate) runtime: String,
    /// Percent of the voice's own speed.
    pub(crate) speed: u16,
    /// MiB of spoken prompts that are kept.
    pub(crate) prompts_mib: usize,
}

impl VoiceConfig {
    /// None where another engine speaks, or the voice is not said.
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        if r.word("tts.engine") != "piper" {
            return None;
        }
        let Some(model) = r.text("tts.model") else {
            let what = "\"piper\" needs tts.model: a voice that tom models list shows, such as de_DE-thorsten-medium, or the \
                        path of an .onnx file with its .onnx.json beside it";
            r.problem("tts.engine", what.into());
            return None;
        };
        Some(Self {
            model: PathBuf::from(model),
            speaker: r.text("tts.speaker"),
            runtime: r.word("tts.runtime"),
            speed: r.number("tts.speed"),
            prompts_mib: r.number("tts.prompts_mib"),
        })
    }

    /// Finds the file of a voice that is named as the models folder has it. What comes back is for the operator: the
    /// voice is known and not here.
    ///
    /// # Errors
    /// When no voice is called so.
    pub(super) fn find(&mut self, stock: &Stock) -> Result<Option<String>, String> {
        let Some(name) = self.model.to_str().filter(|name| !name.contains('/') && !name.ends_with(".onnx"))
        else {
            return Ok(None);
        };
        let model = stock.find(Kind::Voice, name)?;
        let notice = (!stock.has(model)).then(|| {
            format!(
                "the voice {name} is not here, so espeak-ng speaks; tom models pull {} brings it",
                model.name
            )
        });
        self.model = stock.file(model);
        Ok(notice)
    }
}
