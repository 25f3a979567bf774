//! Speech to text by PocketSphinx in worker processes.

use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::Lang;
use tom_engine::{EngineError, ErrorKind, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_worker::{Status, Supervisor, SupervisorOptions};

use super::worker::{Ear, sink};
use crate::workers::{self, engine_error, health};

/// How long the language model for dictation may take to load on a machine that is busy.
const DICTATION_WITHIN: Duration = Duration::from_secs(60);

/// How PocketSphinx is run.
#[derive(Clone, Debug, Default)]
pub struct SphinxOptions {
    /// How many processes; `None`: as many as there are cores, at most four.
    pub shards: Option<usize>,
    /// Callers will speak without a grammar: the language model for that is loaded at once, 100 MB in each process.
    /// Otherwise the first such caller waits seconds for it, and so do all others of the process.
    pub dictation: bool,
}

/// PocketSphinx: English, by grammar. Dropping it ends its workers.
#[derive(Debug)]
pub struct SphinxStt {
    supervisor: Supervisor,
}

impl SphinxStt {
    /// Starts the workers and returns at once. What is missing is told by [`health`](Stt::health), and looked
    /// for again every some seconds.
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn start(options: SphinxOptions) -> Result<Self, EngineError> {
        let mut run = SupervisorOptions::new("pocketsphinx", "tom-worker-sphinx");
        run.shards = options.shards.unwrap_or(run.shards);
        if options.dictation {
            run.args.push("--dictation".into());
            run.hello_within = DICTATION_WITHIN;
        }
        let supervisor = workers::start(run, "PocketSphinx's workers")?;
        Ok(Self { supervisor })
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

    /// Ends the workers, for at most a second; utterances under way fail.
    pub fn close(&self) {
        self.supervisor.close();
    }
}

impl Stt for SphinxStt {
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError> {
        if !self.speaks(options.lang) {
            let what = format!("PocketSphinx understands English only, not {}", options.lang);
            return Err(EngineError::new(ErrorKind::BadRequest, what));
        }
        let stream = self.supervisor.open("{}", sink(events)).map_err(engine_error)?;
        Ok(Box::new(Ear::new(stream)))
    }

    fn speaks(&self, lang: Lang) -> bool {
        lang.primary() == Lang::EN
    }

    /// Without a grammar it takes dictation, poorly.
    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        health(&self.supervisor.status())
    }

    fn name(&self) -> &'static str {
        "pocketsphinx"
    }
}
