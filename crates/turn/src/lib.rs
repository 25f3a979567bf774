//! Who has the floor: a sans-IO state machine for turn-taking.
//!
//! # Contract
//!
//! A [`Turn`] is fed with [`Input`]s, each with the [`MediaTime`](tom_base::MediaTime) it happened at, and
//! asked for [`Output`]s until it answers [`Output::Wait`]. It reads no clock, spawns nothing, holds no lock
//! and never looks at audio. Times may repeat but never go back.
//!
//! The owner must: carry out every output in order; come back with [`Input::Timeout`] no later than the
//! moment `Wait` names; drop every engine result whose epoch is not the one it last asked for (the core
//! drops stale inputs as well, so a late one is harmless).
#![forbid(unsafe_code)]

pub mod check;
mod config;
mod endpointer;
mod fillers;
mod floor;
mod hearing;
mod hide;
mod interruption;
mod io;
pub mod journal;
mod ledger;
mod machine;
mod quote;
mod reply;
mod timeline;
mod timers;

pub use config::{Knob, TurnConfig};
pub use floor::STATES;

pub use hide::mask_numbers;
pub use io::{
    CallEvent, Cause, EndReason, Expect, Floor, Input, Onset, Output, Phrase, Probability, Stage, Then, Why,
};
pub use machine::{Said, Turn, Who};
pub use timeline::Timeline;
