//! One task per call: it drives the turn core, feeds the engines, paces playout, writes the journal.
//!
//! [`link`] makes the two ends of a call. The transport keeps the [`CallPort`]: it pushes 16 kHz caller
//! audio into [`AudioIn`], sends [`Control`]s and reads [`Outbound`]s. [`run`] takes the [`CallLink`] and a
//! [`CallSetup`] and holds the call until it is over, then returns the [`CallReport`].
//!
//! Inside the task audio moves by function call. The turn core decides; this crate carries out. All logic is
//! in a synchronous session, so the task itself is only a `select!`.
#![forbid(unsafe_code)]

mod api;
mod away;
mod bell;
mod brain;
mod cleaner;
mod clock;
mod draft;
mod ears;
mod echo;
mod end_of_turn;
mod flow_brain;
mod inbox;
mod listening;
mod marks;
mod mouth;
mod near;
mod outbox;
mod outputs;
mod pickup;
mod playout;
mod post;
mod preroll;
mod pulse;
mod record;
mod report;
mod room;
mod run;
mod session;
mod speaking;
mod teller;
mod timing;

pub use api::{
    CallLink, CallPort, CallSetup, Control, Engines, FRAME_SAMPLES, Notice, NoticeKind, Outbound, TurnTiming,
    link,
};
pub use bell::Bell;
pub use brain::{Action, Answer, Brain, BrainError, BrainEvent, Hearing, Reply, Request};
pub use flow_brain::FlowBrain;
pub use inbox::AudioIn;
pub use pickup::{Manner, OnMachine};
pub use post::Messages;
pub use report::{CallReport, EndOfTurnCounters, MediaCounters};
pub use room::Pcm;
pub use run::run;
