//! Calls as text: scripts of calls, played in virtual time through a simulated world around the turn core.
//!
//! The world is closed: a caller with a voice, a detector of that voice, a recogniser, a brain, a
//! synthesiser and a player, each with delays and ways to fail. Time jumps from event to event, so a call
//! of two minutes takes less than a millisecond.
#![forbid(unsafe_code)]

mod diff;
mod error;
mod play;
mod random;
mod record;
mod script;
mod suite;
mod world;

pub use diff::diff;
pub use error::SuiteError;
pub use play::{Played, export, play};
pub use random::random_script;
pub use script::{Health, Piece, Reply, Script, Setting, Speech, Step, To};
pub use suite::{Case, Source, Suite};
pub use world::WorldError;
