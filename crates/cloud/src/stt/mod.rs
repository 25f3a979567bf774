//! Speech to text: when is an utterance sent, and what comes of it?

mod form;
mod heard;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hyper::body::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Grammar, Health, Side, Stt, SttEvent, SttOptions, SttStream};

use crate::SttSettings;
use crate::core::{Core, Task};
use heard::Heard;

/// The longest utterance, 60 s: 1.9 MB.
pub(crate) const MOST_SAMPLES: usize = 16_000 * 60;
/// Room made at the start of an utterance, 4 s, so that frames seldom make the buffer grow.
pub(crate) const ROOM: usize = 16_000 * 4;
/// Looks at one utterance under way at once.
const MOST_PEEKS: usize = 2;
/// Utterances of one call that are transcribed at once at most.
const MOST_FINISHED: usize = 4;
/// Bytes of a transcription that are read.
const MOST_BODY: usize = 1 << 20;

/// A recogniser that is asked over HTTP.
pub struct OpenAiStt {
    asker: Arc<Asker>,
}

struct Asker {
    core: Arc<Core>,
    settings: SttSettings,
}

impl OpenAiStt {
    /// Starts to make a connection ready and returns at once. Reads certificates if the address is HTTPS.
    ///
    /// # Errors
    /// When there are no certificates to trust.
    pub fn start(settings: SttSettings, runtime: &Handle) -> Result<Self, EngineError> {
        let core = Core::start(settings.server.clone(), runtime)?;
        Ok(Self { asker: Arc::new(Asker { core, settings }) })
    }
}

impl Stt for OpenAiStt {
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError> {
        if !self.speaks(options.lang) {
            let what = format!("the transcription server is not for {}; see stt.languages", options.lang);
            return Err(EngineError::new(ErrorKind::BadRequest, what));
        }
        self.asker.core.open()?;
        Ok(Box::new(OpenAiEar {
            asker: self.asker.clone(),
            lang: options.lang,
            events,
            pcm: Vec::new(),
            open: false,
            looks: Vec::new(),
            asked: 0,
            told: Arc::default(),
            finished: Vec::new(),
        }))
    }

    fn speaks(&self, lang: Lang) -> bool {
        let languages = &self.asker.settings.languages;
        languages.is_empty() || languages.iter().any(|known| *known == lang || *known == lang.primary())
    }

    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        self.asker.core.health()
    }

    fn name(&self) -> &'static str {
        "openai"
    }
}

/// A call's ear.
struct OpenAiEar {
    asker: Arc<Asker>,
    lang: Lang,
    events: mpsc::Sender<SttEvent>,
    /// The utterance so far.
    pcm: Vec<i16>,
    open: bool,
    looks: Vec<Task>,
    /// Looks at this utterance so far.
    asked: u32,
    /// The latest look that was answered: an older answer that comes after it is of no use.
    told: Arc<AtomicU32>,
    /// Utterances that are over and not yet answered: the caller may go on before the first is.
    finished: Vec<Task>,
}

impl SttStream for OpenAiEar {
    fn begin(&mut self, _epoch: Epoch, _grammar: Option<&Grammar>) -> Result<(), EngineError> {
        self.drop_open();
        self.asker.core.open()?;
        self.pcm.reserve(ROOM);
        self.open = true;
        Ok(())
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        if !self.open {
            return Err(out_of_turn());
        }
        if self.pcm.len() + pcm.len() > MOST_SAMPLES {
            return Err(too_long());
        }
        self.pcm.extend_from_slice(pcm);
        Ok(())
    }

    fn peek(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        if !self.open {
            return Err(out_of_turn());
        }
        self.looks.retain(|look| !look.is_over());
        if self.looks.len() >= MOST_PEEKS {
            let what = format!("{MOST_PEEKS} looks at the utterance are under way");
            return Err(EngineError { retry: false, ..EngineError::new(ErrorKind::Overload, what) });
        }
        let pass = self.asker.core.admit()?;
        self.asked += 1;
        let (asker, lang, events, pcm) =
            (self.asker.clone(), self.lang, self.events.clone(), self.pcm.clone());
        let (number, told) = (self.asked, self.told.clone());
        self.looks.push(Task::spawn(&self.asker.core.runtime, async move {
            let result = asker.transcribe(&pcm, lang).await;
            pass.report(&result);
            match result {
                Ok(heard) if told.fetch_max(number, Ordering::Relaxed) < number => {
                    // With no room the call has more important things to read.
                    drop(events.try_send(SttEvent::Partial { epoch, text: heard.text.into() }));
                }
                Ok(_) => {}
                // The utterance is not lost: it will be asked for as a whole.
                Err(error) => tracing::debug!(kind = error.kind.as_str(), "a look ahead failed: {error}"),
            }
        }));
        Ok(())
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        if !self.open {
            return Err(out_of_turn());
        }
        self.open = false;
        self.looks.clear();
        self.finished.retain(|task| !task.is_over());
        if self.finished.len() >= MOST_FINISHED {
            let what = format!("{MOST_FINISHED} utterances of this call are being transcribed already");
            return Err(EngineError { retry: false, ..EngineError::new(ErrorKind::Overload, what) });
        }
        let pcm = std::mem::take(&mut self.pcm);
        let pass = self.asker.core.admit()?;
        let (asker, lang, events) = (self.asker.clone(), self.lang, self.events.clone());
        self.finished.push(Task::spawn(&self.asker.core.runtime, async move {
            let result = asker.transcribe(&pcm, lang).await;
            pass.report(&result);
            let event = match result {
                Ok(Heard { text, confidence }) => SttEvent::Final { epoch, text: text.into(), confidence },
                Err(error) => SttEvent::Failed { epoch, error },
            };
            // It is the last event: it waits for room, which the end of the stream ends.
            drop(events.send(event).await);
        }));
        Ok(())
    }

    fn cancel(&mut self) {
        self.drop_open();
        self.finished.clear();
    }
}

impl OpenAiEar {
    /// The utterance that is open, if one is, is of no interest; those that are over still are.
    fn drop_open(&mut self) {
        self.open = false;
        self.pcm.clear();
        self.looks.clear();
        self.asked = 0;
        self.told = Arc::default();
    }
}

pub(crate) fn out_of_turn() -> EngineError {
    let what = "audio without an utterance that has begun";
    EngineError { side: Side::Us, ..EngineError::new(ErrorKind::BadRequest, what) }
}

pub(crate) fn too_long() -> EngineError {
    let what = format!("an utterance of more than {} s cannot be transcribed", MOST_SAMPLES / 16_000);
    EngineError::new(ErrorKind::BadRequest, what)
}

impl Asker {
    async fn transcribe(&self, pcm: &[i16], lang: Lang) -> Result<Heard, EngineError> {
        let core = &self.core;
        let form = form::form(&self.settings, pcm, lang);
        let body = Bytes::from(form.body);
        core.first("no transcription", || async {
            let mut answer = core.post("audio/transcriptions", &form.content_type, body.clone(), &[]).await?;
            let body = answer.all(MOST_BODY).await?;
            heard::read(&body).map_err(|what| core.unreadable(what))
        })
        .await
    }
}
