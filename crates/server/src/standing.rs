//! Where does a running call stand, for those who order something of it?

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tom_call::NoticeKind;

/// With whom the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// With the agent.
    Agent,
    /// On hold.
    Held,
    /// On the way to a person.
    Connecting,
}

/// Follows a call. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing(Arc<AtomicU8>);

impl Standing {
    /// Something happened in the call.
    pub(crate) fn noticed(&self, kind: &NoticeKind) {
        let stand = match kind {
            NoticeKind::Held(true) => Stand::Held,
            NoticeKind::Connecting(true) => Stand::Connecting,
            NoticeKind::Held(false) | NoticeKind::Connecting(false) => Stand::Agent,
            _ => return,
        };
        // It guards nothing: who orders is told what was so a moment ago.
        self.0.store(stand as u8, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Stand {
        let stands = [Stand::Agent, Stand::Held, Stand::Connecting];
        let now = self.0.load(Ordering::Relaxed);
        stands.into_iter().find(|stand| *stand as u8 == now).unwrap_or(Stand::Agent)
    }
}
