//! What of a worker's events reaches a call, and when is a reply given up?
//!
//! A reply that a worker was writing when it died is put to the next one by the supervisor and told from its
//! beginning, by which it is known: each piece says what comes before it. What was told before cannot be taken back, and
//! another reply would differ: the reply is lost then. Where nothing was told yet, the call only waits longer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tom_base::Epoch;
use tom_engine::{EngineError, ErrorKind, LlmEvent, ToolCall};
use tom_worker::{Event, Sink};

use super::ask::Piece;
use super::tally::Sum;
use crate::workers::{engine_error, pass};

/// How long a reply may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    /// To its first word.
    pub(super) first: Duration,
    /// From one piece to the next.
    pub(super) gap: Duration,
}

/// A reply under way.
#[derive(Debug)]
struct Reply {
    epoch: Epoch,
    /// Bytes of text that were told.
    told: usize,
    /// Calls that were told.
    calls: usize,
    /// When it is given up.
    until: Instant,
}

/// What a call's stream and its sink share.
#[derive(Clone, Debug)]
pub(super) struct Line {
    events: mpsc::Sender<LlmEvent>,
    reply: Arc<Mutex<Option<Reply>>>,
    patience: Patience,
    tokens: Arc<Sum>,
}

/// How a reply stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is written.
    Written(Duration),
    /// It is over, or another was asked for.
    Over,
    /// It was given up just now.
    Lost,
}

impl Line {
    /// `tokens`: where the cost of replies is added up.
    pub(super) fn new(events: mpsc::Sender<LlmEvent>, patience: Patience, tokens: Arc<Sum>) -> Self {
        Self { events, reply: Arc::default(), patience, tokens }
    }

    fn reply(&self) -> std::sync::MutexGuard<'_, Option<Reply>> {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a reply is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.reply().is_some()
    }

    /// A reply was asked for.
    pub(super) fn begin(&self, epoch: Epoch) {
        let until = Instant::now() + self.patience.first;
        *self.reply() = Some(Reply { epoch, told: 0, calls: 0, until });
    }

    /// Nobody wants it any more.
    pub(super) fn forget(&self) {
        *self.reply() = None;
    }

    /// Passes a worker's events on as a language model's.
    pub(super) fn sink(&self) -> Sink {
        let line = self.clone();
        Box::new(move |event| pass(&line.events, event, |event| line.translate(event)))
    }

    /// A worker's event as a language model's; none: it is of no interest.
    fn translate(&self, event: Event) -> Option<LlmEvent> {
        let mut slot = self.reply();
        let of = match &event {
            Event::Partial { job, .. } | Event::Final { job, .. } | Event::Error { job, .. } => job.epoch,
            _ => return None,
        };
        let reply = slot.as_mut().filter(|reply| reply.epoch == of)?;
        let epoch = reply.epoch;
        let event = match event {
            Event::Partial { text, .. } => match serde_json::from_str(&text) {
                Ok(Piece::Text { at, text }) if at == reply.told => {
                    reply.told += text.len();
                    reply.until = Instant::now() + self.patience.gap;
                    return Some(LlmEvent::Text { epoch, text: text.into() });
                }
                Ok(Piece::Call { id, name, arguments }) if id == format!("call_{}", reply.calls) => {
                    reply.calls += 1;
                    reply.until = Instant::now() + self.patience.gap;
                    let call = ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() };
                    return Some(LlmEvent::Call { epoch, call });
                }
                Ok(_) => LlmEvent::Failed { epoch, error: died() },
                Err(_) => {
                    let what = "the worker of the language model tells what cannot be read: build it again with \
                                cargo xtask run --llama";
                    LlmEvent::Failed { epoch, error: EngineError::new(ErrorKind::Protocol, what) }
                }
            },
            Event::Final { text, .. } => {
                self.tokens.add(&text);
                LlmEvent::Done { epoch }
            }
            Event::Error { fault, .. } => LlmEvent::Failed { epoch, error: engine_error(fault) },
            _ => return None,
        };
        *slot = None;
        Some(event)
    }

    /// Looks whether a reply has to be given up. `up`: whether a worker is there.
    pub(super) fn watch(&self, epoch: Epoch, up: bool) -> Standing {
        let mut slot = self.reply();
        let Some(reply) = slot.as_ref().filter(|reply| reply.epoch == epoch) else { return Standing::Over };
        let begun = reply.told > 0 || reply.calls > 0;
        let left = reply.until.saturating_duration_since(Instant::now());
        let error = if begun && !up {
            died()
        } else if left.is_zero() {
            let what = if begun { "stopped amid its reply" } else { "gave no word in time" };
            EngineError::new(
                ErrorKind::Timeout,
                format!("the language model {what}: take a smaller one, or fewer calls"),
            )
        } else {
            return Standing::Written(left);
        };
        let Ok(room) = self.events.try_reserve() else { return Standing::Written(left) };
        room.send(LlmEvent::Failed { epoch, error });
        *slot = None;
        Standing::Lost
    }
}

fn died() -> EngineError {
    EngineError::new(ErrorKind::Crashed, "the worker of the language model died amid its reply")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tom_worker::{Fault, FaultKind, Job};

    fn line() -> (Line, mpsc::Receiver<LlmEvent>) {
        let (tx, rx) = mpsc::channel(8);
        let patience = Patience { first: Duration::from_secs(8), gap: Duration::from_secs(5) };
        (Line::new(tx, patience, Arc::default()), rx)
    }

    fn job(turn: u32) -> Job {
        Job { serial: 1, epoch: Epoch::new(turn, 0), clause: 0 }
    }

    fn text(turn: u32, at: usize, text: &str) -> Event {
        let text = serde_json::json!({ "text": { "at": at, "text": text } }).to_string();
        Event::Partial { job: job(turn), text }
    }

    fn told(rx: &mut mpsc::Receiver<LlmEvent>) -> String {
        let mut all = String::new();
        while let Ok(event) = rx.try_recv() {
            all += &match event {
                LlmEvent::Text { text, .. } => text.to_string(),
                LlmEvent::Call { call, .. } => format!("[{}]", call.name),
                LlmEvent::Done { .. } => "|".into(),
                LlmEvent::Failed { error, .. } => format!("!{}", error.kind.as_str()),
            };
        }
        all
    }

    #[tokio::test]
    async fn pieces_pass_and_the_last_event_ends_the_reply() {
        let (line, mut rx) = line();
        let sink = line.sink();
        line.begin(Epoch::new(1, 0));
        for event in [text(1, 0, "Hi "), text(1, 3, "you"), text(2, 0, "stale")] {
            sink(event).unwrap();
        }
        let call = r#"{"call":{"id":"call_0","name":"end","arguments":"{}"}}"#;
        sink(Event::Partial { job: job(1), text: call.into() }).unwrap();
        sink(Event::Final { job: job(1), text: String::new(), confidence: 1.0 }).unwrap();
        sink(text(1, 6, "late")).unwrap();
        assert_eq!(told(&mut rx), "Hi you[end]|");
        assert_eq!(line.watch(Epoch::new(1, 0), true), Standing::Over);
    }

    #[tokio::test]
    async fn a_reply_that_is_told_again_is_lost_and_one_that_was_not_begun_is_told() {
        let (line, mut rx) = line();
        let sink = line.sink();
        line.begin(Epoch::new(1, 0));
        sink(text(1, 0, "We open at")).unwrap();
        sink(text(1, 0, "Our shop")).unwrap();
        sink(text(1, 8, " opens")).unwrap();
        assert_eq!(told(&mut rx), "We open at!crashed");
        // A worker that was asleep, or died before its first word.
        line.begin(Epoch::new(2, 0));
        assert!(matches!(line.watch(Epoch::new(2, 0), false), Standing::Written(_)));
        sink(text(2, 0, "Now")).unwrap();
        assert!(matches!(line.watch(Epoch::new(2, 0), true), Standing::Written(_)));
        assert_eq!(line.watch(Epoch::new(2, 0), false), Standing::Lost);
        sink(text(2, 3, " not")).unwrap();
        assert_eq!(told(&mut rx), "Now!crashed");
        // A function is not called twice.
        line.begin(Epoch::new(3, 0));
        let call = r#"{"call":{"id":"call_0","name":"end","arguments":"{}"}}"#;
        for _ in 0..2 {
            sink(Event::Partial { job: job(3), text: call.into() }).unwrap();
        }
        assert_eq!(told(&mut rx), "[end]!crashed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_that_does_not_come_is_given_up() {
        let (line, mut rx) = line();
        line.begin(Epoch::new(1, 0));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert!(matches!(line.watch(Epoch::new(1, 0), true), Standing::Written(_)));
        line.sink()(text(1, 0, "a")).unwrap();
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(matches!(line.watch(Epoch::new(1, 0), true), Standing::Written(_)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(line.watch(Epoch::new(1, 0), true), Standing::Lost);
        assert_eq!(told(&mut rx), "a!timeout");
        line.begin(Epoch::new(2, 0));
        let fault = Fault::new(FaultKind::BadRequest, "no");
        line.sink()(Event::Error { job: job(2), fault }).unwrap();
        assert_eq!(told(&mut rx), "!bad_request");
    }
}
