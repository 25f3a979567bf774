//! How are many calls held on one thread? A loop over a poll: sockets that are ready, then frames that are due.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde::Serialize;

use super::actor::{Actor, Echo};
use super::call::{Call, Patience};
use super::opening;
use super::target::Target;
use crate::clip::{Clip, noise};
use crate::trace::{Ended, Micros, Trace};

/// A frame that leaves later than this was late.
const LATE: Micros = 10_000;
/// With so many calls at once the thread looks for what is ready and due every [`REST`], and at all of it: being woken
/// for each message would cost caller and server, who pays for waking, more than the message. What has come is timed when
/// it is read, so it can only seem later than it was.
const MANY: usize = 500;
const REST: Duration = Duration::from_micros(250);
/// The level of a line on which nobody speaks.
const COMFORT_DBFS: f64 = -60.0;

/// A call to make.
pub struct Planned {
    /// What its trace is called.
    pub name: String,
    /// Who plays the caller.
    pub actor: Box<dyn Actor>,
    /// What of the agent's voice comes back.
    pub echo: Option<Echo>,
}

/// How calls are made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whom to call.
    pub target: Target,
    /// Calls at once.
    pub at_once: usize,
    /// Time between two openings.
    pub spacing: Duration,
    /// Longest wait for a call to come about.
    pub answer: Duration,
    /// Longest call.
    pub longest: Duration,
    /// Longest wait for the server to close after the hang-up.
    pub close: Duration,
    /// The seed of the comfort noise.
    pub seed: u64,
}

impl Options {
    /// One call at a time, none longer than a minute.
    #[must_use]
    pub const fn new(target: Target) -> Self {
        Self {
            target,
            at_once: 1,
            spacing: Duration::from_millis(7),
            answer: Duration::from_secs(10),
            longest: Duration::from_secs(60),
            close: Duration::from_secs(3),
            seed: 1,
        }
    }
}

/// How well the caller's own side kept its time: what it measures is worth no more than this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct EngineReport {
    /// Frames sent.
    pub frames: u64,
    /// Frames that left more than 10 ms after their time.
    pub late: u64,
    /// The latest one, in milliseconds.
    pub latest_ms: f64,
    /// Most calls that were up at once.
    pub most_at_once: usize,
}

/// Why no calls can be made at all.
#[derive(Debug, thiserror::Error)]
#[error("this machine gives no sockets to call with: {0}")]
pub struct EngineError(#[from] std::io::Error);

/// Makes the calls, in their order, and hands over each trace when its call is over. When `stop` is set all
/// callers hang up and no further calls are made.
///
/// # Errors
/// When the system gives no poll. What goes wrong in a call stands in its trace.
pub fn run(
    options: &Options,
    calls: impl IntoIterator<Item = Planned>,
    stop: &AtomicBool,
    mut each: impl FnMut(Trace),
) -> Result<EngineReport, EngineError> {
    let mut engine = Engine::new(options)?;
    let mut calls = calls.into_iter().fuse();
    let mut next = calls.next();
    let mut opening_due = 0;
    let mut events = Events::with_capacity(1_024);
    let mut stopping = false;
    loop {
        let wait = if engine.up >= MANY {
            std::thread::sleep(REST);
            Duration::ZERO
        } else if engine.hot.is_empty() {
            Duration::from_millis(1)
        } else {
            Duration::ZERO
        };
        if let Err(error) = engine.poll.poll(&mut events, Some(wait))
            && error.kind() != ErrorKind::Interrupted
        {
            return Err(error.into());
        }
        engine.ready(&events);
        engine.due();
        engine.reap(&mut each);
        if stop.load(Ordering::Relaxed) && !stopping {
            (stopping, next) = (true, None);
            engine.hang_up();
        }
        let now = engine.now();
        if now >= opening_due
            && engine.up < options.at_once
            && let Some(planned) = next.take()
        {
            next = calls.next();
            opening_due = now + options.spacing.as_micros() as Micros;
            engine.open(planned, &mut each)?;
        }
        if next.is_none() && engine.up == 0 {
            return Ok(engine.report);
        }
    }
}

struct Engine<'a> {
    options: &'a Options,
    start: Instant,
    poll: Poll,
    calls: Vec<Option<Call>>,
    up: usize,
    /// Calls that were read from and may have more.
    hot: Vec<usize>,
    scratch: Vec<u8>,
    noise: Arc<Clip>,
    report: EngineReport,
}

impl<'a> Engine<'a> {
    fn new(options: &'a Options) -> Result<Self, EngineError> {
        Ok(Self {
            options,
            start: Instant::now(),
            poll: Poll::new()?,
            calls: Vec::new(),
            up: 0,
            hot: Vec::new(),
            scratch: vec![0; 64 << 10],
            noise: Arc::new(Clip::new("noise", &noise(options.seed, COMFORT_DBFS, 16_000 * 2), &[])),
            report: EngineReport::default(),
        })
    }

    fn now(&self) -> Micros {
        self.start.elapsed().as_micros() as Micros
    }

    fn open(&mut self, planned: Planned, each: &mut impl FnMut(Trace)) -> Result<(), EngineError> {
        let micros = |d: Duration| d.as_micros() as Micros;
        let o = self.options;
        let mut stream = match TcpStream::connect(o.target.address) {
            Ok(stream) => stream,
            Err(error) => {
                let ended = Ended::Refused(error.to_string());
                each(Trace { name: planned.name, ended, ..Trace::default() });
                return Ok(());
            }
        };
        // Frames are small and must leave at once; where that cannot be set they leave a little later.
        let _ = stream.set_nodelay(true);
        let slot = self.calls.iter().position(Option::is_none).unwrap_or_else(|| {
            self.calls.push(None);
            self.calls.len() - 1
        });
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(slot), Interest::READABLE | Interest::WRITABLE)?;
        let patience = Patience { answer: micros(o.answer), call: micros(o.longest), close: micros(o.close) };
        let parts = (planned.name, planned.actor, self.noise.clone(), planned.echo);
        let call = Call::new(stream, opening::request(&o.target), self.now(), patience, parts);
        self.calls[slot] = Some(call);
        self.up += 1;
        self.report.most_at_once = self.report.most_at_once.max(self.up);
        Ok(())
    }

    fn ready(&mut self, events: &Events) {
        let start = self.start;
        let clock = || start.elapsed().as_micros() as Micros;
        let mut again = std::mem::take(&mut self.hot);
        for event in events {
            let slot = event.token().0;
            if event.is_writable()
                && let Some(Some(call)) = self.calls.get_mut(slot)
            {
                call.flush(clock());
            }
            if (event.is_readable() || event.is_read_closed() || event.is_error()) && !again.contains(&slot) {
                again.push(slot);
            }
        }
        for slot in again {
            if let Some(Some(call)) = self.calls.get_mut(slot)
                && call.read(&mut self.scratch, clock)
            {
                self.hot.push(slot);
            }
        }
    }

    fn due(&mut self) {
        let now = self.now();
        for call in self.calls.iter_mut().flatten() {
            if call.due <= now && !call.is_over() {
                let late = call.tick(now);
                self.report.frames += 1;
                self.report.late += u64::from(late > LATE);
                self.report.latest_ms = self.report.latest_ms.max(late as f64 / 1_000.0);
            }
            call.look_at_the_time(now);
        }
    }

    fn reap(&mut self, each: &mut impl FnMut(Trace)) {
        for slot in &mut self.calls {
            if let Some(mut call) = slot.take_if(|call| call.is_over()) {
                self.up -= 1;
                // A socket that is gone already needs no farewell.
                let _ = self.poll.registry().deregister(&mut call.stream);
                each(call.trace);
            }
        }
    }

    fn hang_up(&mut self) {
        let now = self.now();
        for call in self.calls.iter_mut().flatten() {
            call.hang_up(now);
        }
    }
}
