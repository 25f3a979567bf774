//! Which Whisper understands callers, as the configuration says it?

use std::path::{Path, PathBuf};

use tom_models::stt::Hearing;
use tom_shelf::Kind;

use super::{Reader, Stock};

/// `[stt]` with the engine `whisper`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WhisperConfig {
    /// The model's folder; until [`find`](Self::find) also a model's name.
    pub(crate) model: PathBuf,
    /// That of a smaller one, for calls that begin while the machine is to be spared.
    pub(crate) smaller: Option<PathBuf>,
    pub(crate) hearing: Hearing,
    pub(crate) prompt: String,
    /// None: as many as there are cores, at most four.
    pub(crate) threads: Option<usize>,
    pub(crate) window_s: usize,
    /// Each word's time is told: for `tom transcribe --json`, no setting.
    pub(crate) words: bool,
}

impl WhisperConfig {
    /// None where another engine understands, or the model is not said.
    pub(super) fn read(r: &mut Reader<'_>) -> Option<Self> {
        if r.word("stt.engine") != "whisper" {
            return None;
        }
        let Some(model) = r.text("stt.model") else {
            let what = "\"whisper\" needs stt.model: one that tom models list shows, such as whisper-base-int8, or the path of a \
                        folder with an export";
            r.problem("stt.engine", what.into());
            return None;
        };
        let hearing = match &*r.text("stt.language").unwrap_or_default() {
            "" => Hearing::Call,
            "auto" => Hearing::Detected,
            tag => match tag.parse() {
                Ok(lang) => Hearing::Fixed(lang),
                Err(why) => {
                    r.problem("stt.language", format!("{tag:?} is neither auto nor a language: {why}"));
                    return None;
                }
            },
        };
        let threads = r.number("stt.threads");
        Some(Self {
            model: PathBuf::from(model),
            smaller: r.text("stt.smaller").map(PathBuf::from),
            hearing,
            prompt: r.text("stt.prompt").unwrap_or_default(),
            threads: (threads > 0).then_some(threads),
            window_s: r.number("stt.window_s"),
            words: false,
        })
    }

    /// Finds the folder of a smaller model as [`find`](Self::find) that of the usual one. One that is not here is done
    /// without.
    ///
    /// # Errors
    /// When no model is called so.
    pub(super) fn find_smaller(&mut self, stock: &Stock) -> Result<Option<String>, String> {
        let named = self.smaller.as_ref().and_then(|path| path.to_str()).filter(|name| !name.contains('/'));
        let Some(name) = named else { return Ok(None) };
        let model = stock.find(Kind::SpeechToText, name)?;
        let here = stock.has(model);
        let notice = (!here).then(|| {
            format!(
                "{name} is not here, so calls keep the larger model when memory is short; tom models pull {} brings it",
                model.name
            )
        });
        self.smaller = stock.file(model).parent().filter(|_| here).map(Path::to_owned);
        Ok(notice)
    }

    /// Finds the folder of a model that is named as the models folder has it. What comes back is for the operator: the model is
    /// known and not here.
    ///
    /// # Errors
    /// When no model is called so.
    pub(super) fn find(&mut self, stock: &Stock) -> Result<Option<String>, String> {
        let Some(name) = self.model.to_str().filter(|name| !name.contains('/')) else { return Ok(None) };
        let model = stock.find(Kind::SpeechToText, name)?;
        let notice = (!stock.has(model)).then(|| {
            format!("{name} is not here, so nobody is understood; tom models pull {} brings it", model.name)
        });
        self.model = stock.file(model).parent().map(Path::to_owned).unwrap_or_default();
        Ok(notice)
    }
}
