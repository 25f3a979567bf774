//! What the tests of the supervisor share: echo workers, and a receiver that writes down what it gets.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tom_base::Epoch;
use tom_worker::{Event, Fault, Sink, Status, Supervisor, SupervisorOptions};

/// Long enough for the slowest machine; no test waits for it to pass.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Options of echo workers.
pub(crate) fn options(shards: usize) -> SupervisorOptions {
    let mut options = SupervisorOptions::new("echo", env!("CARGO_BIN_EXE_tom-worker-echo"));
    options.shards = shards;
    options.ping_every = Duration::from_millis(50);
    options.hung_after = LONG;
    options
}

/// Echo workers that are ready.
pub(crate) fn ready(options: SupervisorOptions) -> Supervisor {
    let shards = options.shards;
    let supervisor = Supervisor::start(options).unwrap();
    let status = supervisor.wait_ready(LONG);
    assert_eq!(status.up, shards, "{status:?}");
    supervisor
}

/// Waits until the status is as wanted.
pub(crate) fn until(supervisor: &Supervisor, wanted: impl Fn(&Status) -> bool) -> Status {
    let end = Instant::now() + LONG;
    loop {
        let status = supervisor.status();
        if wanted(&status) {
            return status;
        }
        assert!(Instant::now() < end, "{status:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Collects the events of a stream.
#[derive(Clone, Default)]
pub(crate) struct Inbox(Arc<(Mutex<Vec<Event>>, Condvar)>);

impl Inbox {
    pub(crate) fn sink(&self) -> Sink {
        let inbox = Arc::clone(&self.0);
        Box::new(move |event| {
            inbox.0.lock().unwrap().push(event);
            inbox.1.notify_all();
            Ok(())
        })
    }

    /// What came so far.
    pub(crate) fn so_far(&self) -> Vec<Event> {
        self.0.0.lock().unwrap().clone()
    }

    /// All events until there are as many last ones (`Final`, `Done`, `Error`).
    pub(crate) fn wait_for(&self, ends: usize) -> Vec<Event> {
        let events = self.0.0.lock().unwrap();
        let (events, timeout) = self
            .0
            .1
            .wait_timeout_while(events, LONG, |events| events.iter().filter(|e| is_end(e)).count() < ends)
            .unwrap();
        assert!(!timeout.timed_out(), "waited in vain, got {events:?}");
        events.clone()
    }
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Final { .. } | Event::Done { .. } | Event::Error { .. })
}

/// What an echo worker says for a clause, as one line per event: its words, its samples as text, its end.
pub(crate) fn spoken(events: &[Event]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut bytes = Vec::new();
    for event in events {
        match event {
            Event::Pcm { samples, .. } => {
                bytes.extend(samples.iter().step_by(10).map(|s| *s as u8));
            }
            Event::Done { job } => {
                let text = String::from_utf8(std::mem::take(&mut bytes)).unwrap();
                lines.push(format!("{} {}: {text}", job.epoch, job.clause));
            }
            Event::Error { job, fault } => {
                bytes.clear();
                lines.push(format!("{} {}: {}", job.epoch, job.clause, fault.kind));
            }
            _ => {}
        }
    }
    lines
}

/// The word events of a clause: byte offset and sample.
pub(crate) fn words(events: &[Event], wanted: u32) -> Vec<(u32, u64)> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Word { job, offset, at } if job.clause == wanted => Some((*offset, *at)),
            _ => None,
        })
        .collect()
}

/// The only failure among the events.
pub(crate) fn only_fault(events: &[Event]) -> Fault {
    let faults: Vec<&Fault> = events
        .iter()
        .filter_map(|event| match event {
            Event::Error { fault, .. } => Some(fault),
            _ => None,
        })
        .collect();
    assert_eq!(faults.len(), 1, "{events:?}");
    faults[0].clone()
}

pub(crate) fn epoch(turn: u32) -> Epoch {
    Epoch::new(turn, 0)
}
