//! What has a server seen?

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Kind;

/// Counters of one kind of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that came in whole.
    pub requests: u64,
    /// Answers that were sent to their end.
    pub finished: u64,
    /// Answers that the client no longer wanted: it closed the connection before their end.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Cells {
    requests: AtomicU64,
    finished: AtomicU64,
    dropped: AtomicU64,
}

/// Counters of a server.
#[derive(Debug, Default)]
pub struct Stats {
    connections: AtomicU64,
    kinds: [Cells; 4],
}

impl Stats {
    /// Connections that were accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// What became of the requests of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Counts {
        let cells = &self.kinds[kind as usize];
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        Counts {
            requests: read(&cells.requests),
            finished: read(&cells.finished),
            dropped: read(&cells.dropped),
        }
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    fn cells(&self, kind: Kind) -> &Cells {
        &self.kinds[kind as usize]
    }
}

/// Watches over one answer: unless it is finished, its end counts as dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    stats: std::sync::Arc<Stats>,
    kind: Kind,
    finished: bool,
}

impl Watch {
    /// A request came in.
    pub(crate) fn new(stats: std::sync::Arc<Stats>, kind: Kind) -> Self {
        stats.cells(kind).requests.fetch_add(1, Ordering::Relaxed);
        Self { stats, kind, finished: false }
    }

    pub(crate) fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.stats.cells(self.kind).finished.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.finished {
            self.stats.cells(self.kind).dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
