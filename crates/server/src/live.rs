//! What is known of a running call, and where does it stand for those who order something of it?

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use tokio::sync::mpsc;
use tom_base::{CallId, Lang};
use tom_call::{Control, NoticeKind};

use crate::switchboard::Transport;

/// A running call.
#[derive(Clone, Debug)]
pub struct LiveCall {
    /// Its name.
    pub id: CallId,
    /// Its language.
    pub lang: Lang,
    /// How it came in.
    pub transport: Transport,
    /// From where.
    pub peer: IpAddr,
    /// When it began.
    pub since: SystemTime,
    pub(crate) control: mpsc::Sender<Control>,
    pub(crate) standing: Standing,
}

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
