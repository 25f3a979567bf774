//! The thread of one shard: it starts the worker, hears it out, and starts it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backoff::Backoff;
use super::feeding::Loss;
use super::outbox::Outbox;
use super::pool::{Condition, Delivery, Shared};
use super::process::{Process, Word};
use super::pulse::Pulse;
use crate::{Event, Fault, FaultKind, Hello};

/// How often events that wait for room are offered again.
const PUMP: Duration = Duration::from_millis(20);
/// How often a quiet shard looks at its clock.
const IDLE: Duration = Duration::from_millis(100);
/// A worker that is back after this is worth waiting for.
const SOON: Duration = Duration::from_secs(1);
/// How long a worker whose socket is closed may take to die, so that its own reason is seen.
const DYING: Duration = Duration::from_millis(200);

/// How a worker's life ended.
enum End {
    /// The supervisor is closing.
    Closed,
    /// It never said hello.
    NotLoaded(Fault),
    /// It had worked for that long.
    Died(Duration, String),
    /// It was ended to spare memory.
    Slept,
}

/// Why a worker is not heard out any longer.
enum Leave {
    /// It closed its socket.
    Gone,
    /// It must be ended, and why.
    End(String),
    /// Nobody uses it, and it may not be there.
    Sleep,
}

/// The shard with that number, until the supervisor closes.
pub(crate) struct Runner {
    shared: Arc<Shared>,
    index: usize,
    /// Streams whose events wait for room.
    behind: Vec<Arc<Outbox>>,
}

impl Runner {
    pub(crate) fn new(shared: Arc<Shared>, index: usize) -> Self {
        Self { shared, index, behind: Vec::new() }
    }

    /// Runs until the supervisor closes.
    pub(crate) fn run(mut self) {
        let mut backoff = Backoff::default();
        loop {
            self.sleep();
            let (engine, shard) = (self.shared.options.engine.clone(), self.index);
            let end = self.live(&mut backoff);
            if self.shared.is_closing() {
                return;
            }
            let (pause, loss) = match end {
                End::Closed => return,
                End::Slept => {
                    tracing::info!(engine, shard, "an idle worker was ended to spare memory");
                    continue;
                }
                End::NotLoaded(fault) => {
                    let pause = backoff.failed_load();
                    tracing::warn!(engine, shard, ?pause, "worker did not start: {fault}");
                    let fault = Some(fault);
                    (pause, Loss { crashed: false, fault })
                }
                End::Died(lived, why) => {
                    let pause = backoff.crashed(lived);
                    tracing::warn!(engine, shard, ?lived, ?pause, "worker died: {why}");
                    let fault = (pause > SOON).then(|| {
                        let what = format!("{engine}'s worker keeps dying ({why}); it is tried again");
                        Fault::new(FaultKind::Unavailable, what)
                    });
                    (pause, Loss { crashed: true, fault })
                }
            };
            let lost = self.shared.pool().down(self.index, loss);
            self.shared.announce();
            self.deliver(lost);
            self.rest(pause);
        }
    }

    /// One life of the worker.
    fn live(&mut self, backoff: &mut Backoff) -> End {
        let mut process = match Process::start(&self.shared.options) {
            Ok(process) => process,
            Err(fault) => return End::NotLoaded(fault),
        };
        let hello = match self.await_hello(&mut process) {
            Ok(hello) => hello,
            Err(fault) => {
                let how = process.end(DYING);
                let fault = fault.unwrap_or_else(|| self.unloaded(&how));
                return End::NotLoaded(fault);
            }
        };
        let (sender, writer) = match process.writer() {
            Ok(writer) => writer,
            Err(error) => {
                process.end(Duration::ZERO);
                let what = format!("no thread for a worker: {error}");
                return End::NotLoaded(Fault::new(FaultKind::Unavailable, what));
            }
        };
        backoff.loaded();
        let born = Instant::now();
        let mut pool = self.shared.pool();
        if self.shared.is_closing() {
            drop((pool, sender));
        } else {
            let hello = Arc::new(hello);
            let lost = pool.up(self.index, hello, process.pid(), sender);
            drop(pool);
            self.shared.announce();
            self.deliver(lost);
        }
        let why = self.attend(&mut process);
        let lived = born.elapsed();
        let closing = self.shared.is_closing();
        let patience = match &why {
            _ if closing => self.shared.options.close_within,
            Leave::Sleep => self.shared.options.close_within,
            Leave::Gone => DYING,
            Leave::End(_) => Duration::ZERO,
        };
        if matches!(why, Leave::Sleep) {
            // Ends its input, so that it ends by itself.
            self.shared.pool().shards[self.index].outgoing = None;
        }
        let how = process.end(patience);
        // Ends the writer, if closing has not.
        {
            let mut pool = self.shared.pool();
            let shard = &mut pool.shards[self.index];
            (shard.outgoing, shard.pid) = (None, None);
        }
        if writer.join().is_err() {
            tracing::error!("the thread that writes to a worker panicked");
        }
        if closing {
            return End::Closed;
        }
        match why {
            Leave::Sleep => End::Slept,
            Leave::End(why) => End::Died(lived, why),
            Leave::Gone => End::Died(lived, how),
        }
    }

    /// Waits while it may not be there.
    fn sleep(&self) {
        let mut pool = self.shared.pool();
        while matches!(pool.shards[self.index].condition, Condition::Asleep) && !self.shared.is_closing() {
            pool = self.shared.wait(pool, IDLE);
        }
    }

    /// Waits for the worker to be loaded. `Err(None)`: it ended without a word.
    fn await_hello(&mut self, process: &mut Process) -> Result<Hello, Option<Fault>> {
        let options = &self.shared.options;
        let deadline = Instant::now() + options.hello_within;
        let broken = |kind, what: &str| Fault::new(kind, format!("{}'s worker {what}", options.engine));
        while Instant::now() < deadline && !self.shared.is_closing() {
            match process.listen(IDLE) {
                Word::Nothing => {}
                Word::Said(_, Event::Hello(hello)) => return Ok(hello),
                Word::Said(_, Event::Error { fault, .. }) => return Err(Some(fault)),
                Word::Said(..) => {
                    let what = "did not begin with its name: build it again with cargo xtask run";
                    return Err(Some(broken(FaultKind::Protocol, what)));
                }
                Word::Garbage(error) => {
                    return Err(Some(broken(FaultKind::Protocol, &format!("is not understood: {error}"))));
                }
                Word::Gone => return Err(None),
            }
        }
        let what = format!("was not ready within {:?}", options.hello_within);
        Err(Some(broken(FaultKind::Timeout, &what)))
    }

    /// What to say of a worker that ended before it was ready.
    fn unloaded(&self, how: &str) -> Fault {
        let what = format!(
            "{}'s worker ended before it was ready ({how}): see its messages above, and run tom doctor",
            self.shared.options.engine
        );
        Fault::new(FaultKind::Unavailable, what)
    }

    /// Hears the worker out.
    fn attend(&mut self, process: &mut Process) -> Leave {
        let mut pulse = Pulse::new(&self.shared.options, Instant::now());
        loop {
            let patience = if self.behind.is_empty() { IDLE } else { PUMP };
            match process.listen(patience) {
                Word::Said(stream, event) => {
                    pulse.heard(Instant::now(), matches!(event, Event::Pong { .. }));
                    self.take(stream, event);
                }
                // Whoever is spoken with does not sleep.
                Word::Nothing if self.behind.is_empty() && self.shared.pool().sleeps(self.index) => {
                    return Leave::Sleep;
                }
                Word::Nothing => {}
                Word::Gone => return Leave::Gone,
                Word::Garbage(error) => return Leave::End(format!("it sent what is no event: {error}")),
            }
            self.pump();
            if self.shared.is_closing() {
                return Leave::End("the supervisor is closing".into());
            }
            let now = Instant::now();
            if pulse.is_lost(now) {
                return Leave::End(format!(
                    "it gave no sign of life for {:?}",
                    self.shared.options.hung_after
                ));
            }
            if pulse.is_due(now) {
                let mut pool = self.shared.pool();
                let shard = &mut pool.shards[self.index];
                shard.send_closes();
                pulse.asked(shard.ping().is_ok());
            }
        }
    }

    /// Passes a worker's message on.
    fn take(&mut self, stream: u32, event: Event) {
        let mut pool = self.shared.pool();
        let deliveries = match event {
            Event::Pong { nonce } => pool.pong(self.index, nonce),
            event => Vec::from_iter(pool.take(self.index, stream, event)),
        };
        drop(pool);
        self.deliver(deliveries);
    }

    fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for (outbox, event) in deliveries {
            let known = self.behind.iter().any(|b| Arc::ptr_eq(b, &outbox));
            if outbox.deliver(event) && !known {
                self.behind.push(outbox);
            }
        }
    }

    fn pump(&mut self) {
        self.behind.retain(|outbox| outbox.pump());
    }

    /// Waits before the next start.
    fn rest(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.shared.is_closing() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            self.pump();
            let nap = if self.behind.is_empty() { IDLE } else { PUMP };
            let pool = self.shared.pool();
            drop(self.shared.wait(pool, left.min(nap)));
        }
    }
}
