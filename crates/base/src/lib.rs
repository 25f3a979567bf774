//! The words every crate of TOM shares: media time, epochs, ids, keys, rates.
//!
//! Nothing here reads a clock, allocates per frame or knows the outside world.
#![forbid(unsafe_code)]

mod id;
mod key;
mod lang;
mod network;
mod plan;
mod state;
mod time;

pub use id::{BadCallId, CallId, Epoch, Revision, TurnId};
pub use key::Key;
pub use lang::{BadLang, Lang};
pub use network::{BadNetwork, Network};
pub use plan::{CallPlan, Length, Sensitivity};
pub use state::CallState;
pub use time::{MediaTime, Rate, Span};
