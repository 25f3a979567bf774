//! Which shards are ended to spare memory, and when do they come back?

use std::time::Instant;

use super::pool::{Condition, Pool};

impl Pool {
    /// So many shards may be there. Those that sleep and may be there again are started.
    pub(crate) fn allow(&mut self, most: usize) {
        self.allowed = most;
        for shard in self.shards.iter_mut().take(most) {
            if matches!(shard.condition, Condition::Asleep) {
                shard.condition = Condition::Starting;
                // Whoever woke it means to use it.
                self.used = Some(Instant::now());
            }
        }
    }

    /// A stream is opened: one shard at least has to be there for it.
    pub(crate) fn wake(&mut self) {
        self.used = Some(Instant::now());
        if self.allowed == 0 {
            self.allow(1);
        }
    }

    /// Whether a shard goes to sleep now: there are more than may be, and no stream is on it. No stream comes to it from
    /// then on.
    pub(crate) fn sleeps(&mut self, index: usize) -> bool {
        let sleeps = index >= self.allowed && !self.streams.values().any(|stream| stream.shard == index);
        if sleeps {
            let shard = &mut self.shards[index];
            shard.condition = Condition::Asleep;
            shard.waiting.clear();
            shard.closes.clear();
        }
        sleeps
    }

    /// How many shards there should be.
    pub(crate) fn wanted(&self) -> usize {
        self.shards.len().min(self.allowed)
    }
}
