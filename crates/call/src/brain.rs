//! Who decides what the agent says.

use std::sync::Arc;
use std::task::{Context, Poll};

use tom_base::Epoch;
use tom_engine::Grammar;
use tom_turn::{Cause, Said, Then};

/// Something the dialogue decided that reaches beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What, as a stable word: `message`, `callback`, `transfer`, `rating`, `resolution`, ...
    pub kind: String,
    /// Its data, by name.
    pub data: Vec<(String, String)>,
}

/// What the brain is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The reply's epoch. A second request of the same turn means that the caller went on: it replaces the
    /// first, of which nothing was heard.
    pub epoch: Epoch,
    /// To what the agent is to reply.
    pub cause: &'a Cause,
    /// The conversation so far, as heard, without what is to be answered.
    pub history: &'a [Said],
    /// False: the caller may still go on, so nothing may be done yet that reaches beyond the reply. Either
    /// [`commit`](Brain::commit) follows, or another request, or [`cancel`](Brain::cancel).
    pub committed: bool,
}

/// What the caller is saying.
#[derive(Clone, Copy, Debug)]
pub struct Hearing<'a> {
    /// Where the reply to it will belong; the revision may be a later one.
    pub epoch: Epoch,
    /// The words so far, of all utterances of the turn. They may change.
    pub words: &'a str,
    /// The conversation so far, as heard, without these words.
    pub history: &'a [Said],
}

/// What the agent says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Clauses or sentences, in order. None: says nothing.
    pub text: Vec<String>,
    /// What follows.
    pub then: Then,
    /// What the caller may say next, for recognisers that need to know; valid from now on.
    pub grammar: Option<Grammar>,
    /// What is to be done: once the caller begins to hear the reply (at once if it has no text), or when the
    /// dialogue goes on from it unheard, by another turn or the call's end. If the caller goes on and the
    /// reply is asked for again, it is not done.
    pub actions: Vec<Action>,
}

/// What comes of asking a brain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The reply.
    Now(Reply),
    /// It comes by and by, through [`Brain::poll`].
    Later,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Now(reply)
    }
}

/// A piece of a reply that comes later.
#[derive(Debug)]
pub enum BrainEvent {
    /// The next words: a clause or a sentence.
    Text {
        /// The reply they belong to.
        epoch: Epoch,
        /// The words.
        text: Arc<str>,
    },
    /// Something is to be done, decided while the reply is still being made: as one of [`Reply::actions`], and
    /// only after the caller's turn is over.
    Act {
        /// The reply that decided it.
        epoch: Epoch,
        /// What.
        action: Action,
    },
    /// The last words, if there are any left, and how the reply ends.
    End {
        /// Which reply.
        epoch: Epoch,
        /// The rest of it.
        rest: Reply,
    },
    /// The rest of the reply is lost.
    Failed {
        /// Which reply.
        epoch: Epoch,
        /// Why.
        error: BrainError,
    },
}

/// Why a brain has no reply.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BrainError(pub String);

/// A dialogue. It belongs to one call and is asked from the call task, so it answers without waiting.
pub trait Brain: Send {
    /// The next reply, or the promise of one. What was asked before is wanted no more.
    ///
    /// # Errors
    /// When it has none; the caller hears an apology.
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError>;

    /// The caller is speaking; so much of it is understood so far, perhaps nothing yet. A brain may get ready for what it
    /// will be asked, with nothing that anybody could hear or that reaches beyond the call.
    fn hears(&mut self, hearing: Hearing<'_>) {
        let _ = hearing;
    }

    /// The caller's turn is over: the reply that was asked for before that, of this epoch, is wanted.
    fn commit(&mut self, epoch: Epoch) {
        let _ = epoch;
    }

    /// The reply is wanted no more. What of it was heard stands in the history of the next request.
    fn cancel(&mut self, epoch: Epoch) {
        let _ = epoch;
    }

    /// Pieces of replies that come later, for brains that answer so: like `Future::poll`, and cancel-safe.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BrainEvent> {
        let _ = cx;
        Poll::Pending
    }

    /// Forgets the conversation: the next request has an empty history. Says what the caller may say now, for
    /// recognisers that need to know.
    fn forget(&mut self) -> Option<Grammar> {
        None
    }
}
