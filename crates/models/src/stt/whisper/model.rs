//! What does TOM know of one Whisper: its folder, its languages, its workers?

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tom_base::Lang;
use tom_engine::{EngineError, ErrorKind, Health};
use tom_worker::{Status, Supervisor, SupervisorOptions};

use crate::workers::{self, health};

/// How long the largest model may take to load and be tried on a machine that is busy.
const LOADED_WITHIN: Duration = Duration::from_secs(180);
/// How long it may take over the longest window.
const HUNG_AFTER: Duration = Duration::from_secs(60);
/// Bytes of the longest description.
const LONGEST: u64 = 1 << 20;

/// How its workers are started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) shards: usize,
    pub(super) threads: usize,
    pub(super) window_s: usize,
    /// None is started before it is wanted.
    pub(super) asleep: bool,
    /// See [`WhisperOptions::pace`](super::WhisperOptions::pace).
    pub(super) pace: Option<f32>,
}

/// A model and its workers.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) folder: PathBuf,
    pub(super) supervisor: Supervisor,
    /// Primary tags of the languages it knows; empty: its description does not say.
    languages: Vec<String>,
}

impl Model {
    pub(super) fn start(folder: &Path, start: Start) -> Result<Self, EngineError> {
        let Some(name) = folder.to_str() else {
            let what = format!("the path of the Whisper model is no UTF-8: {}", folder.display());
            return Err(EngineError::new(ErrorKind::Missing, what));
        };
        let mut run = SupervisorOptions::new("whisper", "tom-worker-onnx");
        run.args = vec!["whisper".into(), name.into(), start.threads.to_string(), start.window_s.to_string()];
        run.args.extend(start.pace.map(|pace| pace.to_string()));
        run.shards = start.shards.max(1);
        run.asleep = start.asleep;
        run.hello_within = LOADED_WITHIN;
        run.hung_after = HUNG_AFTER;
        let languages = languages(folder);
        let supervisor = workers::start(run, "Whisper's workers")?;
        Ok(Self { folder: folder.to_owned(), supervisor, languages })
    }

    pub(super) fn status(&self) -> Status {
        self.supervisor.status()
    }

    pub(super) fn health(&self) -> Health {
        health(&self.status())
    }

    /// Whether it knows a language. What the model is, if that cannot be read, is for its worker to tell.
    pub(super) fn knows(&self, lang: Lang) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|tag| tag == lang.primary().as_str())
    }
}

#[derive(Deserialize)]
struct Description {
    is_multilingual: Option<bool>,
    lang_to_id: Option<HashMap<String, serde_json::Value>>,
}

/// The languages that a model's `generation_config.json` names. Empty where it cannot be read.
fn languages(model: &Path) -> Vec<String> {
    let path = model.join("generation_config.json");
    let short = std::fs::metadata(&path).is_ok_and(|data| data.len() <= LONGEST);
    let text = short.then(|| std::fs::read(&path).ok()).flatten().unwrap_or_default();
    let Ok(description) = serde_json::from_slice::<Description>(&text) else { return Vec::new() };
    match description.lang_to_id {
        Some(known) if description.is_multilingual.unwrap_or(true) => {
            known.keys().map(|tag| tag.trim_matches(['<', '|', '>']).to_owned()).collect()
        }
        _ => vec!["en".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_those_of_the_description() {
        let folder = tempfile::tempdir().unwrap();
        for (text, known) in [
            (r#"{"lang_to_id":{"<|de|>":7,"<|yue|>":null}}"#, vec!["de", "yue"]),
            (r#"{"is_multilingual":false,"lang_to_id":{"<|de|>":7}}"#, vec!["en"]),
            (r#"{"is_multilingual":null}"#, vec!["en"]),
            ("null", vec![]),
            ("", vec![]),
        ] {
            std::fs::write(folder.path().join("generation_config.json"), text).unwrap();
            let mut found = languages(folder.path());
            found.sort();
            assert_eq!(found, known, "{text}");
        }
    }
}
