//! Who decides what the agent says.

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
    /// The conversation so far, as heard.
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

/// Why a brain has no reply.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BrainError(pub String);

/// A dialogue. It belongs to one call and is asked from the call task, so it answers without waiting.
pub trait Brain: Send {
    /// The next reply.
    ///
    /// # Errors
    /// When it has none; the caller hears an apology.
    fn reply(&mut self, request: Request<'_>) -> Result<Reply, BrainError>;

    /// Forgets the conversation: the next request has an empty history. Says what the caller may say now, for
    /// recognisers that need to know.
    fn forget(&mut self) -> Option<Grammar> {
        None
    }
}
