//! When does the task of a call look at the time? Every 20 ms, and best when the caller's frame wakes it anyway.
//!
//! A call that is woken for each frame it gets and once more for each it sends touches all its memory twice in 20 ms,
//! and a thousand of them do not fit the processor's caches. So its ticks lie just behind the frames that come, and one
//! that is due in a moment is not waited for when a frame comes. Where frames are late the ticks are not.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Between two ticks; after one that was late it may be less.
const PERIOD: Duration = Duration::from_millis(20);
const LEAST: Duration = Duration::from_millis(1);
/// A tick lies so far behind the frame that should wake the task for it ...
const BEHIND: Duration = Duration::from_micros(1_500);
/// ... and is not waited for if it is due so soon.
pub(crate) const SOON: Duration = Duration::from_millis(3);
/// The frame that wakes the task for a tick had better come so long before it: nearer to either end some come after
/// the tick, or too early for it.
const WELL: Range<Duration> = Duration::from_micros(500)..Duration::from_micros(2_500);
/// So many more frames that come at other times than well before a tick and the ticks are moved.
const APART: u32 = 50;
/// Audio that has not come for so long tells nothing of when it will.
const LATELY: Duration = Duration::from_millis(100);

pub(crate) struct Pulse {
    timer: Pin<Box<Sleep>>,
    next: Instant,
    /// The timer was polled since it was set.
    armed: bool,
    heard: Option<Instant>,
    /// How many more frames came at other times than well before a tick.
    apart: u32,
}

impl Pulse {
    /// The first tick is at once.
    pub(crate) fn new(now: Instant) -> Self {
        Self { timer: Box::pin(sleep_until(now)), next: now, armed: false, heard: None, apart: 0 }
    }

    /// Whether it is time for a tick. Always to be polled by the same task.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // The timer wakes that task: until then the clock tells enough, and is nearer at hand.
        if self.armed && Instant::now() < self.next {
            return Poll::Pending;
        }
        self.armed = true;
        ready!(self.timer.as_mut().poll(cx));
        self.ticked(Instant::now());
        Poll::Ready(())
    }

    /// A frame has come, together with a tick or not. Returns whether it is time for one: what is due soon is now.
    pub(crate) fn heard(&mut self, now: Instant, ticks: bool) -> bool {
        self.heard = Some(now);
        let early = self.next.saturating_duration_since(now);
        self.apart =
            if WELL.contains(&early) { self.apart.saturating_sub(1) } else { self.apart.saturating_add(1) };
        if early > SOON {
            return ticks;
        }
        self.ticked(now);
        true
    }

    /// Whether frames do not come well before ticks: the other clock runs faster or slower, or the ticks began before the
    /// frames.
    pub(crate) fn apart(&self) -> bool {
        self.apart >= APART
    }

    /// Moves the ticks behind the frames that come, if that is possible: from `due`, where one is to be, by so much.
    /// Returns where the next one is.
    pub(crate) fn align(&mut self, now: Instant, due: Instant, later: Range<Duration>) -> Option<Instant> {
        self.apart = 0;
        let heard = self.heard.filter(|heard| now.duration_since(*heard) < LATELY)?;
        let near = next_of(heard + BEHIND, (due + later.start).max(now));
        (near < due + later.end).then(|| self.set(near))
    }

    /// The next tick is then.
    pub(crate) fn set(&mut self, next: Instant) -> Instant {
        self.next = next;
        self.armed = false;
        self.timer.as_mut().reset(next);
        next
    }

    /// Ticks that were missed are not made good: each looks at all that is due.
    fn ticked(&mut self, now: Instant) {
        self.set(next_of(self.next + PERIOD, now + LEAST));
    }
}

/// The first of `grid` and every 20 ms from then on that is not before `from`.
fn next_of(grid: Instant, from: Instant) -> Instant {
    let behind = from.saturating_duration_since(grid);
    let periods = behind.as_nanos().div_ceil(PERIOD.as_nanos());
    grid + PERIOD * u32::try_from(periods).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[tokio::test(start_paused = true)]
    async fn it_ticks_every_20_ms_and_makes_nothing_good() {
        let began = Instant::now();
        let mut pulse = Pulse::new(began);
        let mut at = Vec::new();
        for _ in 0..3 {
            poll_fn(|cx| pulse.poll(cx)).await;
            at.push(began.elapsed());
        }
        assert_eq!(at, [ms(0), ms(20), ms(40)]);
        tokio::time::advance(ms(50)).await;
        poll_fn(|cx| pulse.poll(cx)).await;
        poll_fn(|cx| pulse.poll(cx)).await;
        assert_eq!(began.elapsed(), ms(100), "60 was late, 80 is left out, the grid stays");
    }

    #[tokio::test(start_paused = true)]
    async fn a_tick_that_is_due_soon_is_not_waited_for() {
        let began = Instant::now();
        let mut pulse = Pulse::new(began);
        poll_fn(|cx| pulse.poll(cx)).await;
        tokio::time::advance(ms(10)).await;
        assert!(!pulse.heard(Instant::now(), false));
        tokio::time::advance(ms(8)).await;
        assert!(pulse.heard(Instant::now(), false), "2 ms before its time");
        poll_fn(|cx| pulse.poll(cx)).await;
        assert_eq!(began.elapsed(), ms(40));
    }

    #[tokio::test(start_paused = true)]
    async fn ticks_move_behind_the_frames_that_come_as_far_as_they_may() {
        let began = Instant::now();
        let mut pulse = Pulse::new(began);
        pulse.heard(began + ms(5), false);
        let due = began + ms(28);
        let align = |pulse: &mut Pulse, may| pulse.align(began + ms(9), due, may).map(|next| next - began);
        let behind = Duration::from_micros(46_500);
        assert_eq!(align(&mut pulse, NONE..ms(20)), Some(behind), "5 and 40 and 1.5");
        assert_eq!(align(&mut pulse, ms(19)..ms(39)), Some(behind + ms(20)));
        assert_eq!(align(&mut pulse, NONE..NONE), None, "not at all");
        assert_eq!(pulse.align(began + ms(200), began + ms(228), NONE..ms(20)), None, "too long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn frames_that_do_not_come_well_before_ticks_are_told() {
        for early in [ms(10), Duration::from_micros(2_900), Duration::from_micros(100)] {
            let mut pulse = Pulse::new(Instant::now());
            poll_fn(|cx| pulse.poll(cx)).await;
            for n in 0..APART {
                assert!(!pulse.apart(), "{early:?}: {n}");
                tokio::time::advance(pulse.next - early - Instant::now()).await;
                let soon = pulse.heard(Instant::now(), false);
                assert_eq!(soon, early < SOON);
                if !soon {
                    poll_fn(|cx| pulse.poll(cx)).await;
                }
            }
            assert!(pulse.apart(), "{early:?}");
            tokio::time::advance(pulse.next - BEHIND - Instant::now()).await;
            assert!(pulse.heard(Instant::now(), false) && !pulse.apart(), "once as it should be");
        }
    }
}
