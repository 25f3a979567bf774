//! On which thread does a connection live?
//!
//! A frame of 20 ms is so little work that waking another thread for it costs more than the work itself. So a
//! connection and its call stay on one thread: there is one for each processor, every one with a scheduler and a poll
//! of its own, and a new connection goes to the one that has the fewest. What is not about a connection (engines,
//! house keeping) stays on the runtime that the server was started on.
//!
//! Many connections on one thread would wake it for each frame, and waking costs as much as half the frame. So a thread
//! that holds many rests a moment before it looks for what has come, and takes all of it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::getpriority_process;
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;
use tom_urgency::{Urgency, calm, hurry};

/// From so many connections on, something has always come after a [`REST`]: each has a frame and a tick every 20 ms.
const MANY: usize = 50;
/// How long what comes may lie there then. It is what a frame may be late for, and an eightieth of its length.
const REST: Duration = Duration::from_micros(250);

/// Tasks that a thread looks after before it looks at its sockets again: those of what it took in after a rest.
const AT_ONCE: u32 = 200;

/// The threads of a server. They end, and what still runs on them, when this is dropped.
pub(crate) struct Crew {
    hands: Vec<Hand>,
    over: CancellationToken,
}

struct Hand {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
}

/// A connection's place on a thread, as long as it is held.
pub(crate) struct Place {
    pub(crate) runtime: Handle,
    connections: Arc<AtomicUsize>,
}

impl Crew {
    /// One thread for each processor, as urgent as the system lets it be up to that.
    ///
    /// # Errors
    /// When the system gives no thread or no poll.
    pub(crate) fn new(urgency: Urgency) -> io::Result<Self> {
        Self::of(thread::available_parallelism().map_or(1, usize::from), urgency)
    }

    fn of(size: usize, urgency: Urgency) -> io::Result<Self> {
        let mut crew = Self { hands: Vec::with_capacity(size), over: CancellationToken::new() };
        let usual = getpriority_process(None).unwrap_or_default();
        for n in 0..size {
            let connections = Arc::<AtomicUsize>::default();
            let held = connections.clone();
            let rest = move || {
                if held.load(Ordering::Relaxed) >= MANY {
                    thread::sleep(REST);
                }
            };
            let runtime = Builder::new_current_thread()
                .enable_all()
                .event_interval(AT_ONCE)
                .on_thread_park(rest)
                // Those that may wait, for a file or a name, and inherit what this one asks for below.
                .on_thread_start(move || calm(usual).unwrap_or_default())
                .build()?;
            let (handle, over) = (runtime.handle().clone(), crew.over.clone());
            let work = move || {
                let granted = hurry(urgency);
                if granted != urgency {
                    tracing::debug!("threads of calls were to be {urgency:?}, and are {granted:?}");
                }
                runtime.block_on(over.cancelled());
            };
            thread::Builder::new().name(format!("calls-{n}")).spawn(work)?;
            crew.hands.push(Hand { runtime: handle, connections });
        }
        Ok(crew)
    }

    /// A place on the thread that has the fewest connections; none if there is no thread at all.
    pub(crate) fn place(&self) -> Option<Place> {
        let hand = self.hands.iter().min_by_key(|hand| hand.connections.load(Ordering::Relaxed))?;
        hand.connections.fetch_add(1, Ordering::Relaxed);
        Some(Place { runtime: hand.runtime.clone(), connections: hand.connections.clone() })
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tom_urgency::is_realtime;

    use super::*;

    #[test]
    fn connections_are_spread_and_give_their_places_back() {
        let crew = Crew::of(3, Urgency::Realtime).unwrap();
        let held: Vec<_> = (0..9).map(|_| crew.place().unwrap()).collect();
        let counts = || crew.hands.iter().map(|h| h.connections.load(Ordering::Relaxed)).collect::<Vec<_>>();
        assert_eq!(counts(), [3, 3, 3]);
        drop(held);
        assert_eq!(counts(), [0, 0, 0]);
    }

    #[test]
    fn what_may_wait_is_no_more_urgent_than_before() {
        let crew = Crew::of(1, Urgency::Realtime).unwrap();
        let (tx, rx) = std::sync::mpsc::sync_channel(1);
        let runtime = crew.place().unwrap().runtime.clone();
        runtime.spawn_blocking(move || tx.send((getpriority_process(None), is_realtime())));
        let (nice, realtime) = rx.recv().unwrap();
        assert_eq!((nice.unwrap(), realtime), (getpriority_process(None).unwrap(), false));
    }

    #[test]
    fn what_is_placed_runs_on_one_thread() {
        let crew = Crew::of(2, Urgency::Realtime).unwrap();
        let place = crew.place().unwrap();
        let (tx, rx) = std::sync::mpsc::sync_channel(2);
        for _ in 0..2 {
            let tx = tx.clone();
            place.runtime.spawn(async move { tx.send(thread::current().id()) });
        }
        let (first, second) = (rx.recv().unwrap(), rx.recv().unwrap());
        assert_eq!(first, second);
        assert_ne!(first, thread::current().id());
    }
}
