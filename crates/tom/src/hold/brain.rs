//! What is a caller told who holds the line, and when does the dialogue begin?
//!
//! While there is no room each reply stays open: it begins with a request to hold the line, which is said again every some
//! seconds, so that nobody takes the line for dead. Once there is room the dialogue's own opening goes on with it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tom_base::{Epoch, Lang};
use tom_call::{Answer, Brain, BrainError, BrainEvent, Hearing, Reply, Request};
use tom_engine::Grammar;
use tom_flow::phrases::{self, Phrase};
use tom_turn::{Cause, Then};

use super::lobby::Ticket;

/// From one request to hold the line to the next. The turn core takes a reply for dead that says nothing for 10 s.
const AGAIN: Duration = Duration::from_secs(8);
/// How often it is looked whether there is room.
const LOOK: Duration = Duration::from_millis(100);

/// A dialogue that begins when there is room for it.
pub(super) struct HoldBrain {
    inner: Box<dyn Brain>,
    /// Its place, as long as the call lasts.
    ticket: Arc<Ticket>,
    lang: Lang,
    state: State,
    patience: Duration,
}

enum State {
    /// The dialogue goes on by itself.
    In,
    Waiting(Box<Wait>),
    /// It waited for too long.
    Refused,
}

struct Wait {
    ticks: Interval,
    since: Instant,
    /// When to ask to hold the line, and how often that was done.
    next: Instant,
    said: usize,
    /// The reply that is open, and whether it is wanted for certain.
    asked: Option<(Epoch, bool)>,
}

impl HoldBrain {
    pub(super) fn new(inner: Box<dyn Brain>, ticket: Arc<Ticket>, lang: Lang, patience: Duration) -> Self {
        let state = if ticket.is_in() { State::In } else { State::Waiting(Box::new(Wait::new())) };
        Self { inner, ticket, lang, state, patience }
    }

    /// Nobody has room for long: goodbye.
    fn busy(&self) -> Reply {
        let text = vec![phrases::get(self.lang, Phrase::Busy).to_owned()];
        Reply { text, then: Then::HangUp, grammar: None, actions: Vec::new() }
    }
}

impl Wait {
    fn new() -> Self {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let now = Instant::now();
        Self { ticks, since: now, next: now, said: 0, asked: None }
    }
}

impl Brain for HoldBrain {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        match &mut self.state {
            State::In => self.inner.reply(request),
            State::Refused => Ok(self.busy().into()),
            // The call ends, whatever the caller waits for.
            State::Waiting(_) if matches!(request.cause, Cause::Goodbye(_)) => self.inner.reply(request),
            State::Waiting(wait) => {
                wait.asked = Some((request.epoch, request.committed));
                wait.next = Instant::now();
                Ok(Answer::Later)
            }
        }
    }

    fn hears(&mut self, hearing: Hearing<'_>) {
        if matches!(self.state, State::In) {
            self.inner.hears(hearing);
        }
    }

    fn commit(&mut self, epoch: Epoch) {
        match &mut self.state {
            State::Waiting(wait) => {
                if let Some((asked, committed)) = &mut wait.asked {
                    *committed |= *asked == epoch;
                }
            }
            _ => self.inner.commit(epoch),
        }
    }

    fn cancel(&mut self, epoch: Epoch) {
        if let State::Waiting(wait) = &mut self.state {
            wait.asked = wait.asked.filter(|(asked, _)| *asked != epoch);
        }
        self.inner.cancel(epoch);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BrainEvent> {
        loop {
            let State::Waiting(wait) = &mut self.state else { return self.inner.poll(cx) };
            if let Some((epoch, committed)) = wait.asked {
                if self.ticket.goes_in() {
                    tracing::info!(waited = ?wait.since.elapsed(), "there is room: the caller need not hold the line any more");
                    self.state = State::In;
                    let opening = Request { epoch, cause: &Cause::Opening, history: &[], committed };
                    match self.inner.reply(opening) {
                        Ok(Answer::Now(rest)) => return Poll::Ready(BrainEvent::End { epoch, rest }),
                        Ok(Answer::Later) => continue,
                        Err(error) => return Poll::Ready(BrainEvent::Failed { epoch, error }),
                    }
                }
                if wait.since.elapsed() >= self.patience {
                    self.ticket.gives_up();
                    self.state = State::Refused;
                    return Poll::Ready(BrainEvent::End { epoch, rest: self.busy() });
                }
                if Instant::now() >= wait.next {
                    wait.next = Instant::now() + AGAIN;
                    let text = phrases::nth(self.lang, Phrase::Hold, wait.said).into();
                    wait.said += 1;
                    return Poll::Ready(BrainEvent::Text { epoch, text });
                }
            }
            if wait.ticks.poll_tick(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn forget(&mut self) -> Option<Grammar> {
        self.inner.forget()
    }
}
