//! How fast may a client talk, and how much nonsense?

use std::time::{Duration, Instant};

use crate::config::Limits;

/// How long what follows a breach is dropped.
const PAUSE: Duration = Duration::from_secs(1);
/// Warnings before the end.
const WARNINGS: u32 = 2;
/// After this long without a breach, all is forgiven.
const FORGIVEN: Duration = Duration::from_secs(60);

/// Which limit was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Messages,
    Bytes,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    /// It comes in the pause after a warning.
    Drop,
    /// Drop it and tell the client to wait that long.
    Warn(Limit, Duration),
    /// It was warned twice.
    Close(Limit),
}

/// A bucket that holds one second's worth.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    level: f64,
}

impl Bucket {
    fn new(per_second: u32) -> Self {
        let rate = f64::from(per_second);
        Self { rate, level: rate }
    }

    fn refill(&mut self, passed: Duration) {
        self.level = (self.level + self.rate * passed.as_secs_f64()).min(self.rate);
    }

    fn take(&mut self, amount: f64) -> bool {
        let fits = self.level >= amount;
        if fits {
            self.level -= amount;
        }
        fits
    }
}

#[derive(Debug)]
pub(crate) struct Throttle {
    messages: Bucket,
    bytes: Bucket,
    at: Instant,
    paused_until: Option<Instant>,
    breaches: u32,
    last_breach: Option<Instant>,
    bad: u32,
    bad_limit: u32,
}

impl Throttle {
    pub(crate) fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            messages: Bucket::new(limits.messages_per_second),
            bytes: Bucket::new(limits.bytes_per_second),
            at: now,
            paused_until: None,
            breaches: 0,
            last_breach: None,
            bad: 0,
            bad_limit: limits.bad_messages,
        }
    }

    /// A message of that many bytes came.
    pub(crate) fn message(&mut self, bytes: usize, now: Instant) -> Verdict {
        let passed = now.duration_since(self.at);
        self.at = now;
        self.messages.refill(passed);
        self.bytes.refill(passed);
        if self.paused_until.is_some_and(|until| now < until) {
            return Verdict::Drop;
        }
        let limit = if !self.messages.take(1.0) {
            Limit::Messages
        } else if !self.bytes.take(bytes as f64) {
            Limit::Bytes
        } else {
            return Verdict::Take;
        };
        if self.last_breach.is_some_and(|last| now.duration_since(last) > FORGIVEN) {
            self.breaches = 0;
        }
        self.breaches += 1;
        self.last_breach = Some(now);
        if self.breaches > WARNINGS {
            return Verdict::Close(limit);
        }
        self.paused_until = Some(now + PAUSE);
        Verdict::Warn(limit, PAUSE)
    }

    /// A message made sense.
    pub(crate) fn good(&mut self) {
        self.bad = 0;
    }

    /// A message made no sense. `true`: that was one too many.
    pub(crate) fn bad(&mut self) -> bool {
        self.bad += 1;
        self.bad >= self.bad_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    fn real_time_audio_is_never_too_much() {
        let start = Instant::now();
        let mut throttle = Throttle::new(&Limits::default(), start);
        for n in 0..10_000 {
            // 20 ms of base64 at 48 kHz in JSON.
            assert_eq!(throttle.message(2_700, at(start, n * 20)), Verdict::Take);
        }
    }

    #[test]
    fn two_warnings_then_the_end() {
        let start = Instant::now();
        let mut throttle = Throttle::new(&Limits::default(), start);
        for _ in 0..120 {
            assert_eq!(throttle.message(10, start), Verdict::Take);
        }
        assert_eq!(throttle.message(10, start), Verdict::Warn(Limit::Messages, PAUSE));
        assert_eq!(throttle.message(10, at(start, 999)), Verdict::Drop);
        for _ in 0..120 {
            assert_eq!(throttle.message(10, at(start, 1000)), Verdict::Take, "waiting helps");
        }
        assert_eq!(throttle.message(10, at(start, 1000)), Verdict::Warn(Limit::Messages, PAUSE));
        for _ in 0..4 {
            assert_eq!(throttle.message(60_000, at(start, 2001)), Verdict::Take);
        }
        assert_eq!(throttle.message(60_000, at(start, 2001)), Verdict::Close(Limit::Bytes));
    }

    #[test]
    fn a_breach_a_minute_is_forgiven() {
        let start = Instant::now();
        let mut throttle = Throttle::new(&Limits::default(), start);
        for minute in 0..10 {
            let now = at(start, minute * 61_000);
            while throttle.message(10, now) == Verdict::Take {}
            assert_eq!(throttle.message(10, now), Verdict::Drop, "it was a warning, not the end");
        }
    }

    #[test]
    fn nonsense_counts_only_in_a_row() {
        let mut throttle = Throttle::new(&Limits::default(), Instant::now());
        for _ in 0..3 {
            assert!((0..49).all(|_| !throttle.bad()));
            throttle.good();
        }
        assert!((0..49).all(|_| !throttle.bad()));
        assert!(throttle.bad());
    }
}
