//! What an engine holds to run its workers, and how they are.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::options::SupervisorOptions;
use super::outbox::Sink;
use super::pool::{Condition, Shared};
use super::shard::Runner;
use super::stream::Stream;
use crate::{Fault, Hello};

/// Runs the workers of one engine. Dropping it ends them.
pub struct Supervisor {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("engine", &self.shared.options.engine).finish_non_exhaustive()
    }
}

/// How the workers are, and what happened to them so far.
#[derive(Clone, Debug)]
pub struct Status {
    /// How many processes there should be; 0: they were ended to spare memory, until somebody opens a stream.
    pub shards: usize,
    /// How many of them are ready.
    pub up: usize,
    /// How many are being started for the first time, or will be back in a moment.
    pub starting: usize,
    /// Why a shard is down for longer, if one is.
    pub fault: Option<Fault>,
    /// Who the workers are; `None` before the first one was ready.
    pub hello: Option<Arc<Hello>>,
    /// The processes that are ready.
    pub pids: Vec<u32>,
    /// Streams that are open.
    pub streams: usize,
    /// How often a worker was started again.
    pub restarts: u64,
    /// How often a stream's open requests were put to a worker again.
    pub fed_again: u64,
    /// Requests that were given up because workers died of them.
    pub lost: u64,
    /// Requests that were refused because a queue was full.
    pub overloads: u64,
}

impl Supervisor {
    /// Starts the workers and returns at once. What goes wrong is tried again for ever and told by
    /// [`status`](Self::status) and by each request.
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn start(options: SupervisorOptions) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(options));
        let mut threads = Vec::new();
        let shards = shared.pool().shards.len();
        for index in 0..shards {
            let runner = Runner::new(Arc::clone(&shared), index);
            let thread =
                std::thread::Builder::new().name(format!("tom-worker-{index}")).spawn(move || runner.run());
            match thread {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    shared.close();
                    return Err(error);
                }
            }
        }
        Ok(Self { shared, threads: Mutex::new(threads) })
    }

    /// A stream of one call, with the engine's options (a JSON object) and where its events go. Never waits:
    /// requests to a worker that is being started wait in the stream.
    ///
    /// # Errors
    /// When no worker is there nor will be soon.
    pub fn open(&self, options: impl Into<String>, sink: Sink) -> Result<Stream, Fault> {
        Stream::open(&self.shared, options.into(), sink)
    }

    /// How the workers are.
    #[must_use]
    pub fn status(&self) -> Status {
        let pool = self.shared.pool();
        let mut status = Status {
            shards: pool.wanted(),
            up: 0,
            starting: 0,
            fault: None,
            hello: None,
            pids: Vec::new(),
            streams: pool.streams.len(),
            restarts: pool.counters.restarts,
            fed_again: pool.counters.fed_again,
            lost: pool.counters.lost,
            overloads: pool.counters.overloads,
        };
        for shard in &pool.shards {
            match &shard.condition {
                Condition::Up => status.up += 1,
                Condition::Starting | Condition::Restarting => status.starting += 1,
                Condition::Down(fault) => status.fault = Some(fault.clone()),
                Condition::Asleep => {}
            }
            status.hello = status.hello.or_else(|| shard.hello.clone());
            status.pids.extend(shard.pid);
        }
        status
    }

    /// Waits until every shard is ready or has failed, but not longer than a time, and says how they are.
    /// Blocks: not for async tasks.
    #[must_use]
    pub fn wait_ready(&self, within: Duration) -> Status {
        let deadline = Instant::now() + within;
        loop {
            let status = self.status();
            let left = deadline.saturating_duration_since(Instant::now());
            if status.starting == 0 || left.is_zero() {
                return status;
            }
            // A change between the two locks is seen a moment later.
            let pool = self.shared.pool();
            drop(self.shared.wait(pool, left.min(Duration::from_millis(20))));
        }
    }

    /// So many processes may be there from now on. Others are ended once no stream is on them, never at work; with 0 the
    /// engine is unloaded when idle, and the next stream that is opened loads one process again. Never waits.
    pub fn allow(&self, most: usize) {
        self.shared.pool().allow(most);
        self.shared.announce();
    }

    /// How long no stream has been open; `None`: one is.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        let pool = self.shared.pool();
        pool.streams.is_empty().then(|| pool.used.map_or(Duration::ZERO, |used| used.elapsed()))
    }

    /// Ends the workers: their inputs close, and who does not end in time is killed. What is open fails. Blocks
    /// for [`close_within`](SupervisorOptions::close_within) at most; also done by dropping.
    pub fn close(&self) {
        for (outbox, event) in self.shared.close() {
            outbox.deliver(event);
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("the thread of a worker panicked");
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.close();
    }
}
