//! Which questions may be put to the judge, so that it answers in time and leaves the machine to the calls?
//!
//! All calls share one worker that computes one answer after the other. What would come too late is refused when it
//! is asked: the caller's text decides then, and nobody waits for anything.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How much the judge may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Questions that may be open at once.
    pub queue: usize,
    /// How long an answer may take.
    pub deadline: Duration,
    /// The share of one core that it may use, over a second: 0.5 is half of it.
    pub share: f64,
}

impl Default for Limits {
    /// Four questions, 250 ms, half a core.
    fn default() -> Self {
        Self { queue: 4, deadline: Duration::from_millis(250), share: 0.5 }
    }
}

/// Why a question was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many as may be are open.
    Queue,
    /// It could not be answered before its deadline.
    Deadline,
    /// The judge has used its share of the machine.
    Share,
}

/// What became of the questions so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were asked, those that were refused included.
    pub asked: u64,
    /// Answered in time.
    pub answered: u64,
    /// Answered, or given up by the worker, after the deadline.
    pub late: u64,
    /// Not answered for another reason.
    pub failed: u64,
    /// Nobody wanted the answer any more: the call had ended.
    pub abandoned: u64,
    /// Refused because too many were open.
    pub refused_queue: u64,
    /// Refused because the answer would have been late.
    pub refused_deadline: u64,
    /// Refused because the judge had used its share.
    pub refused_share: u64,
}

/// The time over which the share is measured.
const SECOND: Duration = Duration::from_secs(1);

/// An open question.
#[derive(Debug)]
struct Ticket {
    id: u64,
    asked: Instant,
    /// Its answer goes nowhere: the worker is at it a moment longer, and nobody will say when it was done.
    orphan: bool,
}

/// Keeps count of questions.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: Limits,
    open: VecDeque<Ticket>,
    last_id: u64,
    /// When the worker was done last.
    idle_since: Option<Instant>,
    /// How long an answer takes, and how much computing, as seen lately.
    takes: Duration,
    costs: Duration,
    /// What was computed in the last second: when, and how much.
    spent: VecDeque<(Instant, Duration)>,
    /// When it was last tried whether an overloaded worker has become fast again.
    tried: Option<Instant>,
    counts: Counts,
}

impl Gate {
    /// A gate before a judge of which nothing is known yet but how long an answer is likely to take.
    pub(crate) fn new(limits: Limits, takes: Duration) -> Self {
        Self {
            limits,
            open: VecDeque::new(),
            last_id: 0,
            idle_since: None,
            takes,
            costs: takes,
            spent: VecDeque::new(),
            tried: None,
            counts: Counts::default(),
        }
    }

    /// The worker measured itself when it was loaded.
    pub(crate) fn measured(&mut self, takes: Duration) {
        (self.takes, self.costs) = (takes, takes);
    }

    /// Lets a question in, under a number, or refuses it.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<u64, Refusal> {
        self.counts.asked += 1;
        let expired = |ticket: &Ticket| ticket.orphan && now >= ticket.asked + self.limits.deadline;
        self.open.retain(|ticket| !expired(ticket));
        if let Err(refusal) = self.check(now) {
            *match refusal {
                Refusal::Queue => &mut self.counts.refused_queue,
                Refusal::Deadline => &mut self.counts.refused_deadline,
                Refusal::Share => &mut self.counts.refused_share,
            } += 1;
            return Err(refusal);
        }
        self.last_id += 1;
        self.open.push_back(Ticket { id: self.last_id, asked: now, orphan: false });
        Ok(self.last_id)
    }

    fn check(&mut self, now: Instant) -> Result<(), Refusal> {
        let ahead = self.open.len() as u32;
        if self.open.len() >= self.limits.queue {
            return Err(Refusal::Queue);
        }
        while self.spent.front().is_some_and(|(when, _)| now.saturating_duration_since(*when) >= SECOND) {
            self.spent.pop_front();
        }
        let spent = self.used();
        let allowed = SECOND.mul_f64(self.limits.share.clamp(0.0, 64.0));
        // A single answer may be more than the share; then one a second is given.
        if !(spent.is_zero() && ahead == 0) && spent + self.costs * (ahead + 1) > allowed {
            return Err(Refusal::Share);
        }
        if self.takes * (ahead + 1) > self.limits.deadline {
            // Whether a slow worker has become fast again is seen only by asking it.
            let tried = self.tried.is_some_and(|when| now.saturating_duration_since(when) < SECOND);
            if ahead > 0 || tried {
                return Err(Refusal::Deadline);
            }
            self.tried = Some(now);
        }
        Ok(())
    }

    /// A question was answered, with so much computing. Says whether that was in time.
    pub(crate) fn answered(&mut self, id: u64, now: Instant, cost: Duration) -> bool {
        let Some(asked) = self.remove(id) else {
            return false;
        };
        let began = self.idle_since.map_or(asked, |since| since.max(asked));
        self.takes = blend(self.takes, now.saturating_duration_since(began));
        self.costs = blend(self.costs, cost);
        self.idle_since = Some(now);
        self.spent.push_back((now, cost));
        let in_time = now.saturating_duration_since(asked) <= self.limits.deadline;
        *if in_time { &mut self.counts.answered } else { &mut self.counts.late } += 1;
        in_time
    }

    /// A question will not be answered; `late`: because its time was over.
    pub(crate) fn failed(&mut self, id: u64, now: Instant, late: bool) {
        if self.remove(id).is_some() {
            self.idle_since = Some(now);
            *if late { &mut self.counts.late } else { &mut self.counts.failed } += 1;
        }
    }

    /// Nobody waits for the answer any more.
    pub(crate) fn abandon(&mut self, id: u64) {
        if let Some(ticket) = self.open.iter_mut().find(|ticket| ticket.id == id) {
            ticket.orphan = true;
            self.counts.abandoned += 1;
        }
    }

    /// A question was let in but could not be put.
    pub(crate) fn withdraw(&mut self, id: u64) {
        if self.remove(id).is_some() {
            self.counts.failed += 1;
        }
    }

    fn remove(&mut self, id: u64) -> Option<Instant> {
        let place = self.open.iter().position(|ticket| ticket.id == id)?;
        self.open.remove(place).map(|ticket| ticket.asked)
    }

    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }

    pub(crate) const fn takes(&self) -> Duration {
        self.takes
    }

    /// Computing in the second before the last question.
    pub(crate) fn used(&self) -> Duration {
        self.spent.iter().map(|(_, cost)| *cost).sum()
    }
}

/// A moving average that follows within a few answers.
fn blend(old: Duration, new: Duration) -> Duration {
    (old * 3 + new) / 4
}
