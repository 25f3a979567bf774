//! Text to speech: when is a clause asked for, and in which order is it told?

mod decode;
mod queue;
mod request;

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Health, Tts, TtsEvent, TtsOptions, TtsStream};

use crate::TtsSettings;
use crate::core::{Core, Task};
use queue::Clause;
use request::Asker;

/// Clauses that wait in one stream; the call asks for two at a time.
const MOST_CLAUSES: usize = 16;

/// A synthesiser that is asked over HTTP.
pub struct OpenAiTts {
    asker: Arc<Asker>,
}

impl OpenAiTts {
    /// Starts to make a connection ready and returns at once. Reads certificates if the address is HTTPS.
    ///
    /// # Errors
    /// When there are no certificates to trust.
    pub fn start(settings: TtsSettings, runtime: &Handle) -> Result<Self, EngineError> {
        let core = Core::start(settings.server.clone(), runtime)?;
        Ok(Self { asker: Arc::new(Asker { core, settings }) })
    }
}

impl Tts for OpenAiTts {
    fn open(
        &self,
        options: TtsOptions,
        events: mpsc::Sender<TtsEvent>,
    ) -> Result<Box<dyn TtsStream>, EngineError> {
        if !self.speaks(options.lang) {
            let what = format!("the speech server is not for {}; see tts.languages", options.lang);
            return Err(EngineError::new(ErrorKind::BadRequest, what));
        }
        self.asker.core.open()?;
        let voice = options.voice.unwrap_or_else(|| self.asker.settings.voice.clone());
        Ok(Box::new(OpenAiVoice { asker: self.asker.clone(), voice, events, queue: None }))
    }

    fn speaks(&self, lang: Lang) -> bool {
        let languages = &self.asker.settings.languages;
        languages.is_empty() || languages.iter().any(|known| *known == lang || *known == lang.primary())
    }

    fn health(&self) -> Health {
        self.asker.core.health()
    }

    fn name(&self) -> &'static str {
        "openai"
    }
}

/// A synthesiser's voice for one call.
struct OpenAiVoice {
    asker: Arc<Asker>,
    voice: Arc<str>,
    events: mpsc::Sender<TtsEvent>,
    /// The clauses of the reply under way.
    queue: Option<Queue>,
}

struct Queue {
    epoch: Epoch,
    clauses: mpsc::Sender<Clause>,
    /// Ends with the queue, and with it all requests.
    _task: Task,
}

impl TtsStream for OpenAiVoice {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        if self.queue.as_ref().is_some_and(|queue| queue.epoch != epoch) {
            self.queue = None;
        }
        let core = &self.asker.core;
        let pass = core.admit()?;
        let queue = self.queue.get_or_insert_with(|| {
            // Full: the clause is refused.
            let (clauses, asked) = mpsc::channel(MOST_CLAUSES);
            let run = queue::run(self.asker.clone(), self.voice.clone(), epoch, asked, self.events.clone());
            Queue { epoch, clauses, _task: Task::spawn(&core.runtime, run) }
        });
        let sent = queue.clauses.try_send(Clause { number: clause, text, pass });
        sent.map_err(|_| EngineError::new(ErrorKind::Overload, "too many clauses wait to be spoken"))
    }

    fn cancel(&mut self) {
        self.queue = None;
    }
}
