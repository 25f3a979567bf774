//! What one call asks of a worker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tom_base::Epoch;

use super::outbox::{Outbox, Sink};
use super::pool::{Condition, Pool, Shard, Shared, StreamState};
use super::work::Work;
use crate::{Fault, FaultKind, Job, Request};

/// Requests that may be open at once on a stream.
const MOST_OPEN: usize = 64;
/// Bytes of the longest clause.
const LONGEST_TEXT: usize = 16 * 1024;
/// Bytes of the longest context (a grammar).
const LONGEST_CONTEXT: usize = 512 * 1024;
/// Samples in the longest `Audio` message: a second.
const PIECE: usize = 16_000;

/// A call's stream. Nothing here waits. Dropping it closes it.
pub struct Stream {
    shared: Arc<Shared>,
    id: u32,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("id", &self.id).finish()
    }
}

impl Stream {
    pub(crate) fn open(shared: &Arc<Shared>, options: String, sink: Sink) -> Result<Self, Fault> {
        let mut pool = shared.pool();
        pool.wake();
        if let Some(fault) = pool.fault() {
            return Err(fault);
        }
        let shard = pool.roomiest().unwrap_or_else(|| pool.streams.len() % pool.wanted().max(1));
        let live = pool.shards[shard].is_up();
        // Stream 0 is the worker itself.
        let id = (1..=u32::MAX)
            .map(|step| pool.last_stream.wrapping_add(step))
            .find(|id| *id != 0 && !pool.streams.contains_key(id))
            .ok_or_else(|| Fault::new(FaultKind::Overload, "all stream numbers are taken"))?;
        pool.last_stream = id;
        let stream = StreamState {
            shard,
            options,
            opened: 0,
            live,
            last_serial: 0,
            work: Work::default(),
            outbox: Arc::new(Outbox::new(sink)),
        };
        pool.streams.insert(id, stream);
        drop(pool);
        // A shard that sleeps may have been woken.
        shared.announce();
        Ok(Self { shared: Arc::clone(shared), id })
    }

    /// An utterance begins; one that is open is cancelled. `context_id` is to be the same for the same `context`
    /// (a grammar in the engine's notation); both are empty without one.
    ///
    /// # Errors
    /// When no worker is there, its queue is full, or the context is too long.
    pub fn begin(&self, epoch: Epoch, context_id: &str, context: &str) -> Result<(), Fault> {
        if context.len() + context_id.len() > LONGEST_CONTEXT {
            return Err(Fault::bad_request("the grammar is longer than 512 KiB"));
        }
        self.put(true, |stream| {
            Some(Request::Begin {
                job: stream.next_job(epoch, 0),
                context_id: context_id.to_owned(),
                context: context.to_owned(),
            })
        })
    }

    /// Audio of the open utterance, 16 kHz mono. Goes nowhere when none is open, because it has failed, say.
    ///
    /// # Errors
    /// When the worker's queue is full; this audio is lost then.
    pub fn audio(&self, pcm: &[i16]) -> Result<(), Fault> {
        pcm.chunks(PIECE).try_for_each(|piece| {
            self.put(false, |stream| {
                stream.work.open_utterance()?;
                Some(Request::Audio { pcm: piece.to_vec() })
            })
        })
    }

    /// The utterance is over: a `Final` or `Error` with this epoch follows, unless it has failed before.
    ///
    /// # Errors
    /// When the worker's queue is full; the utterance is open still.
    pub fn finish(&self, epoch: Epoch) -> Result<(), Fault> {
        self.put(false, |stream| {
            let open = stream.work.open_utterance()?;
            Some(Request::Finish { job: Job { epoch, ..open } })
        })
    }

    /// A clause is to be spoken: a `Done` or `Error` with this epoch and clause follows.
    ///
    /// # Errors
    /// When no worker is there, its queue is full, 64 requests are open, or the text is over 16 KiB.
    pub fn speak(&self, epoch: Epoch, clause: u32, text: &str) -> Result<(), Fault> {
        if text.len() > LONGEST_TEXT {
            return Err(Fault::bad_request("the clause is longer than 16 KiB: cut the reply into sentences"));
        }
        self.put(true, |stream| {
            Some(Request::Speak { job: stream.next_job(epoch, clause), text: text.to_owned() })
        })
    }

    /// What was asked can wait for so long, since something more urgent is computed on this machine. Workers that are asked
    /// for long results give way; the others, and one whose queue is full, go on.
    pub fn rest(&self, time: Duration) {
        let ms = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        drop(self.put(false, |stream| (!stream.work.is_empty()).then_some(Request::Rest { ms })));
    }

    /// Nobody wants what was asked so far. An event that is on its way may still arrive.
    pub fn cancel(&self) {
        let mut pool = self.shared.pool();
        let Pool { shards, streams, .. } = &mut *pool;
        let Some(stream) = streams.get_mut(&self.id) else {
            return;
        };
        if !stream.work.is_empty() {
            stream.work.note(Request::Cancel);
            let shard = &mut shards[stream.shard];
            // Only spares the worker effort: what it says of cancelled requests is dropped anyway.
            if stream.live && stream.send(shard, self.id, &Request::Cancel).is_err() {
                pool.counters.overloads += 1;
            }
        }
        let outbox = pool.streams.get(&self.id).map(|s| Arc::clone(&s.outbox));
        drop(pool);
        if let Some(outbox) = outbox {
            outbox.clear();
        }
    }

    /// Puts the request that is made from the stream's state, if one is. `fresh`: it starts something, and so
    /// may go to another shard.
    fn put(
        &self,
        fresh: bool,
        request: impl FnOnce(&mut StreamState) -> Option<Request>,
    ) -> Result<(), Fault> {
        let mut pool = self.shared.pool();
        if fresh {
            pool.place(self.id)?;
        }
        let outcome = pool.put(self.id, request);
        if matches!(&outcome, Err(fault) if fault.kind == FaultKind::Overload) {
            pool.counters.overloads += 1;
        }
        outcome
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut pool = self.shared.pool();
        let gone = pool.streams.remove(&self.id);
        pool.used = Some(Instant::now());
        if let Some(stream) = &gone {
            let shard = &mut pool.shards[stream.shard];
            if shard.is_up() && stream.opened == shard.incarnation {
                shard.closes.push(self.id);
                shard.send_closes();
            }
        }
        // The sink is somebody else's: what its end does must not meet the lock.
        drop(pool);
        drop(gone);
    }
}

impl StreamState {
    fn next_job(&mut self, epoch: Epoch, clause: u32) -> Job {
        self.last_serial = self.last_serial.wrapping_add(1);
        Job { serial: self.last_serial, epoch, clause }
    }
}

impl Pool {
    /// Sees to it that a stream that asks for something new is on a shard that is up, or will be soon.
    fn place(&mut self, id: u32) -> Result<(), Fault> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        let Some((here, idle)) = self.streams.get(&id).map(|s| (s.shard, s.work.is_empty())) else {
            return Ok(());
        };
        if self.shards[here].is_up() || !idle {
            return Ok(());
        }
        let up = self.roomiest();
        let patient = |shard: &Shard| !matches!(shard.condition, Condition::Down(_) | Condition::Asleep);
        let soon = std::iter::once(here).chain(0..self.shards.len()).find(|i| patient(&self.shards[*i]));
        if let (Some(stream), Some(there)) = (self.streams.get_mut(&id), up.or(soon)) {
            stream.shard = there;
            stream.live = up.is_some();
        }
        Ok(())
    }

    fn put(
        &mut self,
        id: u32,
        request: impl FnOnce(&mut StreamState) -> Option<Request>,
    ) -> Result<(), Fault> {
        let Some(stream) = self.streams.get_mut(&id) else {
            return Ok(());
        };
        let Some(request) = request(stream) else {
            return Ok(());
        };
        let starts = matches!(request, Request::Speak { .. } | Request::Begin { .. });
        if starts && stream.work.len() >= MOST_OPEN {
            return Err(Fault::new(
                FaultKind::Overload,
                "64 requests of this call are waiting for the engine already",
            ));
        }
        if stream.live {
            stream.send(&mut self.shards[stream.shard], id, &request)?;
        }
        stream.work.note(request);
        Ok(())
    }
}
