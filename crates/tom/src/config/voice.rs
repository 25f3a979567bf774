//! Which Piper voice speaks, as the configuration says it?

use std::path::PathBuf;

use super::Reader;

/// `[tts]` with the engine `piper`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VoiceConfig {
    /// The voice's ONNX file; its description lies beside it.
    pub(crate) model: PathBuf,
    /// A speaker's name or number; none: the first.
    pub(crate) speaker: Option<String>,
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
            let what = "\"piper\" needs tts.model, the path of a voice such as /voices/de_DE-thorsten-medium.onnx, with its \
                        .onnx.json beside it";
            r.problem("tts.engine", what.into());
            return None;
        };
        Some(Self {
            model: PathBuf::from(model),
            speaker: r.text("tts.speaker"),
            speed: r.number("tts.speed"),
            prompts_mib: r.number("tts.prompts_mib"),
        })
    }
}
