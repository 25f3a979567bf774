//! What all threads of a supervisor share: which shards there are, and which stream is on which.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::options::SupervisorOptions;
use super::outbox::Outbox;
use super::outgoing::{Full, Outgoing};
use super::work::Work;
use crate::{Event, Fault, FaultKind, Hello, Request};

/// Frames that may wait for a worker's socket: half a second of audio of a hundred streams.
pub(crate) const QUEUE: usize = 2_500;

/// An event and whom it is for; delivered without the lock.
pub(crate) type Delivery = (Arc<Outbox>, Event);

/// The state under its lock.
pub(crate) struct Shared {
    pub(crate) options: SupervisorOptions,
    closing: AtomicBool,
    pool: Mutex<Pool>,
    changed: Condvar,
}

/// Shards and streams.
#[derive(Default)]
pub(crate) struct Pool {
    pub(crate) shards: Vec<Shard>,
    /// So many of the shards may be there; the others go to sleep once no stream is on them.
    pub(crate) allowed: usize,
    /// When the last stream was opened or closed, or shards were woken, or all began.
    pub(crate) used: Option<Instant>,
    pub(crate) streams: BTreeMap<u32, StreamState>,
    pub(crate) last_stream: u32,
    pub(crate) last_incarnation: u64,
    pub(crate) counters: Counters,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) restarts: u64,
    pub(crate) fed_again: u64,
    pub(crate) lost: u64,
    pub(crate) overloads: u64,
}

/// One process, or the place of one.
#[derive(Default)]
pub(crate) struct Shard {
    pub(crate) condition: Condition,
    /// Where its frames go while it is up.
    pub(crate) outgoing: Option<Outgoing>,
    pub(crate) hello: Option<Arc<Hello>>,
    pub(crate) pid: Option<u32>,
    /// Which process it is, among all of this supervisor that ever said hello; 0: none yet.
    pub(crate) incarnation: u64,
    pub(crate) last_nonce: u32,
    /// Streams whose open requests it is still to get.
    pub(crate) waiting: VecDeque<u32>,
    /// The stream it was fed last and the ping that has not come back.
    pub(crate) probing: Option<(u32, u32)>,
    /// Streams it was not yet told are closed, because its queue was full.
    pub(crate) closes: Vec<u32>,
}

/// How a shard is.
#[derive(Default)]
pub(crate) enum Condition {
    /// Being started for the first time: requests wait for it.
    #[default]
    Starting,
    /// Works.
    Up,
    /// Died and will be back soon: requests wait for it.
    Restarting,
    /// Will not be back soon, and why.
    Down(Fault),
    /// Was ended to spare memory, while nobody used it.
    Asleep,
}

/// One call's stream.
pub(crate) struct StreamState {
    pub(crate) shard: usize,
    pub(crate) options: String,
    /// The incarnation of its shard that knows it.
    pub(crate) opened: u64,
    /// Whether its shard has all of its open requests and takes the next.
    pub(crate) live: bool,
    pub(crate) last_serial: u32,
    pub(crate) work: Work,
    pub(crate) outbox: Arc<Outbox>,
}

impl Shared {
    pub(crate) fn new(options: SupervisorOptions) -> Self {
        let allowed = if options.asleep { 0 } else { usize::MAX };
        let mut pool = Pool { allowed, used: Some(Instant::now()), ..Pool::default() };
        let shard = || match options.asleep {
            true => Shard { condition: Condition::Asleep, ..Shard::default() },
            false => Shard::default(),
        };
        pool.shards.resize_with(options.shards.max(1), shard);
        Self { options, closing: AtomicBool::new(false), pool: Mutex::new(pool), changed: Condvar::new() }
    }

    /// The state. Held for moments only: nothing blocks under it.
    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that a shard's condition changed.
    pub(crate) fn announce(&self) {
        self.changed.notify_all();
    }

    /// Waits until a shard's condition changes, but not longer than a time.
    pub(crate) fn wait<'a>(&self, pool: MutexGuard<'a, Pool>, time: Duration) -> MutexGuard<'a, Pool> {
        let (pool, _) = self.changed.wait_timeout(pool, time).unwrap_or_else(PoisonError::into_inner);
        pool
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Ends the workers' inputs and fails what is open.
    pub(crate) fn close(&self) -> Vec<Delivery> {
        self.closing.store(true, Ordering::Relaxed);
        let mut pool = self.pool();
        let fault = Fault::new(FaultKind::Unavailable, "the engine is shut down");
        for shard in &mut pool.shards {
            shard.outgoing = None;
            shard.condition = Condition::Down(fault.clone());
        }
        let lost = pool.streams.values_mut().flat_map(|stream| stream.fail(&fault)).collect();
        drop(pool);
        self.announce();
        lost
    }
}

impl Shard {
    pub(crate) const fn is_up(&self) -> bool {
        matches!(self.condition, Condition::Up)
    }

    /// Puts a message to the worker's queue. A worker that has just died takes everything: what matters is
    /// put again.
    pub(crate) fn send(&mut self, stream: u32, request: &Request) -> Result<(), Fault> {
        let bytes = request.encode(stream).map_err(|e| Fault::bad_request(e.to_string()))?;
        match self.outgoing.as_mut().map(|way| way.send(bytes)) {
            Some(Err(Full)) => Err(Fault::new(
                FaultKind::Overload,
                "the engine's worker does not keep up: fewer calls or more shards are needed",
            )),
            _ => Ok(()),
        }
    }

    /// Asks for a sign of life.
    pub(crate) fn ping(&mut self) -> Result<u32, Fault> {
        self.last_nonce = self.last_nonce.wrapping_add(1);
        let nonce = self.last_nonce;
        self.send(0, &Request::Ping { nonce })?;
        Ok(nonce)
    }

    /// Tells the worker of streams that are gone, as far as there is room.
    pub(crate) fn send_closes(&mut self) {
        while let Some(stream) = self.closes.pop() {
            if self.send(stream, &Request::Close).is_err() {
                self.closes.push(stream);
                return;
            }
        }
    }
}

impl StreamState {
    /// Gives up what is open.
    pub(crate) fn fail(&mut self, fault: &Fault) -> Vec<Delivery> {
        let lost = self.work.fail(fault);
        lost.into_iter().map(|event| (Arc::clone(&self.outbox), event)).collect()
    }

    /// Puts a request to the shard, which is told of the stream first if it does not know it.
    pub(crate) fn send(&mut self, shard: &mut Shard, id: u32, request: &Request) -> Result<(), Fault> {
        if self.opened != shard.incarnation {
            let options = self.options.clone();
            shard.send(id, &Request::Open { options })?;
            self.opened = shard.incarnation;
        }
        shard.send(id, request)
    }
}
