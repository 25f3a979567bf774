//! Who understands a caller who holds the line? Nobody: only afterwards is the recogniser asked for a place.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Grammar, Health, Stt, SttEvent, SttOptions, SttStream};

use super::lobby::Ticket;

/// A recogniser that takes no place before the call has one.
pub(super) struct HeldStt {
    usual: Arc<dyn Stt>,
    ticket: Arc<Ticket>,
}

impl HeldStt {
    pub(super) fn new(usual: Arc<dyn Stt>, ticket: Arc<Ticket>) -> Self {
        Self { usual, ticket }
    }
}

impl Stt for HeldStt {
    fn open(&self, options: SttOptions, events: Sender<SttEvent>) -> Result<Box<dyn SttStream>, EngineError> {
        let (usual, ticket) = (Arc::clone(&self.usual), Arc::clone(&self.ticket));
        Ok(Box::new(HeldEar { usual, ticket, options, events, stream: None, deaf: true }))
    }

    fn speaks(&self, lang: Lang) -> bool {
        self.usual.speaks(lang)
    }

    fn needs_grammar(&self) -> bool {
        self.usual.needs_grammar()
    }

    fn health(&self) -> Health {
        self.usual.health()
    }

    fn name(&self) -> &'static str {
        self.usual.name()
    }
}

struct HeldEar {
    usual: Arc<dyn Stt>,
    ticket: Arc<Ticket>,
    options: SttOptions,
    events: Sender<SttEvent>,
    stream: Option<Box<dyn SttStream>>,
    /// The utterance began while the caller held the line.
    deaf: bool,
}

impl HeldEar {
    /// The recogniser, for an utterance that it hears from its beginning.
    fn listening(&mut self) -> Option<&mut Box<dyn SttStream>> {
        self.stream.as_mut().filter(|_| !self.deaf)
    }
}

impl SttStream for HeldEar {
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        self.deaf = !self.ticket.is_in();
        if self.deaf {
            return Ok(());
        }
        let stream = match &mut self.stream {
            Some(stream) => stream,
            empty => empty.insert(self.usual.open(self.options.clone(), self.events.clone())?),
        };
        stream.begin(epoch, grammar)
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        self.listening().map_or(Ok(()), |stream| stream.push(pcm))
    }

    fn peek(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        self.listening().map_or(Ok(()), |stream| stream.peek(epoch))
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        if let Some(stream) = self.listening() {
            return stream.finish(epoch);
        }
        // As of a cough: the agent says on what it was saying.
        let nothing = SttEvent::Final { epoch, text: "".into(), confidence: 0.0 };
        let full = |_| EngineError::new(ErrorKind::Overload, "the call does not take what was understood");
        self.events.try_send(nothing).map_err(full)
    }

    fn cancel(&mut self) {
        if let Some(stream) = self.listening() {
            stream.cancel();
        }
    }
}
