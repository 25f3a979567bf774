//! End of turn: does it sound as if the caller had finished?

use tokio::sync::mpsc;
use tom_base::Epoch;

use crate::{EngineError, Health};

/// A result of an end-of-turn stream.
#[derive(Debug)]
pub enum EndOfTurnEvent {
    /// How it sounds.
    Judged {
        /// The utterance after which was asked.
        epoch: Epoch,
        /// How likely the turn is over, 0 to 1.
        p: f32,
    },
    /// There is no opinion.
    Failed {
        /// The utterance after which was asked.
        epoch: Epoch,
        /// Why.
        error: EngineError,
    },
}

/// A judge of ends of turns, shared by all calls.
pub trait EndOfTurn: Send + Sync {
    /// Opens a stream for one call. Cheap; never waits.
    ///
    /// # Errors
    /// When the engine is down.
    fn open(&self, events: mpsc::Sender<EndOfTurnEvent>) -> Result<Box<dyn EndOfTurnStream>, EngineError>;

    /// How it is.
    fn health(&self) -> Health;

    /// The engine's name: `smart-turn`.
    fn name(&self) -> &'static str;
}

/// A judge's ear for one call.
pub trait EndOfTurnStream: Send {
    /// Audio of the caller's turn, pauses included: 16 kHz mono. The stream keeps the last 8 s of it.
    ///
    /// # Errors
    /// When the engine is down or its queue is full.
    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError>;

    /// Asks whether the turn is over, after all that was pushed. An older question that is still open may go
    /// unanswered.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    fn judge(&mut self, epoch: Epoch) -> Result<(), EngineError>;

    /// Another turn begins: what was pushed is forgotten.
    fn reset(&mut self);
}
