//! How does the second recogniser get an utterance that the first one lost?

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{EngineError, Grammar, Stt, SttEvent, SttOptions, SttStream};

/// An utterance, as far as it was spoken.
pub(super) struct Utterance {
    pub(super) epoch: Epoch,
    pub(super) grammar: Option<Grammar>,
    /// 16 kHz mono.
    pub(super) pcm: Vec<i16>,
}

/// The second recogniser's ear for a call, opened when it is first needed. Its events go straight to the call.
pub(super) struct Second {
    pub(super) engine: Arc<dyn Stt>,
    pub(super) options: SttOptions,
    pub(super) events: mpsc::Sender<SttEvent>,
    pub(super) taken: Arc<AtomicU64>,
    pub(super) stream: Option<Box<dyn SttStream>>,
}

impl Second {
    /// As this one, with an ear of its own.
    pub(super) fn another(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            options: self.options.clone(),
            events: self.events.clone(),
            taken: self.taken.clone(),
            stream: None,
        }
    }

    /// Takes an utterance up, whole so far. `lost`: why the first one cannot.
    ///
    /// # Errors
    /// As the first one's, if it cannot be taken up here either.
    pub(super) fn take(&mut self, utterance: &Utterance, lost: EngineError) -> Result<(), EngineError> {
        let name = self.engine.name();
        if let Err(error) = self.begin(utterance) {
            self.stream = None;
            let what = format!("{lost}; {name} cannot stand in: {error}");
            return Err(EngineError { what, ..lost });
        }
        let taken = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(
            kind = lost.kind.as_str(),
            taken,
            "{name} is to understand an utterance instead: {lost}"
        );
        Ok(())
    }

    fn begin(&mut self, utterance: &Utterance) -> Result<(), EngineError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            empty => empty.insert(self.engine.open(self.options.clone(), self.events.clone())?),
        };
        stream.begin(utterance.epoch, utterance.grammar.as_ref())?;
        if utterance.pcm.is_empty() { Ok(()) } else { stream.push(&utterance.pcm) }
    }

    /// Something is asked of the ear, if there is one.
    pub(super) fn ask(
        &mut self,
        what: impl FnOnce(&mut dyn SttStream) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        self.stream.as_mut().map_or(Ok(()), |stream| what(&mut **stream))
    }

    pub(super) fn cancel(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.cancel();
        }
    }
}
