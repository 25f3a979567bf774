//! Speech to text by Whisper in worker processes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;
use tom_base::Lang;
use tom_engine::{EngineError, ErrorKind, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_worker::{Status, Supervisor, SupervisorOptions};

use super::worker::{Ear, sink};
use crate::workers::{self, engine_error, health};

/// How long the largest model may take to load and be tried on a machine that is busy.
const LOADED_WITHIN: Duration = Duration::from_secs(180);
/// How long it may take over the longest window.
const HUNG_AFTER: Duration = Duration::from_secs(60);
/// Bytes of the longest description.
const LONGEST: u64 = 1 << 20;

/// Which language callers are understood in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hearing {
    /// The call's.
    #[default]
    Call,
    /// What Whisper hears, utterance by utterance.
    Detected,
    /// Always this one.
    Fixed(Lang),
}

/// How Whisper is run.
#[derive(Clone, Debug)]
pub struct WhisperOptions {
    /// The folder with the model's files.
    pub model: PathBuf,
    /// Which language callers are understood in.
    pub hearing: Hearing,
    /// Words to expect: names, products; empty: none.
    pub prompt: String,
    /// Whether to tell when each word begins.
    pub words: bool,
    /// How many processes, each with the model in its memory.
    pub shards: usize,
    /// Threads of each; `None`: as many as there are cores, at most four.
    pub threads: Option<usize>,
    /// Seconds of the shortest window: 5 to 30.
    pub window_s: usize,
}

impl WhisperOptions {
    /// One process on all cores, at most four; the call's language; windows of 10 s and more.
    #[must_use]
    pub fn new(model: PathBuf) -> Self {
        Self {
            model,
            hearing: Hearing::Call,
            prompt: String::new(),
            words: false,
            shards: 1,
            threads: None,
            window_s: 10,
        }
    }
}

/// Whisper: as many languages as the model knows. Dropping it ends its workers.
#[derive(Debug)]
pub struct WhisperStt {
    supervisor: Supervisor,
    options: WhisperOptions,
    /// Primary tags of the languages it knows; empty: its description does not say.
    languages: Vec<String>,
}

impl WhisperStt {
    /// Starts the workers and returns at once. What is wrong with the model's files is told by [`health`](Stt::health), and
    /// looked at again every some seconds.
    ///
    /// # Errors
    /// When the path is no UTF-8, or the system has no threads left.
    pub fn start(options: WhisperOptions) -> Result<Self, EngineError> {
        let Some(folder) = options.model.to_str() else {
            let what = format!("the path of the Whisper model is no UTF-8: {}", options.model.display());
            return Err(EngineError::new(ErrorKind::Missing, what));
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = options.threads.unwrap_or(cores.min(4)).max(1);
        let mut run = SupervisorOptions::new("whisper", "tom-worker-onnx");
        run.args = vec!["whisper".into(), folder.into(), threads.to_string(), options.window_s.to_string()];
        run.shards = options.shards.max(1);
        run.hello_within = LOADED_WITHIN;
        run.hung_after = HUNG_AFTER;
        let languages = languages(&options.model);
        let supervisor = workers::start(run, "Whisper's workers")?;
        Ok(Self { supervisor, options, languages })
    }

    /// Waits until all workers are ready or have failed, but not longer than a time. Blocks: not for async
    /// tasks.
    #[must_use]
    pub fn wait_ready(&self, within: Duration) -> Health {
        health(&self.supervisor.wait_ready(within))
    }

    /// How the workers are, with what metrics count.
    #[must_use]
    pub fn status(&self) -> Status {
        self.supervisor.status()
    }

    /// So many processes may be there; others end once they are idle. With 0 the next call loads one again.
    pub fn allow(&self, most: usize) {
        self.supervisor.allow(most);
    }

    /// How long no call has had it; `None`: one has.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        self.supervisor.idle()
    }

    /// Ends the workers, for at most a second; utterances under way fail.
    pub fn close(&self) {
        self.supervisor.close();
    }

    /// The language that a call's is understood as; none: it is heard.
    fn language(&self, call: Lang) -> Option<Lang> {
        match self.options.hearing {
            Hearing::Call => Some(call),
            Hearing::Detected => None,
            Hearing::Fixed(lang) => Some(lang),
        }
    }
}

impl Stt for WhisperStt {
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError> {
        if !self.speaks(options.lang) {
            let what = format!(
                "the Whisper in {} does not understand {}",
                self.options.model.display(),
                options.lang
            );
            return Err(EngineError::new(ErrorKind::BadRequest, what));
        }
        let manner = serde_json::json!({
            "language": self.language(options.lang).map(|lang| lang.primary().as_str().to_owned()),
            "prompt": self.options.prompt,
            "words": self.options.words,
        });
        let stream = self.supervisor.open(manner.to_string(), sink(events)).map_err(engine_error)?;
        Ok(Box::new(Ear::new(stream)))
    }

    fn speaks(&self, lang: Lang) -> bool {
        let wanted = self.language(lang).unwrap_or(lang).primary();
        // What the model is, if that cannot be read, is for its worker to tell.
        self.languages.is_empty() || self.languages.iter().any(|tag| tag == wanted.as_str())
    }

    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        health(&self.supervisor.status())
    }

    fn name(&self) -> &'static str {
        "whisper"
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
