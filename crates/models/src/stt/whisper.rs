//! Speech to text by Whisper in worker processes.

mod model;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::Lang;
use tom_engine::{EngineError, ErrorKind, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_worker::Status;

use self::model::{Model, Start};
use super::worker::{Ear, sink};
use crate::workers::{engine_error, health};

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
    /// The folder of a smaller one, for calls that begin while the machine is to be spared.
    pub smaller: Option<PathBuf>,
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
    /// So many made-up words a second are understood, whatever is said: for measurements with made-up weights only.
    pub pace: Option<f32>,
}

impl WhisperOptions {
    /// One process on all cores, at most four; the call's language; windows of 10 s and more.
    #[must_use]
    pub fn new(model: PathBuf) -> Self {
        Self {
            model,
            smaller: None,
            hearing: Hearing::Call,
            prompt: String::new(),
            words: false,
            shards: 1,
            threads: None,
            window_s: 10,
            pace: None,
        }
    }
}

/// Whisper: as many languages as the model knows. Dropping it ends its workers.
#[derive(Debug)]
pub struct WhisperStt {
    options: WhisperOptions,
    threads: usize,
    usual: Model,
    /// Loaded only while the machine is to be spared, and as long as calls have it.
    smaller: Option<Model>,
    spared: AtomicBool,
    spared_calls: AtomicU64,
}

impl WhisperStt {
    /// Starts the workers and returns at once. What is wrong with the model's files is told by [`health`](Stt::health), and
    /// looked at again every some seconds.
    ///
    /// # Errors
    /// When a path is no UTF-8, or the system has no threads left.
    pub fn start(options: WhisperOptions) -> Result<Self, EngineError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = options.threads.unwrap_or(cores.min(4)).max(1);
        let start = Start {
            shards: options.shards,
            threads,
            window_s: options.window_s,
            asleep: false,
            pace: options.pace,
        };
        let usual = Model::start(&options.model, start)?;
        let spare = Start { shards: 1, asleep: true, ..start };
        let smaller = options.smaller.as_ref().map(|folder| Model::start(folder, spare)).transpose()?;
        let (spared, spared_calls) = (AtomicBool::new(false), AtomicU64::new(0));
        Ok(Self { options, threads, usual, smaller, spared, spared_calls })
    }

    /// Waits until all workers are ready or have failed, but not longer than a time. Blocks: not for async
    /// tasks.
    #[must_use]
    pub fn wait_ready(&self, within: Duration) -> Health {
        health(&self.usual.supervisor.wait_ready(within))
    }

    /// How the workers are, with what metrics count; of both models together.
    #[must_use]
    pub fn status(&self) -> Status {
        let usual = self.usual.status();
        match &self.smaller {
            Some(smaller) => both(usual, smaller.status()),
            None => usual,
        }
    }

    /// So many processes may be there; others end once they are idle. With 0 the next call loads one again. With
    /// less than all, calls that begin get half of the threads, and the smaller model where there is one; the
    /// larger is unloaded when the last call that has it is over.
    pub fn allow(&self, most: usize) {
        let spared = most != usize::MAX;
        self.spared.store(spared, Ordering::Relaxed);
        match &self.smaller {
            None => self.usual.supervisor.allow(most),
            Some(smaller) => {
                self.usual.supervisor.allow(if spared { 0 } else { usize::MAX });
                smaller.supervisor.allow(if spared { most } else { 0 });
            }
        }
    }

    /// How long no call has had it; `None`: one has.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        let usual = self.usual.supervisor.idle()?;
        match &self.smaller {
            Some(smaller) => smaller.supervisor.idle().map(|idle| idle.min(usual)),
            None => Some(usual),
        }
    }

    /// Calls so far that got the smaller model or fewer threads.
    #[must_use]
    pub fn spared_calls(&self) -> u64 {
        self.spared_calls.load(Ordering::Relaxed)
    }

    /// Ends the workers, for at most a second each; utterances under way fail.
    pub fn close(&self) {
        self.usual.supervisor.close();
        if let Some(smaller) = &self.smaller {
            smaller.supervisor.close();
        }
    }

    fn is_spared(&self) -> bool {
        self.spared.load(Ordering::Relaxed)
    }

    /// Threads for each call that begins now, while the machine is to be spared and they are fewer than usual.
    fn fewer(&self) -> Option<usize> {
        let half = self.threads.div_ceil(2);
        (self.is_spared() && half < self.threads).then_some(half)
    }

    /// The smaller model, while it is its turn and it works.
    fn stand_in(&self) -> Option<&Model> {
        let works = |model: &&Model| !matches!(model.health(), Health::Down(_));
        self.smaller.as_ref().filter(|_| self.is_spared()).filter(works)
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
        let language = self.language(options.lang);
        let knows = |model: &&Model| model.knows(language.unwrap_or(options.lang));
        let smaller = self.stand_in().filter(knows);
        let fewer = self.fewer();
        let manner = serde_json::json!({
            "language": language.map(|lang| lang.primary().as_str().to_owned()),
            "prompt": self.options.prompt,
            "words": self.options.words,
            "threads": fewer,
        });
        if smaller.is_some() || fewer.is_some() {
            self.spared_calls.fetch_add(1, Ordering::Relaxed);
            let model = smaller.unwrap_or(&self.usual).folder.file_name();
            tracing::info!(?model, threads = fewer, "a call is understood with less than usual");
        }
        let supervisor = &smaller.unwrap_or(&self.usual).supervisor;
        let stream = supervisor.open(manner.to_string(), sink(events)).map_err(engine_error)?;
        Ok(Box::new(Ear::new(stream)))
    }

    fn speaks(&self, lang: Lang) -> bool {
        self.usual.knows(self.language(lang).unwrap_or(lang))
    }

    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        let Some(smaller) = self.stand_in() else {
            return match (self.usual.health(), self.fewer()) {
                (Health::Ok, Some(fewer)) => Health::Degraded(format!(
                    "{fewer} of {} threads understand new calls: the machine is short of memory or too hot",
                    self.threads
                )),
                (health, _) => health,
            };
        };
        match smaller.health() {
            Health::Ok => Health::Degraded(
                "the smaller model understands new calls: the machine is short of memory or too hot".into(),
            ),
            health => health,
        }
    }

    fn name(&self) -> &'static str {
        "whisper"
    }
}

/// Two models as one.
fn both(a: Status, b: Status) -> Status {
    Status {
        shards: a.shards + b.shards,
        up: a.up + b.up,
        starting: a.starting + b.starting,
        fault: a.fault.or(b.fault),
        hello: a.hello.or(b.hello),
        pids: a.pids.into_iter().chain(b.pids).collect(),
        streams: a.streams + b.streams,
        restarts: a.restarts + b.restarts,
        fed_again: a.fed_again + b.fed_again,
        lost: a.lost + b.lost,
        overloads: a.overloads + b.overloads,
    }
}
