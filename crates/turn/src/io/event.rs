//! What may others want to know about a call?

use std::sync::Arc;

use tom_base::{CallState, Epoch, Key, Span};

use crate::{EndReason, Probability, Stage};

/// Who has the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Floor {
    /// Nobody speaks; the caller may.
    #[default]
    Listening,
    /// The caller speaks.
    User,
    /// The caller paused; whether the turn is over is being decided.
    Pause,
    /// The reply is being made.
    Thinking,
    /// The agent speaks (or is paused by a possible interruption).
    Agent,
    /// The call is over.
    Ended,
}

/// What others may want to know: the wire, the timeline, metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallEvent {
    /// The call state changed.
    State(CallState),
    /// The floor changed.
    Floor(Floor),
    /// What the caller is saying.
    Partial {
        /// The utterance.
        epoch: Epoch,
        /// Its words so far.
        text: Arc<str>,
    },
    /// What the caller said in one utterance.
    Final {
        /// The utterance.
        epoch: Epoch,
        /// Its words.
        text: Arc<str>,
        /// How sure.
        confidence: Probability,
    },
    /// The caller's turn is over: this is it.
    Committed {
        /// The turn.
        epoch: Epoch,
        /// All of it.
        text: Arc<str>,
        /// Silence from the last voice to the decision.
        wait: Span,
    },
    /// A piece of the reply, as text.
    Reply {
        /// The reply.
        epoch: Epoch,
        /// A clause or sentence.
        text: Arc<str>,
    },
    /// The reply is being heard.
    Speaking {
        /// The reply.
        epoch: Epoch,
    },
    /// Speech over the reply: it is paused (or ducked) while we decide.
    Paused {
        /// The reply.
        epoch: Epoch,
        /// Quieter, not silent.
        ducked: bool,
    },
    /// It was nothing: the reply goes on.
    FalseInterruption {
        /// The reply.
        epoch: Epoch,
        /// How long it was paused.
        paused: Span,
        /// It was a word, but a listener's ("mhm").
        backchannel: bool,
    },
    /// The caller took the floor.
    Interrupted {
        /// The reply.
        epoch: Epoch,
        /// What of it was heard.
        heard: Arc<str>,
        /// From the onset to the decision.
        after: Span,
    },
    /// The turn is over, its reply heard as far as it was.
    TurnEnd {
        /// The turn.
        epoch: Epoch,
        /// What of the reply was heard.
        heard: Arc<str>,
        /// Whether that is all of it.
        complete: bool,
    },
    /// A key.
    Dtmf(Key),
    /// The caller is silent: asked again.
    Reprompt(u32),
    /// A stage failed.
    Failed {
        /// What failed for whom.
        epoch: Epoch,
        /// Which stage.
        stage: Stage,
    },
    /// The call is over.
    Ended(EndReason),
}
