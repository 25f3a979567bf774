//! Who speaks to a caller who holds the line, and who afterwards?

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, Health, Tts, TtsEvent, TtsOptions, TtsStream};

use super::lobby::Ticket;

/// A voice that takes no place before the call has one.
pub(super) struct HeldTts {
    usual: Arc<dyn Tts>,
    meanwhile: Arc<dyn Tts>,
    ticket: Arc<Ticket>,
}

impl HeldTts {
    pub(super) fn new(usual: Arc<dyn Tts>, meanwhile: Arc<dyn Tts>, ticket: Arc<Ticket>) -> Self {
        Self { usual, meanwhile, ticket }
    }
}

impl Tts for HeldTts {
    fn open(&self, options: TtsOptions, events: Sender<TtsEvent>) -> Result<Box<dyn TtsStream>, EngineError> {
        let line = |engine: &Arc<dyn Tts>| Line { engine: Arc::clone(engine), stream: None };
        Ok(Box::new(HeldVoice {
            usual: line(&self.usual),
            meanwhile: line(&self.meanwhile),
            ticket: Arc::clone(&self.ticket),
            options,
            events,
        }))
    }

    fn speaks(&self, lang: Lang) -> bool {
        self.usual.speaks(lang)
    }

    fn health(&self) -> Health {
        self.usual.health()
    }

    fn name(&self) -> &'static str {
        self.usual.name()
    }
}

struct HeldVoice {
    usual: Line,
    meanwhile: Line,
    ticket: Arc<Ticket>,
    options: TtsOptions,
    events: Sender<TtsEvent>,
}

struct Line {
    engine: Arc<dyn Tts>,
    stream: Option<Box<dyn TtsStream>>,
}

impl TtsStream for HeldVoice {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        let line = if self.ticket.is_in() { &mut self.usual } else { &mut self.meanwhile };
        let stream = match &mut line.stream {
            Some(stream) => stream,
            empty => empty.insert(line.engine.open(self.options.clone(), self.events.clone())?),
        };
        stream.speak(epoch, clause, text)
    }

    fn cancel(&mut self) {
        for line in [&mut self.usual, &mut self.meanwhile] {
            if let Some(stream) = &mut line.stream {
                stream.cancel();
            }
        }
    }
}
