//! What does TOM ask, and what is it told?
//!
//! A reply is an utterance of the worker protocol: the context of its `Begin` is an [`Ask`] in JSON, each `Partial` a
//! [`Piece`], and the `Final` a [`Tally`].

use serde::{Deserialize, Serialize};

/// A conversation that wants its next message.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The functions that may be called.
    #[serde(default)]
    pub tools: Vec<Tool>,
    /// Most tokens of the reply.
    pub max_tokens: u32,
    /// The reply has to be one call of a function, and nothing else.
    #[serde(default)]
    pub must_call: bool,
    /// No reply is wanted yet: the conversation is to be read while nobody waits. Its last message, the caller's, may
    /// go on. The `Final` comes when it is read, or will not be.
    #[serde(default)]
    pub ahead: bool,
}

/// A message of a conversation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "role", deny_unknown_fields)]
pub enum Message {
    /// What the model is told to be.
    System {
        /// The words.
        text: String,
    },
    /// The caller's words.
    User {
        /// The words.
        text: String,
    },
    /// The agent's words, and the functions it called.
    Assistant {
        /// The words.
        text: String,
        /// The calls.
        #[serde(default)]
        calls: Vec<Call>,
    },
    /// What a function gave back.
    Tool {
        /// [`Call::id`].
        id: String,
        /// The result.
        result: String,
    },
}

/// A function.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON Schema of its arguments, as text.
    pub parameters: String,
}

/// A call of a function.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Call {
    /// Its name among the calls.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments, JSON as text.
    pub arguments: String,
}

/// A piece of a reply.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Piece {
    /// Words. `at`: bytes of words before it, by which one tells a reply that is told again from its beginning.
    Text {
        /// Bytes of words before.
        at: usize,
        /// The words.
        text: String,
    },
    /// A call, whole.
    Call(Call),
}

/// What a reply cost, in tokens.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The conversation's.
    pub prompt: u32,
    /// Those of them that had to be read for it: the others were known.
    pub read: u32,
    /// Those that were written.
    pub written: u32,
}
