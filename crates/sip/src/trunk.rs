//! How is a trunk doing?

use std::time::Instant;

/// What is known of a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkStatus {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: TrunkState,
    /// Since when.
    pub since: Instant,
}

/// The state of a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrunkState {
    /// It is not registered, as configured: calls go out and are taken from its address.
    Unregistered,
    /// The first registration is under way.
    Trying,
    /// Registered; calls come in.
    Registered {
        /// Seconds the registrar granted.
        expires: u32,
    },
    /// Not registered; tried again.
    Failed {
        /// The registrar's status; none: no answer.
        status: Option<u16>,
        /// What that means, and what to do.
        reason: String,
        /// Seconds until the next try.
        again: u32,
    },
}

impl TrunkState {
    /// In one word, for metrics and tables.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unregistered => "unregistered",
            Self::Trying => "trying",
            Self::Registered { .. } => "registered",
            Self::Failed { .. } => "failed",
        }
    }
}
