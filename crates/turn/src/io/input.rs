//! What can happen to a call?

use std::sync::Arc;

use tom_base::{Epoch, Key, Span};

use crate::{EndReason, Hold, Onset, Probability, Stage, Then};

/// Something that happened to the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A call is offered.
    Ringing,
    /// The call was answered; audio flows.
    Answered,
    /// Speech began (voice activity).
    SpeechStart(Onset),
    /// A hiss began that may be the beginning of a word: too early to tell.
    Hiss,
    /// About 64 ms without voice.
    SpeechEnd,
    /// What began as speech was the agent's own voice: it is no speech any more.
    Echo,
    /// The recogniser's view of the utterance so far.
    Partial {
        /// The utterance.
        epoch: Epoch,
        /// Its words.
        text: Arc<str>,
    },
    /// The recogniser's last word on the utterance; before it was asked for, only a view.
    Final {
        /// The utterance.
        epoch: Epoch,
        /// Its words; empty if nothing was understood.
        text: Arc<str>,
        /// How sure it is.
        confidence: Probability,
    },
    /// How likely the caller's turn is over, by the end-of-turn model.
    EndOfTurn {
        /// The utterance.
        epoch: Epoch,
        /// 1: certainly over.
        p: Probability,
    },
    /// The next piece of the reply. Blank pieces are dropped.
    ReplyText {
        /// The reply.
        epoch: Epoch,
        /// A clause or sentence.
        text: Arc<str>,
    },
    /// The reply's text is complete.
    ReplyEnd {
        /// The reply.
        epoch: Epoch,
        /// What follows it.
        then: Then,
    },
    /// A stage failed for good (retry and fallback included), or its deadline passed.
    Failed {
        /// The utterance or reply.
        epoch: Epoch,
        /// Which stage.
        stage: Stage,
    },
    /// The first sample of the reply is on its way.
    PlayoutStarted {
        /// The reply.
        epoch: Epoch,
    },
    /// Where a piece of the reply's text lies in its audio.
    TextMark {
        /// The reply.
        epoch: Epoch,
        /// Bytes of the reply's text (all `ReplyText` of the epoch joined by a blank) that are spoken
        /// before `at`.
        offset: u32,
        /// From the reply's first sample.
        at: Span,
    },
    /// How much of the reply the caller has heard.
    PlayoutMark {
        /// The reply.
        epoch: Epoch,
        /// From the reply's first sample.
        heard: Span,
    },
    /// The caller has heard the whole reply.
    PlayoutDone {
        /// The reply.
        epoch: Epoch,
    },
    /// A key was pressed.
    Dtmf(Key),
    /// The caller typed this instead of speaking.
    Typed(Arc<str>),
    /// From now on the agent is to be so patient with pauses, from 0 (fast) to 1000 (slow).
    Speed(u16),
    /// The caller's client asked the agent to stop speaking.
    BargeIn,
    /// A tool the brain started is done; it may be so before the reply that announces it was heard.
    ToolDone {
        /// The reply that started it.
        epoch: Epoch,
    },
    /// Somebody outside of the dialogue wants the caller connected with a person now: as after a reply that hands over.
    Connect,
    /// The person whom the caller was to be connected with does not take the call.
    NotConnected,
    /// Somebody outside of the dialogue wants the caller kept on hold now: as after a reply that does so, but without a
    /// key.
    Hold(Hold),
    /// Somebody takes the caller off hold.
    Resume,
    /// The server is stopping: say goodbye.
    Drain,
    /// The far end is gone, or the owner ends the call at once.
    HangUp(EndReason),
    /// Time has passed.
    Timeout,
}
