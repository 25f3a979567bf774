//! What is the owner of a call to do?

use std::sync::Arc;

use tom_base::{Epoch, MediaTime};

use crate::{CallEvent, Cause, EndReason, Hold};

/// What the owner is to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// An utterance begins: open the recogniser for it, with some audio from before now.
    Listen {
        /// The utterance.
        epoch: Epoch,
    },
    /// The caller goes on after less than a pause: the recogniser is to hear both utterances, and what was between
    /// them, as this one. The earlier one's result is not awaited any more.
    ListenOn {
        /// The utterance.
        epoch: Epoch,
        /// The one it goes on with.
        after: Epoch,
    },
    /// The caller speaks over the reply: ask the recogniser what it is so far, if it does not tell by itself.
    Peek {
        /// The utterance.
        epoch: Epoch,
    },
    /// The utterance may be over: ask the recogniser (and the end-of-turn model) for their result.
    Finish {
        /// The utterance.
        epoch: Epoch,
    },
    /// Nobody wants the utterance any more, or its recogniser has failed: drop it.
    Forget {
        /// The utterance.
        epoch: Epoch,
    },
    /// The caller has paused, and this may be all: begin with the reply, but let nobody hear it and do nothing
    /// that reaches beyond it. A `Generate` of the same epoch and cause wants it, a `Discard` does not.
    Prepare {
        /// The reply's epoch.
        epoch: Epoch,
        /// To what.
        cause: Cause,
    },
    /// What was prepared is not wanted.
    Discard {
        /// The reply's epoch.
        epoch: Epoch,
    },
    /// The floor is the agent's: make a reply.
    Generate {
        /// The reply's epoch.
        epoch: Epoch,
        /// To what.
        cause: Cause,
    },
    /// Synthesise this and queue it for playing.
    Speak {
        /// The reply.
        epoch: Epoch,
        /// A clause or sentence.
        text: Arc<str>,
    },
    /// No more text will follow for this reply: say when all of it was played.
    SpeakEnd {
        /// The reply.
        epoch: Epoch,
    },
    /// Speak a phrase the owner has in the call's language (the brain is not asked), then `PlayoutDone`.
    Say {
        /// Its epoch.
        epoch: Epoch,
        /// Which phrase.
        phrase: Phrase,
    },
    /// Stop playing at once, keep the place.
    Pause,
    /// Play quietly.
    Duck,
    /// Play on from the kept place, at full level.
    Resume,
    /// The reply is over: generation, synthesis and playing stop.
    Cancel {
        /// The reply.
        epoch: Epoch,
    },
    /// Empty the queue of agent audio, here and at the far end.
    Flush,
    /// The caller is to be handed to a person. `HangUp(Transferred)` follows at once, or where a hand-over has a time
    /// of its own, the owner says what came of it: `HangUp(Transferred)` or `NotConnected`. A `Generate` before that
    /// calls it off.
    Transfer,
    /// The caller waits on hold from now on, until a `Generate`, a `Transfer` or the end.
    Hold(Hold),
    /// Close the call's transport. The last thing to do in every call, however it ends.
    HangUp(EndReason),
    /// Something others may want to know.
    Event(CallEvent),
    /// Nothing more now. Come back with an input, or with `Timeout` at this moment.
    Wait(Option<MediaTime>),
}

/// A phrase the owner can speak without a brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// Something did not work; please say it again.
    Apology,
    /// We cannot go on; goodbye.
    Failure,
    /// Goodbye, the server stops.
    Drain,
    /// Goodbye, nobody is there.
    Silence,
    /// Goodbye, the call has lasted too long.
    TooLong,
}
