//! Speech to text by PocketSphinx in worker processes.

use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Grammar, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_worker::{Event, Sink, Status, Stream, Supervisor, SupervisorOptions};

use crate::workers::{engine_error, health};

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
        let supervisor = Supervisor::start(run).map_err(|e| {
            EngineError::new(ErrorKind::Unavailable, "no threads are left to run PocketSphinx's workers")
                .because(e)
        })?;
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
        Ok(Box::new(SphinxStream { stream }))
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

/// Passes a worker's events on as a recogniser's.
fn sink(events: mpsc::Sender<SttEvent>) -> Sink {
    Box::new(move |event| match events.try_reserve() {
        Ok(room) => {
            if let Some(event) = translate(event) {
                room.send(event);
            }
            Ok(())
        }
        Err(TrySendError::Full(())) => Err(event),
        // The call is over.
        Err(TrySendError::Closed(())) => Ok(()),
    })
}

/// A worker's event as a recogniser's; `None`: it is none of one.
fn translate(event: Event) -> Option<SttEvent> {
    Some(match event {
        Event::Partial { job, text } => SttEvent::Partial { epoch: job.epoch, text: text.into() },
        Event::Final { job, text, confidence } => {
            SttEvent::Final { epoch: job.epoch, text: text.into(), confidence }
        }
        Event::Error { job, fault } => SttEvent::Failed { epoch: job.epoch, error: engine_error(fault) },
        Event::Hello(_)
        | Event::Pcm { .. }
        | Event::Word { .. }
        | Event::Phonemes { .. }
        | Event::Done { .. }
        | Event::Pong { .. } => {
            return None;
        }
    })
}

/// A call's ear.
struct SphinxStream {
    stream: Stream,
}

impl SttStream for SphinxStream {
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        let (id, jsgf) = grammar.map_or(("", ""), |g| (&*g.id, &*g.jsgf));
        self.stream.begin(epoch, id, jsgf).map_err(engine_error)
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        self.stream.audio(pcm).map_err(engine_error)
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        self.stream.finish(epoch).map_err(engine_error)
    }

    fn cancel(&mut self) {
        self.stream.cancel();
    }
}
