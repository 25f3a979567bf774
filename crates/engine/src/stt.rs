//! Speech to text.

use std::sync::Arc;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};

use crate::{EngineError, Health};

/// What may be said next, for engines that need to be told. `id` changes with the text, so that an engine
/// can keep compiled grammars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// A name that is the same for the same text.
    pub id: Arc<str>,
    /// JSGF 1.0, one public rule.
    pub jsgf: Arc<str>,
}

/// What a recognition stream is opened with.
#[derive(Clone, Debug)]
pub struct SttOptions {
    /// The caller's language.
    pub lang: Lang,
}

/// A result of a recognition stream.
#[derive(Debug)]
pub enum SttEvent {
    /// What the utterance sounds like so far.
    Partial {
        /// The utterance it belongs to.
        epoch: Epoch,
        /// The words.
        text: Arc<str>,
    },
    /// The same with words that may still change, before the `Partial` if there is one: what may be prepared for, and is not to
    /// be shown. Of engines whose partials are settled.
    Guess {
        /// The utterance it belongs to.
        epoch: Epoch,
        /// The words.
        text: Arc<str>,
    },
    /// Where a word of the `Final` that follows begins; of engines that are asked to tell.
    Word {
        /// The utterance it belongs to.
        epoch: Epoch,
        /// Byte of the text, on a character boundary.
        offset: u32,
        /// Samples at 16 kHz from the utterance's first one.
        at: u64,
    },
    /// What was said. Empty text: nothing that could be understood.
    Final {
        /// The utterance it belongs to.
        epoch: Epoch,
        /// The words.
        text: Arc<str>,
        /// How sure the engine is, 0 to 1.
        confidence: f32,
    },
    /// The utterance is lost.
    Failed {
        /// The utterance it belongs to.
        epoch: Epoch,
        /// Why.
        error: EngineError,
    },
}

/// A recogniser, shared by all calls.
pub trait Stt: Send + Sync {
    /// Opens a stream for one call. Cheap; never waits.
    ///
    /// # Errors
    /// When the language is not spoken here or the engine is down.
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError>;

    /// Whether it can recognise a language.
    fn speaks(&self, lang: Lang) -> bool;

    /// Whether it recognises only what a [`Grammar`] allows.
    fn needs_grammar(&self) -> bool;

    /// How it is.
    fn health(&self) -> Health;

    /// The engine's name: `pocketsphinx`.
    fn name(&self) -> &'static str;
}

/// A recogniser's ear for one call. One utterance at a time: `begin`, `push`*, then `finish` or `cancel`;
/// a new `begin` cancels what is open. Dropping the stream frees what the engine held for it.
pub trait SttStream: Send {
    /// An utterance begins.
    ///
    /// # Errors
    /// When the engine is down or its queue is full.
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError>;

    /// Audio of the utterance: 16 kHz mono.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError>;

    /// Asks what has been said so far, of an utterance that goes on: a `Partial` of its epoch follows. Engines
    /// that give partials by themselves need not be asked, and do nothing.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    fn peek(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        let _ = epoch;
        Ok(())
    }

    /// The utterance is over: a `Final` or `Failed` of its epoch follows.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError>;

    /// Nobody wants to know any more.
    fn cancel(&mut self);
}
