//! The measuring caller: many calls on one thread, in real time, at the price of a `write` per frame.

mod actor;
mod call;
mod ear;
mod echo;
mod engine;
mod inbox;
mod opening;
mod target;

pub use actor::{Act, Actor, Echo, Seen};
pub use echo::EchoPath;
pub use engine::{EngineError, EngineReport, Options, Planned, run};
pub use target::{Target, TargetError};
