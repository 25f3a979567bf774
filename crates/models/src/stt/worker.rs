//! How does a call's audio reach a recogniser's worker, and what it says the call?

use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{EngineError, Grammar, SttEvent, SttStream};
use tom_worker::{Event, Sink, Stream};

use crate::workers::{engine_error, pass};

/// A call's ear.
pub(super) struct Ear {
    stream: Stream,
}

impl Ear {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream }
    }
}

impl SttStream for Ear {
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

/// Passes a worker's events on as a recogniser's.
pub(super) fn sink(events: mpsc::Sender<SttEvent>) -> Sink {
    Box::new(move |event| pass(&events, event, translate))
}

/// A worker's event as a recogniser's; `None`: it is none of one.
fn translate(event: Event) -> Option<SttEvent> {
    Some(match event {
        Event::Partial { job, text } => SttEvent::Partial { epoch: job.epoch, text: text.into() },
        Event::Guess { job, text } => SttEvent::Guess { epoch: job.epoch, text: text.into() },
        Event::Final { job, text, confidence } => {
            SttEvent::Final { epoch: job.epoch, text: text.into(), confidence }
        }
        Event::Error { job, fault } => SttEvent::Failed { epoch: job.epoch, error: engine_error(fault) },
        Event::Word { job, offset, at } => SttEvent::Word { epoch: job.epoch, offset, at },
        Event::Hello(_)
        | Event::Pcm { .. }
        | Event::Phonemes { .. }
        | Event::Done { .. }
        | Event::Pong { .. } => {
            return None;
        }
    })
}
