//! Text to speech by espeak-ng in worker processes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Health, Tts, TtsEvent, TtsOptions, TtsStream};
use tom_worker::{Event, Sink, Status, Stream, Supervisor, SupervisorOptions};

use super::languages::{Languages, usual};
use crate::workers::{self, engine_error, health, pass};

/// How espeak-ng is run and how it speaks.
#[derive(Clone, Debug)]
pub struct EspeakOptions {
    /// How many processes; `None`: as many as there are cores, at most four.
    pub shards: Option<usize>,
    /// Words per minute, 80 to 450.
    pub rate: u16,
    /// 0 to 100; 50 is the voice's own.
    pub pitch: u8,
    /// 0 to 200; 100 is the voice's own.
    pub volume: u8,
}

impl Default for EspeakOptions {
    /// 165 words a minute, a little lower than the voice's own pitch: pleasant over a telephone.
    fn default() -> Self {
        Self { shards: None, rate: 165, pitch: 45, volume: 100 }
    }
}

/// espeak-ng. Dropping it ends its workers.
#[derive(Debug)]
pub struct EspeakTts {
    supervisor: Supervisor,
    options: EspeakOptions,
    /// What the workers speak, once one has said so.
    languages: OnceLock<Languages>,
}

impl EspeakTts {
    /// Starts the workers and returns at once: clauses that are asked for meanwhile wait for them. What is
    /// missing is told by [`health`](Tts::health), and looked for again every some seconds.
    ///
    /// # Errors
    /// When rate, pitch or volume cannot be, or the system has no threads left.
    pub fn start(options: EspeakOptions) -> Result<Self, EngineError> {
        if !(80..=450).contains(&options.rate) || options.pitch > 100 || options.volume > 200 {
            return Err(EngineError::new(
                ErrorKind::BadRequest,
                "espeak-ng's rate must be 80 to 450 words a minute, its pitch 0 to 100 and its volume 0 to 200",
            ));
        }
        let mut run = SupervisorOptions::new("espeak-ng", "tom-worker-espeak");
        run.shards = options.shards.unwrap_or(run.shards);
        let supervisor = workers::start(run, "espeak-ng's workers")?;
        Ok(Self { supervisor, options, languages: OnceLock::new() })
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

    /// A stream whose clauses are not spoken but answered by their sounds (`Event::Phonemes`), in the language of a tag of
    /// espeak-ng.
    pub(crate) fn pronounce(&self, lang: &str, sink: Sink) -> Result<Stream, EngineError> {
        let options = serde_json::json!({ "lang": lang, "phonemes": true });
        self.supervisor.open(options.to_string(), sink).map_err(engine_error)
    }

    /// Ends the workers, for at most a second; what is being spoken fails.
    pub fn close(&self) {
        self.supervisor.close();
    }
}

impl Tts for EspeakTts {
    fn open(
        &self,
        options: TtsOptions,
        events: mpsc::Sender<TtsEvent>,
    ) -> Result<Box<dyn TtsStream>, EngineError> {
        if !self.speaks(options.lang) {
            let what = format!("espeak-ng does not speak {}: see `espeak-ng --voices`", options.lang);
            return Err(EngineError::new(ErrorKind::BadRequest, what));
        }
        let manner = serde_json::json!({
            "lang": options.lang.as_str(),
            "voice": options.voice.as_deref(),
            "rate": self.options.rate,
            "pitch": self.options.pitch,
            "volume": self.options.volume,
        });
        let stream = self.supervisor.open(manner.to_string(), sink(events)).map_err(engine_error)?;
        Ok(Box::new(EspeakStream { stream }))
    }

    fn speaks(&self, lang: Lang) -> bool {
        if let Some(languages) = self.languages.get() {
            return languages.contain(lang);
        }
        match self.supervisor.status().hello.as_deref().and_then(Languages::of) {
            Some(languages) => self.languages.get_or_init(|| languages).contain(lang),
            None => usual(lang),
        }
    }

    fn health(&self) -> Health {
        health(&self.supervisor.status())
    }

    fn name(&self) -> &'static str {
        "espeak-ng"
    }
}

/// Passes a worker's events on as a synthesiser's.
fn sink(events: mpsc::Sender<TtsEvent>) -> Sink {
    Box::new(move |event| pass(&events, event, translate))
}

/// A worker's event as a synthesiser's; `None`: it is none of one.
fn translate(event: Event) -> Option<TtsEvent> {
    Some(match event {
        Event::Pcm { job, samples } => TtsEvent::Audio { epoch: job.epoch, clause: job.clause, pcm: samples },
        Event::Word { job, offset, at } => {
            TtsEvent::Word { epoch: job.epoch, clause: job.clause, offset: offset as usize, at }
        }
        Event::Done { job } => TtsEvent::Done { epoch: job.epoch, clause: job.clause },
        Event::Error { job, fault } => {
            TtsEvent::Failed { epoch: job.epoch, clause: job.clause, error: engine_error(fault) }
        }
        Event::Hello(_)
        | Event::Partial { .. }
        | Event::Guess { .. }
        | Event::Final { .. }
        | Event::Phonemes { .. }
        | Event::Pong { .. } => return None,
    })
}

/// A call's voice.
struct EspeakStream {
    stream: Stream,
}

impl TtsStream for EspeakStream {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        self.stream.speak(epoch, clause, &text).map_err(engine_error)
    }

    fn cancel(&mut self) {
        self.stream.cancel();
    }
}
