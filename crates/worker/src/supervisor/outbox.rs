//! How a stream's events reach their receiver without making a shard wait.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::{Event, Fault, FaultKind, Job};

/// Takes the events of a stream: at once, without calling back. Gives an event back when there is no room for it
/// just now; it is offered again within 20 ms. A receiver that is gone takes everything.
pub type Sink = Box<dyn Fn(Event) -> Result<(), Event> + Send + Sync>;

/// Events that may wait for room.
const MOST_EVENTS: usize = 1024;
/// Samples that may wait for room: two minutes of speech.
const MOST_SAMPLES: usize = 120 * 16_000;

/// A stream's sink and what did not fit it yet.
pub(crate) struct Outbox {
    sink: Sink,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    samples: usize,
    /// Serials of requests that failed here because their events did not fit.
    spoilt: Vec<u32>,
}

impl Outbox {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { sink, waiting: Mutex::default() }
    }

    /// Hands an event on, after those that wait. Says whether events wait now.
    pub(crate) fn deliver(&self, event: Event) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.take(event);
        waiting.flow(&self.sink)
    }

    /// Offers what waits once more. Says whether events wait still.
    pub(crate) fn pump(&self) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.flow(&self.sink)
    }

    /// Nobody wants what waits.
    pub(crate) fn clear(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = Waiting::default();
    }
}

impl Waiting {
    /// Queues an event. If there is no room for it, its request fails instead, once.
    fn take(&mut self, event: Event) {
        let Some((job, last)) = about(&event) else {
            return;
        };
        if let Some(place) = self.spoilt.iter().position(|s| *s == job.serial) {
            if last {
                self.spoilt.swap_remove(place);
            }
            return;
        }
        let samples = samples(&event);
        if self.events.len() < MOST_EVENTS && self.samples + samples <= MOST_SAMPLES || last {
            self.samples += samples;
            self.events.push_back(event);
            return;
        }
        self.spoilt.push(job.serial);
        self.events.push_back(Event::Error {
            job,
            fault: Fault::new(FaultKind::Overload, "the engine's results are not read: the call is too busy"),
        });
    }

    /// Gives the sink what it takes.
    fn flow(&mut self, sink: &Sink) -> bool {
        while let Some(event) = self.events.pop_front() {
            let samples = samples(&event);
            if let Err(event) = sink(event) {
                self.events.push_front(event);
                return true;
            }
            self.samples = self.samples.saturating_sub(samples);
        }
        false
    }
}

/// Which request an event answers, and whether it is the last to do so.
fn about(event: &Event) -> Option<(Job, bool)> {
    match event {
        Event::Hello(_) | Event::Pong { .. } => None,
        Event::Partial { job, .. }
        | Event::Guess { job, .. }
        | Event::Pcm { job, .. }
        | Event::Word { job, .. }
        | Event::Phonemes { job, .. } => Some((*job, false)),
        Event::Final { job, .. } | Event::Done { job } | Event::Error { job, .. } => Some((*job, true)),
    }
}

fn samples(event: &Event) -> usize {
    match event {
        Event::Pcm { samples, .. } => samples.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use tom_base::Epoch;

    fn job(serial: u32) -> Job {
        Job { serial, epoch: Epoch::new(serial, 0), clause: 0 }
    }

    /// An outbox whose receiver has that much room, and what it received.
    fn outbox(room: &Arc<AtomicUsize>) -> (Outbox, Arc<Mutex<Vec<Event>>>) {
        let got = Arc::new(Mutex::new(Vec::new()));
        let (into, room) = (Arc::clone(&got), Arc::clone(room));
        let sink = move |event| {
            if room.load(Ordering::Relaxed) == 0 {
                return Err(event);
            }
            room.fetch_sub(1, Ordering::Relaxed);
            into.lock().unwrap().push(event);
            Ok(())
        };
        (Outbox::new(Box::new(sink)), got)
    }

    #[test]
    fn what_does_not_fit_waits_in_order() {
        let room = Arc::new(AtomicUsize::new(1));
        let (outbox, got) = outbox(&room);
        assert!(!outbox.deliver(Event::Done { job: job(0) }));
        assert!(outbox.deliver(Event::Done { job: job(1) }));
        assert!(outbox.deliver(Event::Done { job: job(2) }));
        room.store(1, Ordering::Relaxed);
        assert!(outbox.pump());
        room.store(9, Ordering::Relaxed);
        assert!(!outbox.deliver(Event::Done { job: job(3) }));
        let all: Vec<Event> = (0..4).map(|n| Event::Done { job: job(n) }).collect();
        assert_eq!(*got.lock().unwrap(), all);
    }

    #[test]
    fn a_receiver_that_never_reads_gets_one_failure_per_request() {
        let room = Arc::new(AtomicUsize::new(0));
        let (outbox, got) = outbox(&room);
        let speech = |serial| Event::Pcm { job: job(serial), samples: vec![0; 16_000] };
        for _ in 0..500 {
            outbox.deliver(speech(1));
        }
        outbox.deliver(Event::Done { job: job(1) });
        outbox.deliver(speech(2));
        outbox.deliver(Event::Done { job: job(2) });
        room.store(1000, Ordering::Relaxed);
        assert!(!outbox.pump());
        let got = got.lock().unwrap();
        assert_eq!(got.len(), 122);
        for (event, serial) in got[120..].iter().zip([1, 2]) {
            assert!(matches!(event, Event::Error { job, fault }
                if job.serial == serial && fault.kind == FaultKind::Overload));
        }
        // There is room again, also for requests to come.
        drop(got);
        assert!(!outbox.deliver(speech(3)));
    }

    #[test]
    fn what_nobody_wants_goes() {
        let room = Arc::new(AtomicUsize::new(0));
        let (outbox, got) = outbox(&room);
        assert!(outbox.deliver(Event::Done { job: job(1) }));
        outbox.clear();
        room.store(9, Ordering::Relaxed);
        assert!(!outbox.pump());
        assert!(got.lock().unwrap().is_empty());
    }
}
