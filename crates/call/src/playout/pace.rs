//! When is the next frame of a reply due?

use std::ops::Range;
use std::time::{Duration, Instant};

use tom_base::Span;

use crate::pulse::SOON;

const FRAME_TIME: Duration = Duration::from_millis(20);
/// Most frames ahead of the far end, 60 ms.
const MOST_LEAD: u32 = 3;

/// Paces frames of 20 ms so that the far end, which plays them in order, is never far behind.
#[derive(Debug)]
pub(super) struct Pace {
    lead: u32,
    /// Frame times by which the far end may seem to have run dry before that is believed.
    grace: u32,
    /// When the running stretch of playing began; none while nothing plays.
    since: Option<Instant>,
    /// Frames sent in the running stretch.
    sent: u32,
    /// By how much they are due later than by the lead alone.
    moved: Duration,
    /// Until when the far end plays what it was sent before the running stretch.
    busy: Option<Instant>,
}

impl Pace {
    pub(super) fn new(lead: Span) -> Self {
        let lead = u32::try_from(lead.as_millis() / 20).unwrap_or(MOST_LEAD).clamp(1, MOST_LEAD);
        // With a lead of one frame each one comes when the one before ends.
        let grace = (MOST_LEAD - lead).min(1);
        Self { lead, grace, since: None, sent: 0, moved: Duration::ZERO, busy: None }
    }

    /// Whether the far end has played all there was: the queue ran dry, or the task was late.
    pub(super) fn ran_dry(&self, wall: Instant) -> bool {
        self.since.is_some_and(|since| passed(since, wall) > frames(self.sent + self.grace))
    }

    /// Whether a frame is due. The first begins a stretch. One that fades out, which nothing follows, need not wait until
    /// the one before it was played.
    pub(super) fn is_due(&mut self, wall: Instant, fades: bool) -> bool {
        let since = *self.since.get_or_insert(self.busy.map_or(wall, |busy| busy.max(wall)));
        let passed = passed(since, wall);
        if fades {
            return frames(self.sent + 1) <= passed + frames(self.lead.max(2));
        }
        // Where there is nothing to give, a tick that comes early with a caller's frame would else send none, and the next
        // one a frame that is almost 20 ms late.
        let early = if self.lead > 1 { Duration::ZERO } else { SOON };
        frames(self.sent + 1) + nanos(self.moved) <= passed + frames(self.lead) + nanos(early)
    }

    /// A frame is sent.
    pub(super) fn sent(&mut self) {
        self.sent += 1;
    }

    /// Whether a stretch runs.
    pub(super) fn runs(&self) -> bool {
        self.since.is_some()
    }

    /// When the running stretch began.
    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// For how long it has.
    pub(super) fn elapsed(&self, wall: Instant) -> Option<Duration> {
        self.since.map(|since| wall.duration_since(since))
    }

    /// When the next frame of the running stretch is due. Whoever looks every 20 ms from then on sends each on time, and
    /// not none now and two then.
    pub(super) fn next(&self) -> Option<Instant> {
        let frames = (self.sent + 1).saturating_sub(self.lead);
        Some(self.since? + FRAME_TIME * frames)
    }

    /// By how much all frames of a stretch may be due later: where there is more than a frame's time to give.
    pub(super) fn slack(&self) -> Range<Duration> {
        if self.lead > 1 { SOON..FRAME_TIME + SOON } else { Duration::ZERO..Duration::ZERO }
    }

    /// The next frame of this stretch is due then, and those after it every 20 ms. Whoever looks [`SOON`] before gets
    /// it, if it is no further ahead than the lead.
    pub(super) fn align(&mut self, next: Instant) {
        if let Some(due) = self.next() {
            self.moved = (next - SOON).saturating_duration_since(due);
        }
    }

    /// The stretch is over. What was sent of it is played still.
    pub(super) fn stop(&mut self) {
        let busy = self.since.map(|since| since + FRAME_TIME * self.sent).or(self.busy);
        self.clear();
        self.busy = busy;
    }

    /// Nothing plays.
    pub(super) fn clear(&mut self) {
        self.since = None;
        self.sent = 0;
        self.moved = Duration::ZERO;
        self.busy = None;
    }
}

/// Nanoseconds: what is worked out for each frame is cheaper in whole numbers.
fn nanos(duration: Duration) -> i64 {
    duration.as_nanos() as i64
}

/// So many frames.
fn frames(count: u32) -> i64 {
    i64::from(count) * nanos(FRAME_TIME)
}

/// From then until now; less than nothing where then is to come.
fn passed(since: Instant, wall: Instant) -> i64 {
    match wall.checked_duration_since(since) {
        Some(passed) => nanos(passed),
        None => -nanos(since.duration_since(wall)),
    }
}
