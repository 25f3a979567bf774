//! What is kept of calls: turns, latencies and outcomes, in one SQLite file.
//!
//! [`Store`] writes. It never makes a call wait: what is to be kept goes into a bounded queue that one thread
//! empties, and what finds the queue full is dropped and counted ([`StoreHealth`]). [`Reader`] reads, on
//! connections of its own that cannot write; its methods wait for the disk, so async code calls them from a
//! thread that may wait.
//!
//! What callers and agent said is kept only where [`Policy::transcripts`] says so, and never a telephone
//! number: whoever hands texts over hides them, and they are hidden once more before they are written.
//!
//! # Durability
//!
//! A turn is written when it ends ([`Store::turn_ended`]), and all of a call anew when that is over. So a server that
//! is killed loses of its running calls the turn under way.
//!
//! The file is in WAL mode with `synchronous=NORMAL`. A killed process loses what was still in the queue or in
//! the batch being written, and nothing that was committed; a machine that loses power may lose the last
//! commits as well. Neither breaks the file.
#![forbid(unsafe_code)]

mod error;
mod filter;
mod open;
mod reader;
mod record;
mod rows;
mod schema;
mod store;
mod sweep;
mod tally;
mod write;
mod writer;

pub use error::StoreError;
pub use filter::{Filter, Key, State};
pub use open::{Options, Policy};
pub use reader::Reader;
pub use record::{Action, Call, Detail, LOST, Latency, Media, Progress, Turn, TurnTaking};
pub use schema::VERSION;
pub use store::{Store, StoreHealth};
