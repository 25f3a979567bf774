//! Has the caller finished, by the sound of it? Which local judges there are.

mod asking;
mod engine;
mod gate;
#[cfg(test)]
mod gate_tests;
mod memory;

pub use engine::{SmartTurn, SmartTurnOptions, SmartTurnStatus, WEIGHTS};
pub use gate::{Counts, Limits, Refusal};
