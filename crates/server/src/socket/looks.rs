//! When is a connection looked after, whatever it does?

use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Says now and then that it is time for a look, the first one at once.
pub(crate) struct Looks {
    every: Duration,
    timer: Pin<Box<Sleep>>,
    due: Instant,
    /// The timer was polled since it was set.
    armed: bool,
}

impl Looks {
    pub(crate) fn new(every: Duration) -> Self {
        let due = Instant::now();
        Self { every, timer: Box::pin(sleep_until(due)), due, armed: false }
    }

    /// Whether it is time. Always to be polled by the same task: the timer wakes that, and until then the clock, which
    /// is nearer at hand, tells enough.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if self.armed && Instant::now() < self.due {
            return false;
        }
        self.armed = self.timer.as_mut().poll(cx).is_pending();
        if !self.armed {
            self.due = Instant::now() + self.every;
            self.timer.as_mut().reset(self.due);
        }
        !self.armed
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    async fn look(looks: &mut Looks) {
        poll_fn(|cx| if looks.poll(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    #[tokio::test]
    async fn a_look_is_due_at_once_and_then_every_so_often() {
        let mut seldom = Looks::new(Duration::from_secs(3_600));
        look(&mut seldom).await;
        for _ in 0..3 {
            let due = poll_fn(|cx| Poll::Ready(seldom.poll(cx))).await;
            assert!(!due, "an hour has not passed");
        }
        let mut often = Looks::new(Duration::from_millis(1));
        for _ in 0..5 {
            look(&mut often).await;
        }
    }
}
