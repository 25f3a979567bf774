//! Who waits for which moment?

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

/// Who waits. Each waits for one moment only, its nearest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Waiter {
    Server(Arc<str>),
    Client(Arc<str>),
    Call(u64),
    Trunk(usize),
}

/// The moments, nearest first.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    order: BTreeSet<(Instant, Waiter)>,
    due: HashMap<Waiter, Instant>,
}

impl Timers {
    /// Waits for a moment instead of the one before.
    pub(crate) fn set(&mut self, waiter: Waiter, at: Option<Instant>) {
        if let Some(before) = self.due.remove(&waiter) {
            self.order.remove(&(before, waiter.clone()));
        }
        if let Some(at) = at {
            self.due.insert(waiter.clone(), at);
            self.order.insert((at, waiter));
        }
    }

    /// The nearest moment.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Somebody whose moment has come; forgets it.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Waiter> {
        if self.next()? > now {
            return None;
        }
        let (_, waiter) = self.order.pop_first()?;
        self.due.remove(&waiter);
        Some(waiter)
    }
}
