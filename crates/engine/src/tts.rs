//! Text to speech.

use std::sync::Arc;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};

use crate::{EngineError, Health};

/// How a synthesis stream speaks.
#[derive(Clone, Debug)]
pub struct TtsOptions {
    /// The language of the text.
    pub lang: Lang,
    /// A voice of the engine; none: its default for the language.
    pub voice: Option<Arc<str>>,
}

/// A result of a synthesis stream. Of one clause, words and audio come in order, then `Done`; clauses of one
/// epoch come in the order they were asked for.
#[derive(Debug)]
pub enum TtsEvent {
    /// Speech.
    Audio {
        /// The reply it belongs to.
        epoch: Epoch,
        /// Which clause of the reply.
        clause: u32,
        /// 16 kHz mono, at most a second.
        pcm: Vec<i16>,
    },
    /// Where a word begins in the clause's audio.
    Word {
        /// The reply it belongs to.
        epoch: Epoch,
        /// Which clause of the reply.
        clause: u32,
        /// Byte offset of the word in the clause's text, on a character boundary.
        offset: usize,
        /// Samples at 16 kHz from the clause's first one.
        at: u64,
    },
    /// The clause is complete.
    Done {
        /// The reply it belongs to.
        epoch: Epoch,
        /// Which clause of the reply.
        clause: u32,
    },
    /// The clause is lost.
    Failed {
        /// The reply it belongs to.
        epoch: Epoch,
        /// Which clause of the reply.
        clause: u32,
        /// Why.
        error: EngineError,
    },
}

/// A synthesiser, shared by all calls.
pub trait Tts: Send + Sync {
    /// Opens a stream for one call. Cheap; never waits.
    ///
    /// # Errors
    /// When the language or voice is not there or the engine is down.
    fn open(
        &self,
        options: TtsOptions,
        events: mpsc::Sender<TtsEvent>,
    ) -> Result<Box<dyn TtsStream>, EngineError>;

    /// Whether it can speak a language.
    fn speaks(&self, lang: Lang) -> bool;

    /// How it is.
    fn health(&self) -> Health;

    /// The engine's name: `espeak-ng`.
    fn name(&self) -> &'static str;
}

/// A synthesiser's voice for one call.
pub trait TtsStream: Send {
    /// Asks for a clause to be spoken.
    ///
    /// # Errors
    /// When the engine is down or its queue is full.
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError>;

    /// Nobody wants the clauses that are under way any more.
    fn cancel(&mut self);
}
