//! How long to wait before a worker is started again.
//!
//! Two things can go wrong. A worker that *ran* and died is wanted back at once, because callers wait for
//! it: 0.2 s, doubling up to 8 s while it keeps dying. A worker that *could not be loaded* (not installed,
//! model broken, no answer) is unlikely to be better in a moment: 2, 4, then every 8 s, for as long as TOM
//! runs, so that installing what is missing is enough.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const FIRST_LOAD: Duration = Duration::from_secs(2);
const MOST: Duration = Duration::from_secs(8);
/// A worker that lived this long has shown that it can.
const SETTLED: Duration = Duration::from_secs(30);

/// Counts what went wrong in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    crashes: u32,
    failed_loads: u32,
}

impl Backoff {
    /// The worker said hello.
    pub(crate) fn loaded(&mut self) {
        self.failed_loads = 0;
    }

    /// The worker died after it had lived that long.
    pub(crate) fn crashed(&mut self, lived: Duration) -> Duration {
        if lived >= SETTLED {
            self.crashes = 0;
        }
        self.crashes = self.crashes.saturating_add(1);
        doubled(FIRST, self.crashes)
    }

    /// The worker could not be started or did not say hello.
    pub(crate) fn failed_load(&mut self) -> Duration {
        self.failed_loads = self.failed_loads.saturating_add(1);
        doubled(FIRST_LOAD, self.failed_loads)
    }
}

/// The first wait, doubled for each further time, up to the longest.
fn doubled(first: Duration, times: u32) -> Duration {
    let factor = 1 << times.saturating_sub(1).min(16);
    first.saturating_mul(factor).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_eight_seconds_and_fall_when_the_worker_settles() {
        let mut backoff = Backoff::default();
        let soon = Duration::from_secs(1);
        let waits: Vec<u128> = (0..8).map(|_| backoff.crashed(soon).as_millis()).collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 6400, 8000, 8000]);
        assert_eq!(backoff.crashed(SETTLED).as_millis(), 200);
        assert_eq!(backoff.crashed(soon).as_millis(), 400);
    }

    #[test]
    fn loading_is_tried_after_two_four_and_eight_seconds() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..5).map(|_| backoff.failed_load().as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 8, 8]);
        backoff.loaded();
        assert_eq!(backoff.failed_load().as_secs(), 2);
        for _ in 0..100 {
            assert_eq!(backoff.failed_load().min(MOST).as_secs().min(2), 2);
        }
    }
}
