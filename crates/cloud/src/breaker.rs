//! When is a failing engine left alone, and when is it tried again?
//!
//! A circuit breaker as a pure state machine; the time is input. It opens after a run of failures, or when
//! many of the last requests failed. Then nothing is asked for a while that grows from opening to opening,
//! after which a single request is let through as a trial: it closes the breaker or opens it again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// When a [`Breaker`] opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerOptions {
    /// So many failures in a row open it.
    pub run: u32,
    /// How many of the last requests count for the share of failures.
    pub window: usize,
    /// Fewer requests than that make no share.
    pub least: usize,
    /// This share of failures opens it, 0 to 1.
    pub share: f32,
    /// How long it stays open the first time; doubled each further time.
    pub wait: Duration,
    /// The longest it stays open.
    pub longest: Duration,
}

impl Default for BreakerOptions {
    /// 5 in a row, or half of at least 10 of the last 20; 2, 4, 8, 16, 30 s.
    fn default() -> Self {
        Self {
            run: 5,
            window: 20,
            least: 10,
            share: 0.5,
            wait: Duration::from_secs(2),
            longest: Duration::from_secs(30),
        }
    }
}

/// Leave to put one request. To be given back by [`Breaker::good`], [`Breaker::bad`] or [`Breaker::void`].
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    /// Outcomes of requests from before a change of state say nothing about the state after it.
    era: u64,
}

/// How a breaker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed {
        /// How many of the last requests failed ...
        failed: usize,
        /// ... of so many.
        of: usize,
    },
    /// Nothing passes for so long.
    Open(Duration),
    /// The time is over: the next request is the trial, or it is under way.
    HalfOpen,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    Open(Instant),
    Trial,
}

/// The state machine.
#[derive(Debug)]
pub struct Breaker {
    options: BreakerOptions,
    state: State,
    era: u64,
    /// True: failed. The last `window` requests of this era.
    recent: VecDeque<bool>,
    run: u32,
    /// Openings since it was last closed by a success.
    openings: u32,
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(options: BreakerOptions) -> Self {
        Self { options, state: State::Closed, era: 0, recent: VecDeque::new(), run: 0, openings: 0 }
    }

    /// Asks for leave to put a request.
    ///
    /// # Errors
    /// How long to wait before asking again makes sense; nothing, while a trial is under way.
    pub fn admit(&mut self, now: Instant) -> Result<Permit, Duration> {
        match self.state {
            State::Closed => Ok(Permit { era: self.era }),
            State::Open(until) if now < until => Err(until - now),
            State::Open(_) => {
                self.state = State::Trial;
                self.era += 1;
                Ok(Permit { era: self.era })
            }
            State::Trial => Err(Duration::ZERO),
        }
    }

    /// Whether [`admit`](Self::admit) would refuse.
    #[must_use]
    pub fn refuses(&self, now: Instant) -> Option<Duration> {
        match self.state {
            State::Open(until) if now < until => Some(until - now),
            State::Trial => Some(Duration::ZERO),
            State::Open(_) | State::Closed => None,
        }
    }

    /// The request did well.
    pub fn good(&mut self, permit: Permit) {
        if permit.era != self.era {
            return;
        }
        match self.state {
            State::Closed => self.note(false),
            State::Trial => {
                self.state = State::Closed;
                self.era += 1;
                self.openings = 0;
                self.recent.clear();
                self.run = 0;
            }
            State::Open(_) => {}
        }
    }

    /// The request failed through the engine's fault.
    pub fn bad(&mut self, permit: Permit, now: Instant) {
        if permit.era != self.era {
            return;
        }
        match self.state {
            State::Closed => {
                self.note(true);
                let failed = self.failed();
                let share = failed as f32 >= self.options.share * self.recent.len() as f32;
                if self.run >= self.options.run || (self.recent.len() >= self.options.least && share) {
                    self.open(now);
                }
            }
            State::Trial => self.open(now),
            State::Open(_) => {}
        }
    }

    /// The request says nothing about the engine: nobody waited for its end, or it made no sense.
    pub fn void(&mut self, permit: Permit, now: Instant) {
        if permit.era == self.era && matches!(self.state, State::Trial) {
            self.state = State::Open(now);
        }
    }

    /// How it is.
    #[must_use]
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.state {
            State::Closed => BreakerState::Closed { failed: self.failed(), of: self.recent.len() },
            State::Open(until) if now < until => BreakerState::Open(until - now),
            State::Open(_) | State::Trial => BreakerState::HalfOpen,
        }
    }

    fn failed(&self) -> usize {
        self.recent.iter().filter(|failed| **failed).count()
    }

    fn note(&mut self, failed: bool) {
        self.run = if failed { self.run.saturating_add(1) } else { 0 };
        self.recent.push_back(failed);
        while self.recent.len() > self.options.window {
            self.recent.pop_front();
        }
    }

    fn open(&mut self, now: Instant) {
        let doubled = self.options.wait.saturating_mul(1 << self.openings.min(16));
        self.openings = self.openings.saturating_add(1);
        self.state = State::Open(now + doubled.min(self.options.longest));
        self.era += 1;
        self.recent.clear();
        self.run = 0;
    }
}
