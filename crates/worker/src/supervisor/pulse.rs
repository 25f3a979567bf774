//! Whether a worker lives.
//!
//! It is asked now and then, and anything it says is a sign of life. Time in which nobody could have heard it, because
//! the whole machine stood still, does not count against it.

use std::time::{Duration, Instant};

use super::options::SupervisorOptions;

/// Who looks less often than this was held up.
const STALL: Duration = Duration::from_secs(1);

/// The signs of life of one worker.
#[derive(Debug)]
pub(crate) struct Pulse {
    every: Duration,
    patience: Duration,
    /// Since when an answer is waited for.
    since: Option<Instant>,
    /// Whether the question fitted the worker's queue. A queue that stays full is no sign of life either.
    sent: bool,
    next: Instant,
    looked: Instant,
}

impl Pulse {
    pub(crate) fn new(options: &SupervisorOptions, now: Instant) -> Self {
        Self {
            every: options.ping_every,
            patience: options.hung_after,
            since: None,
            sent: false,
            next: now + options.ping_every,
            looked: now,
        }
    }

    /// The worker said something; an answer to a question, perhaps.
    pub(crate) fn heard(&mut self, now: Instant, answer: bool) {
        self.since = if answer { None } else { self.since.map(|_| now) };
    }

    /// Whether the worker has been silent for too long.
    pub(crate) fn is_lost(&mut self, now: Instant) -> bool {
        let stall = now.duration_since(self.looked);
        self.looked = now;
        if let Some(since) = self.since.as_mut().filter(|_| stall > STALL) {
            *since = (*since + stall).min(now);
        }
        self.since.is_some_and(|since| now.duration_since(since) > self.patience)
    }

    /// Whether it is to be asked now.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        self.next = now + self.every;
        if self.since.is_none() {
            self.since = Some(now);
            self.sent = false;
        }
        !self.sent
    }

    /// It was asked, if there was room.
    pub(crate) fn asked(&mut self, sent: bool) {
        self.sent = sent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse() -> (Pulse, Instant) {
        let mut options = SupervisorOptions::new("x", "x");
        options.ping_every = Duration::from_secs(1);
        options.hung_after = Duration::from_secs(5);
        let now = Instant::now();
        (Pulse::new(&options, now), now)
    }

    /// Looks every 100 ms from one time to another; says when the worker was given up, and asks as it is due.
    fn look(pulse: &mut Pulse, start: Instant, from: u64, to: u64, room: bool) -> Option<u64> {
        (from..to).step_by(100).find(|ms| {
            let now = start + Duration::from_millis(*ms);
            let lost = pulse.is_lost(now);
            if pulse.is_due(now) {
                pulse.asked(room);
            }
            lost
        })
    }

    #[test]
    fn silence_after_a_question_is_death() {
        let (mut pulse, start) = pulse();
        assert_eq!(look(&mut pulse, start, 0, 20_000, true), Some(6_100));
    }

    #[test]
    fn a_queue_that_stays_full_is_death_too_but_one_that_was_full_is_not() {
        let (mut dead, start) = pulse();
        assert_eq!(look(&mut dead, start, 0, 20_000, false), Some(6_100));
        let (mut slow, start) = pulse();
        assert_eq!(look(&mut slow, start, 0, 4_000, false), None);
        // There is room again, so the question is put at last and answered.
        assert_eq!(look(&mut slow, start, 4_000, 5_500, true), None);
        slow.heard(start + Duration::from_millis(5_500), true);
        assert_eq!(look(&mut slow, start, 5_500, 10_000, true), None);
    }

    #[test]
    fn whatever_it_says_is_a_sign_of_life() {
        let (mut pulse, start) = pulse();
        for second in 0..30 {
            assert_eq!(look(&mut pulse, start, second * 1000, (second + 1) * 1000, true), None);
            pulse.heard(start + Duration::from_secs(second + 1), false);
        }
        assert_eq!(look(&mut pulse, start, 30_000, 60_000, true), Some(35_100));
    }

    #[test]
    fn a_machine_that_stood_still_proves_nothing() {
        let (mut pulse, start) = pulse();
        assert_eq!(look(&mut pulse, start, 0, 2_000, true), None);
        assert_eq!(look(&mut pulse, start, 60_000, 63_000, true), None);
        pulse.heard(start + Duration::from_secs(63), true);
        assert_eq!(look(&mut pulse, start, 63_000, 68_000, true), None);
    }
}
