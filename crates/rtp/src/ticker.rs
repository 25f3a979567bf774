//! Who wakes all sessions every 20 ms, without a timer for each?

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

/// Groups that are woken in turn, so that packets of many calls do not leave in one burst.
const GROUPS: usize = 4;
const STEP: Duration = Duration::from_millis(5);

/// Something that wants to know that 20 ms have passed.
pub(crate) trait Tick: Send + Sync {
    fn tick(&self, now: Instant);
}

type Group = Vec<Weak<dyn Tick>>;

/// Runs a piece of one call so that a fault of ours in it, in a codec say, ends no other call.
pub(crate) fn guarded(work: impl FnOnce()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
        tracing::error!("a fault in the media of a call; please report it");
    }
}

/// One task for all sessions of a range of ports.
#[derive(Default)]
pub(crate) struct Ticker {
    groups: Mutex<Groups>,
}

#[derive(Default)]
struct Groups {
    lists: [Group; GROUPS],
    running: bool,
}

impl std::fmt::Debug for Ticker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticker")
    }
}

impl Ticker {
    /// Wakes it from now on, as long as it lives. The task ends when nobody is left.
    pub(crate) fn add(self: &Arc<Self>, who: Weak<dyn Tick>) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(smallest) = groups.lists.iter_mut().min_by_key(|list| list.len()) {
            smallest.push(who);
        }
        if !groups.running {
            groups.running = true;
            tokio::spawn(self.clone().run());
        }
    }

    async fn run(self: Arc<Self>) {
        let mut steps = tokio::time::interval(STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let began = Instant::now();
        let mut done = 0;
        let mut awake: Vec<Arc<dyn Tick>> = Vec::new();
        loop {
            steps.tick().await;
            let now = Instant::now();
            // A step that was missed is made up for, but no group is woken twice for it.
            let step = now.duration_since(began).as_millis() as usize / STEP.as_millis() as usize;
            for step in step.saturating_sub(GROUPS - 1).max(done)..=step {
                if !self.collect(step % GROUPS, &mut awake) {
                    return;
                }
                awake.drain(..).for_each(|session| guarded(|| session.tick(now)));
            }
            done = step + 1;
        }
    }

    /// Gathers the living of a group. Says whether anybody is left at all.
    fn collect(&self, group: usize, awake: &mut Vec<Arc<dyn Tick>>) -> bool {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.lists[group].retain(|who| match who.upgrade() {
            Some(who) => {
                awake.push(who);
                true
            }
            None => false,
        });
        groups.running = groups.lists.iter().any(|list| !list.is_empty());
        groups.running
    }
}
