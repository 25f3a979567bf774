//! Does it sound as if the caller were through? The judge's stream of one call, and when it hears what.

use std::sync::Arc;

use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{EndOfTurn, EndOfTurnEvent, EndOfTurnStream};

use crate::report::EndOfTurnCounters;

/// The judge of a call. One that fails is asked again with the next turn; nothing depends on it.
pub(crate) struct Judge {
    engine: Option<Arc<dyn EndOfTurn>>,
    stream: Option<Box<dyn EndOfTurnStream>>,
    events: mpsc::Sender<EndOfTurnEvent>,
    /// It hears the turn under way.
    hears: bool,
    pub(crate) count: EndOfTurnCounters,
}

impl Judge {
    pub(crate) fn new(engine: Option<Arc<dyn EndOfTurn>>, events: mpsc::Sender<EndOfTurnEvent>) -> Self {
        Self { engine, stream: None, events, hears: false, count: EndOfTurnCounters::default() }
    }

    /// An utterance begins; `before` is what was heard just before it, in pieces. Of a turn that goes on it was
    /// heard already.
    pub(crate) fn listen(&mut self, before: [&[i16]; 2]) {
        if self.hears {
            return;
        }
        if self.stream.is_none() {
            let Some(engine) = &self.engine else { return };
            match engine.open(self.events.clone()) {
                Ok(stream) => self.stream = Some(stream),
                Err(error) => {
                    tracing::debug!(
                        kind = error.kind.as_str(),
                        "nobody judges the end of this turn: {error}"
                    );
                    return;
                }
            }
        }
        self.hears = true;
        for piece in before {
            self.push(piece);
        }
    }

    /// Audio of the caller's, 16 kHz mono.
    pub(crate) fn push(&mut self, pcm: &[i16]) {
        if let Some(stream) = self.stream.as_mut().filter(|_| self.hears && !pcm.is_empty())
            && stream.push(pcm).is_err()
        {
            self.give_up();
        }
    }

    /// Asks for an opinion after an utterance.
    pub(crate) fn ask(&mut self, epoch: Epoch) {
        let Some(stream) = self.stream.as_mut().filter(|_| self.hears) else { return };
        self.count.asked += 1;
        if stream.judge(epoch).is_err() {
            self.count.failed += 1;
        }
    }

    /// The turn is over.
    pub(crate) fn turn_over(&mut self) {
        if std::mem::replace(&mut self.hears, false)
            && let Some(stream) = &mut self.stream
        {
            stream.reset();
        }
    }

    /// What has a gap cannot be judged: this turn it hears no more.
    fn give_up(&mut self) {
        self.hears = false;
        self.stream = None;
    }
}
