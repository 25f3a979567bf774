//! Text to speech by a Piper voice: espeak-ng's workers say how a clause sounds, the voice's workers speak that.

mod cache;
mod described;
mod line;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Health, Tts, TtsEvent, TtsOptions, TtsStream};
use tom_worker::{Status, Supervisor, SupervisorOptions};

use super::EspeakTts;
use crate::workers::{self, engine_error, health};
use cache::Cache;
pub use cache::CacheCounts;
use line::Line;

/// Longest wait for one of the prompts that are spoken ahead.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether all calls are over, before the next of them.
const PAUSE: Duration = Duration::from_millis(200);

/// How a Piper voice is run and how it speaks.
#[derive(Clone, Debug)]
pub struct PiperOptions {
    /// The voice's ONNX file; its JSON file lies beside it.
    pub model: PathBuf,
    /// The usual speaker, by name or number; `None`: the first.
    pub speaker: Option<Arc<str>>,
    /// How fast it speaks, in percent of its own: 50 to 200.
    pub speed: u16,
    /// How many processes, each with the voice in its memory; `None`: half as many as there are cores, at most four.
    pub shards: Option<usize>,
    /// What computes: `rten`, `onnxruntime`, or `auto`: the latter on a GPU.
    pub runtime: Arc<str>,
    /// Bytes of spoken prompts that are kept.
    pub cache_bytes: usize,
}

impl PiperOptions {
    /// The voice's own speed and first speaker; 32 MiB of prompts, which is 17 minutes.
    #[must_use]
    pub fn new(model: PathBuf) -> Self {
        Self { model, speaker: None, speed: 100, shards: None, runtime: "auto".into(), cache_bytes: 32 << 20 }
    }
}

/// How a Piper voice is, with what metrics count.
#[derive(Clone, Debug)]
pub struct PiperStatus {
    /// Its workers.
    pub workers: Status,
    /// Its prompts.
    pub cache: CacheCounts,
}

/// A Piper voice. Dropping it ends its workers; those of espeak-ng are another engine's.
pub struct PiperTts {
    supervisor: Supervisor,
    espeak: Arc<EspeakTts>,
    options: PiperOptions,
    /// The language of the voice as espeak-ng names it, if its description says so.
    language: Option<String>,
    cache: Arc<Mutex<Cache>>,
}

impl PiperTts {
    /// Starts the workers and returns at once: clauses that are asked for meanwhile wait for them. What is wrong with the voice's
    /// files is told by [`health`](Tts::health), and looked at again every some seconds.
    ///
    /// # Errors
    /// When the speed or the path cannot be, or the system has no threads left.
    pub fn start(options: PiperOptions, espeak: Arc<EspeakTts>) -> Result<Self, EngineError> {
        if !(50..=200).contains(&options.speed) {
            return Err(EngineError::new(ErrorKind::BadRequest, "a voice's speed must be 50 to 200 percent"));
        }
        let Some(path) = options.model.to_str() else {
            let what = format!("the path of the voice is no UTF-8: {}", options.model.display());
            return Err(EngineError::new(ErrorKind::Missing, what));
        };
        let mut run = SupervisorOptions::new("piper", "tom-worker-onnx");
        run.args = vec!["piper".into(), path.into(), options.runtime.to_string()];
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        run.shards = options.shards.unwrap_or((cores / 2).clamp(1, 4));
        // A large voice is read and tried out, and a long sentence takes a small machine seconds.
        run.hello_within = Duration::from_secs(60);
        run.hung_after = Duration::from_secs(20);
        let supervisor = workers::start(run, "the voice's workers")?;
        let language = described::language(&options.model);
        let cache = Arc::new(Mutex::new(Cache::new(options.cache_bytes)));
        Ok(Self { supervisor, espeak, options, language, cache })
    }

    /// Waits until all workers are ready or have failed, but not longer than a time. Blocks: not for async
    /// tasks.
    #[must_use]
    pub fn wait_ready(&self, within: Duration) -> Health {
        health(&self.supervisor.wait_ready(within))
    }

    /// How the workers are, with what metrics count.
    #[must_use]
    pub fn status(&self) -> PiperStatus {
        PiperStatus { workers: self.supervisor.status(), cache: locked(&self.cache).counts() }
    }

    /// So many processes may be there from now on; others end once no call has them, and with 0 the next call loads one
    /// again. Never waits.
    pub fn allow(&self, most: usize) {
        self.supervisor.allow(most);
    }

    /// How long no call has had the voice; `None`: one has.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        self.supervisor.idle()
    }

    /// Gives up the spoken prompts; those that are said again are kept again.
    pub fn forget_prompts(&self) {
        locked(&self.cache).clear();
    }

    /// Ends the workers, for at most a second; what is being spoken fails.
    pub fn close(&self) {
        self.supervisor.close();
    }

    /// Speaks texts ahead, in words to say and in the voice's language, and keeps them as far as there is room: when a call says one of
    /// them, it is heard at once. Goes on only while no call has the voice. Blocks until done, for a thread of its own; gives how many are kept.
    #[must_use]
    pub fn speak_ahead(&self, texts: &[Arc<str>]) -> usize {
        let Some(lang) = self.language.as_deref().and_then(|tag| tag.parse().ok()) else { return 0 };
        let Ok(waiting) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
            return 0;
        };
        let (sender, mut events) = mpsc::channel(64);
        let Ok(mut stream) = self.open(TtsOptions { lang, voice: None }, sender) else { return 0 };
        locked(&self.cache).want(texts);
        for (clause, text) in (0..).zip(texts) {
            if !locked(&self.cache).lacks(text, self.options.speaker.as_ref()) {
                continue;
            }
            // Who calls comes first.
            while self.supervisor.status().streams > 1 && !matches!(self.health(), Health::Down(_)) {
                std::thread::sleep(PAUSE);
            }
            if stream.speak(Epoch::default(), clause, text.clone()).is_err() {
                break;
            }
            let done = async {
                while let Some(event) = events.recv().await {
                    match event {
                        TtsEvent::Done { .. } => return true,
                        TtsEvent::Failed { error, .. } => {
                            tracing::warn!(
                                kind = error.kind.as_str(),
                                "a prompt could not be spoken ahead: {error}"
                            );
                            return false;
                        }
                        TtsEvent::Audio { .. } | TtsEvent::Word { .. } => {}
                    }
                }
                false
            };
            let waited = waiting.block_on(async { tokio::time::timeout(PATIENCE, done).await });
            if waited.is_err() {
                break;
            }
        }
        locked(&self.cache).counts().entries
    }
}

impl std::fmt::Debug for PiperTts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PiperTts").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Tts for PiperTts {
    fn open(
        &self,
        options: TtsOptions,
        events: mpsc::Sender<TtsEvent>,
    ) -> Result<Box<dyn TtsStream>, EngineError> {
        let language = self.language.as_deref().filter(|_| self.speaks(options.lang)).ok_or_else(|| {
            let what = format!("the voice {} does not speak {}", self.options.model.display(), options.lang);
            EngineError::new(ErrorKind::BadRequest, what)
        })?;
        let speaker = options.voice.or_else(|| self.options.speaker.clone());
        let manner = serde_json::json!({ "speaker": speaker.as_deref(), "speed": self.options.speed });
        let line = Line::new(events, Arc::clone(&self.cache), speaker);
        let voice = self.supervisor.open(manner.to_string(), line.voice_sink()).map_err(engine_error)?;
        let voice = Arc::new(voice);
        let sounds = self.espeak.pronounce(language, line.sounds_sink(Arc::clone(&voice)))?;
        Ok(Box::new(line.stream(sounds, voice)))
    }

    fn speaks(&self, lang: Lang) -> bool {
        let primary = |tag: &str| tag.split('-').next().map(str::to_owned);
        self.language.as_deref().is_some_and(|language| primary(language) == primary(lang.as_str()))
    }

    fn health(&self) -> Health {
        match (health(&self.supervisor.status()), self.espeak.health()) {
            (Health::Ok, Health::Down(why)) => Health::Down(format!("espeak-ng, which it needs: {why}")),
            (Health::Ok, Health::Degraded(why)) => {
                Health::Degraded(format!("espeak-ng, which it needs: {why}"))
            }
            (own, _) => own,
        }
    }

    fn name(&self) -> &'static str {
        "piper"
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
