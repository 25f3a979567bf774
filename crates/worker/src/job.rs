//! What a request is about, and which version of the protocol this is.

use tom_base::Epoch;

/// The version of this protocol. A worker of another version is refused with the advice to build it again.
pub const PROTOCOL: u32 = 4;

/// What a request is about. Every event that answers it carries the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    /// Counts up within a stream, so that the same epoch and clause, asked for again after a cancellation,
    /// is told from the first time.
    pub serial: u32,
    /// The turn it belongs to.
    pub epoch: Epoch,
    /// Which clause of a reply; 0 for an utterance.
    pub clause: u32,
}
