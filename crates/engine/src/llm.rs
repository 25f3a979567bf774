//! Language models.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::Epoch;

use crate::{EngineError, Health};

/// A function that the model may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolSpec {
    /// Its name: letters, digits, `_` and `-`.
    pub name: Arc<str>,
    /// When to use it, for the model.
    pub description: Arc<str>,
    /// JSON Schema of its arguments, an object, as text.
    pub parameters: Arc<str>,
}

/// A call of a function, as the model wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The model's name for this call; the result goes back under it.
    pub id: Arc<str>,
    /// The function.
    pub name: Arc<str>,
    /// Its arguments, as the model wrote them: meant to be a JSON object, but nobody has checked yet.
    pub arguments: Arc<str>,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LlmMessage {
    /// What the model is told to be.
    System(Arc<str>),
    /// The caller's words.
    User(Arc<str>),
    /// The agent's words, as far as they were heard, and the calls of functions that it made.
    Assistant {
        /// The words; may be empty beside calls.
        text: Arc<str>,
        /// The calls.
        calls: Vec<ToolCall>,
    },
    /// What a function gave back.
    Tool {
        /// [`ToolCall::id`].
        id: Arc<str>,
        /// The result, as text.
        result: Arc<str>,
    },
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmRequest {
    /// The reply's epoch.
    pub epoch: Epoch,
    /// The conversation, oldest first.
    pub messages: Vec<LlmMessage>,
    /// The functions it may call.
    pub tools: Arc<[ToolSpec]>,
    /// Most tokens of the reply.
    pub max_tokens: u32,
}

/// A result of a model's stream. Text comes in pieces as the model writes; calls of functions come whole.
#[derive(Debug)]
pub enum LlmEvent {
    /// The next piece of text.
    Text {
        /// The reply it belongs to.
        epoch: Epoch,
        /// The piece, blanks included.
        text: Arc<str>,
    },
    /// A call of a function.
    Call {
        /// The reply it belongs to.
        epoch: Epoch,
        /// The call.
        call: ToolCall,
    },
    /// The reply is complete.
    Done {
        /// The reply it belongs to.
        epoch: Epoch,
    },
    /// The rest of the reply is lost.
    Failed {
        /// The reply it belongs to.
        epoch: Epoch,
        /// Why.
        error: EngineError,
    },
}

/// A language model, shared by all calls.
pub trait Llm: Send + Sync {
    /// Opens a stream for one call. Cheap; never waits.
    ///
    /// # Errors
    /// When the engine is down.
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError>;

    /// How it is.
    fn health(&self) -> Health;

    /// Whether [`LlmStream::read_ahead`] is of any use.
    fn reads_ahead(&self) -> bool {
        false
    }

    /// The engine's name: `openai`.
    fn name(&self) -> &'static str;
}

/// A model's attention for one call. One reply at a time: a new `generate` cancels what is under way.
pub trait LlmStream: Send {
    /// Asks for a reply: events of its epoch follow, the last of them `Done` or `Failed`.
    ///
    /// # Errors
    /// When the engine is down or its queue is full.
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError>;

    /// A reply to a conversation that begins like this one may soon be asked for: its last message, the caller's, is
    /// still being said and may go on. Whoever keeps conversations may read it while nobody waits for a reply. No event
    /// follows, nothing is written, and what fails is told when the reply is asked for. Of no effect while a reply is
    /// under way.
    fn read_ahead(&mut self, request: LlmRequest) {
        drop(request);
    }

    /// The reply under way can wait for so long: something more urgent, a voice's first sound, is computed on this machine.
    /// Whoever computes elsewhere goes on.
    fn rest(&mut self, time: Duration) {
        let _ = time;
    }

    /// Nobody wants to know any more.
    fn cancel(&mut self);
}
