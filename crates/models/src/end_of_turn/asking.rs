//! How does a call's question get to the worker, and the answer back?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::mpsc::{self, error::TrySendError};
use tom_base::Epoch;
use tom_engine::{EndOfTurnEvent, EndOfTurnStream, EngineError, ErrorKind};
use tom_worker::{Event, Fault, FaultKind, Sink, Stream, Supervisor};

use super::gate::{Gate, Limits, Refusal};
use super::memory::Memory;
use crate::workers::engine_error;

/// The gate that all calls share.
pub(crate) type Shared = Arc<Mutex<Gate>>;

/// A call's questions that are open: of which epoch, under which number.
type Open = Arc<Mutex<VecDeque<(Epoch, u64)>>>;

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call's stream: it keeps the end of the turn, and sends it when it is asked.
pub(crate) struct Asking {
    stream: Stream,
    gate: Shared,
    limits: Limits,
    open: Open,
    memory: Memory,
}

impl Asking {
    pub(crate) fn open(
        supervisor: &Supervisor,
        gate: &Shared,
        limits: Limits,
        events: mpsc::Sender<EndOfTurnEvent>,
    ) -> Result<Self, EngineError> {
        let open = Open::default();
        let stream = supervisor.open("{}", sink(Arc::clone(&open), Arc::clone(gate), events));
        let stream = stream.map_err(engine_error)?;
        Ok(Self { stream, gate: Arc::clone(gate), limits, open, memory: Memory::default() })
    }

    fn put(&self, epoch: Epoch) -> Result<(), Fault> {
        self.stream.begin(epoch, "", &until(self.limits.deadline))?;
        self.memory.pieces().into_iter().try_for_each(|piece| self.stream.audio(piece))?;
        self.stream.finish(epoch)
    }
}

impl EndOfTurnStream for Asking {
    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        self.memory.push(pcm);
        Ok(())
    }

    fn judge(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        if self.memory.is_empty() {
            let what = "nothing was heard of the turn whose end is asked for";
            return Err(EngineError::new(ErrorKind::BadRequest, what));
        }
        let id = locked(&self.gate).admit(Instant::now()).map_err(refused)?;
        locked(&self.open).push_back((epoch, id));
        self.put(epoch).map_err(|fault| {
            // Half a question is none; those before it are given up with it.
            self.stream.cancel();
            let open = std::mem::take(&mut *locked(&self.open));
            let mut gate = locked(&self.gate);
            open.into_iter().for_each(|(_, id)| gate.withdraw(id));
            engine_error(fault)
        })
    }

    fn reset(&mut self) {
        self.memory.forget();
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let open = std::mem::take(&mut *locked(&self.open));
        let mut gate = locked(&self.gate);
        open.into_iter().for_each(|(_, id)| gate.abandon(id));
    }
}

/// The end of a time from now, on the clock that the worker reads too.
fn until(deadline: Duration) -> String {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = Duration::from_secs(u64::try_from(now.tv_sec).unwrap_or_default());
    let now = seconds + Duration::from_nanos(u64::try_from(now.tv_nsec).unwrap_or_default());
    (now + deadline).as_nanos().to_string()
}

fn refused(refusal: Refusal) -> EngineError {
    let what = match refusal {
        Refusal::Queue => "as many questions as may be are before smart-turn already",
        Refusal::Deadline => "smart-turn could not answer in time",
        Refusal::Share => "smart-turn has used its share of the machine",
    };
    EngineError::new(ErrorKind::Overload, what)
}

/// Passes a worker's answers on.
fn sink(open: Open, gate: Shared, events: mpsc::Sender<EndOfTurnEvent>) -> Sink {
    Box::new(move |event| {
        let room = match events.try_reserve() {
            Err(TrySendError::Full(())) => return Err(event),
            Ok(room) => Some(room),
            // The call is over, but the question is still to be counted.
            Err(TrySendError::Closed(())) => None,
        };
        if let (Some(news), Some(room)) = (translate(event, &open, &gate), room) {
            room.send(news);
        }
        Ok(())
    })
}

/// A worker's answer as a judge's; `None`: nobody waits for it.
fn translate(event: Event, open: &Open, gate: &Shared) -> Option<EndOfTurnEvent> {
    let now = Instant::now();
    match event {
        Event::Final { job, text, confidence } => {
            let id = take(open, job.epoch)?;
            let cost: f64 = text.parse().unwrap_or_default();
            locked(gate).answered(id, now, Duration::try_from_secs_f64(cost / 1e3).unwrap_or_default());
            Some(EndOfTurnEvent::Judged { epoch: job.epoch, p: confidence })
        }
        Event::Error { job, fault } => {
            let id = take(open, job.epoch)?;
            locked(gate).failed(id, now, fault.kind == FaultKind::Timeout);
            Some(EndOfTurnEvent::Failed { epoch: job.epoch, error: engine_error(fault) })
        }
        Event::Hello(_)
        | Event::Partial { .. }
        | Event::Guess { .. }
        | Event::Pcm { .. }
        | Event::Word { .. }
        | Event::Phonemes { .. }
        | Event::Done { .. }
        | Event::Pong { .. } => None,
    }
}

fn take(open: &Open, epoch: Epoch) -> Option<u64> {
    let mut open = locked(open);
    let place = open.iter().position(|(asked, _)| *asked == epoch)?;
    open.remove(place).map(|(_, id)| id)
}
