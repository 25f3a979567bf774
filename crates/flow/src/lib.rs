//! Scripted dialogues: states, prompts, grammars, slots, transitions.
//!
//! A [`Flow`] is a dialogue as a TOML file, loaded and checked; a [`Dialogue`] is one caller's way through it.
//! A dialogue is a state machine without a clock: what the caller did goes in as a [`FlowCause`], what TOM says
//! next comes out as a [`FlowReply`]. What reaches beyond the dialogue (a message, a transfer, a rating) comes
//! out as [`Action`]s. The file format is described in `docs/flows.md`.
//!
//! Every dialogue can be held by keys alone, so it works where no recogniser knows the language.
#![forbid(unsafe_code)]

mod check;
mod clocktime;
mod dates;
mod dialogue;
mod error;
mod grammar;
mod lexicon;
mod load;
mod manner;
mod model;
mod numbers;
mod pattern;
pub mod phrases;
pub mod rating;
mod read;
mod slot;
mod speakable;
mod spot;
mod suggest;
mod text;
mod vocabulary;
mod words;

pub use dialogue::{
    Action, ActionKind, Back, Dialogue, Expect, FlowCause, FlowReply, FreeSpeech, Grammar, Outcome,
    Recognition, Snapshot, Stage, Then, Why,
};
pub use error::{FlowError, Severity};
pub use load::Options;
pub use model::Flow;
