//! What waits for a client, and what happens when it does not read?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message as Frame};
use futures_util::{Sink, SinkExt};
use metrics::{Counter, Gauge};
use tokio::sync::Notify;
use tom_wire::{CloseCode, Dialect, Message, encode_server};

use crate::config::Limits;
use crate::metrics::{Metrics, registry as m};

/// Something to send.
#[derive(Debug)]
pub(crate) enum Item {
    /// A message of the browser protocol; numbered when it is sent, so that dropped audio leaves no gap.
    Message(Box<Message>, Dialect),
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Close(CloseCode, &'static str),
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<(Item, bool)>,
    audio: usize,
    events: usize,
    /// More events than a client that reads can leave behind.
    overflow: bool,
    /// The audio queue was full at the last frame.
    full: bool,
    closing: bool,
    sending_since: Option<Instant>,
    seq: u64,
}

struct Shared {
    state: Mutex<State>,
    work: Notify,
    limits: Limits,
    meter: Meter,
}

struct Meter {
    sent: Counter,
    dropped: Counter,
    drops: Counter,
    backpressure: Counter,
    depth: Gauge,
}

/// The way to one client: a bounded queue that its writer empties. Audio drops the oldest and counts; a
/// client that leaves too many other messages waiting is [`stuck`](Self::stuck).
#[derive(Clone)]
pub(crate) struct Lane(Arc<Shared>);

impl Lane {
    pub(crate) fn new(limits: Limits, metrics: &Metrics) -> Self {
        let meter = Meter {
            sent: metrics.counter(&m::FRAMES_SENT, &[]),
            dropped: metrics.counter(&m::FRAMES_DROPPED, &[]),
            drops: metrics.counter(&m::BACKPRESSURE_DROPS, &[]),
            backpressure: metrics.counter(&m::BACKPRESSURE, &[]),
            depth: metrics.gauge(&m::QUEUE_DEPTH, &[]),
        };
        Self(Arc::new(Shared { state: Mutex::default(), work: Notify::new(), limits, meter }))
    }

    /// Queues 20 ms of agent audio.
    pub(crate) fn audio(&self, item: Item) {
        let meter = &self.0.meter;
        self.with(|state| {
            if state.closing {
                return;
            }
            if state.audio >= self.0.limits.audio_backlog {
                if !state.full {
                    state.full = true;
                    meter.backpressure.increment(1);
                }
                if let Some(oldest) = state.items.iter().position(|(_, audio)| *audio) {
                    state.items.remove(oldest);
                    state.audio -= 1;
                    meter.dropped.increment(1);
                    meter.drops.increment(1);
                    meter.depth.decrement(1.0);
                }
            } else {
                state.full = false;
            }
            state.items.push_back((item, true));
            state.audio += 1;
            meter.depth.increment(1.0);
        });
    }

    /// Queues anything else.
    pub(crate) fn send(&self, item: Item) {
        self.with(|state| {
            if state.closing {
                return;
            }
            if state.events >= self.0.limits.event_backlog {
                state.overflow = true;
                return;
            }
            state.items.push_back((item, false));
            state.events += 1;
        });
    }

    /// Throws away the audio that was not sent.
    pub(crate) fn clear_audio(&self) {
        self.with(|state| self.drop_audio(state));
    }

    /// Sends what waits, audio apart, then closes.
    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.with(|state| {
            if state.closing {
                return;
            }
            state.closing = true;
            self.drop_audio(state);
            state.items.push_back((Item::Close(code, reason), false));
            state.events += 1;
        });
    }

    /// Forgets everything that waits: the client is too slow to be told all of it.
    pub(crate) fn forget(&self) {
        self.with(|state| {
            self.drop_audio(state);
            state.items.clear();
            state.events = 0;
            state.overflow = false;
        });
    }

    /// Whether the client reads too slowly to go on.
    pub(crate) fn stuck(&self, now: Instant, patience: Duration) -> bool {
        self.with(|state| {
            state.overflow || state.sending_since.is_some_and(|since| now.duration_since(since) > patience)
        })
    }

    /// Sends what is queued until it is closed or the socket breaks.
    pub(crate) async fn write(self, mut sink: impl Sink<Frame> + Unpin) {
        loop {
            let (item, audio) = self.next().await;
            let last = matches!(item, Item::Close(..));
            let frame = self.frame(item);
            if sink.send(frame).await.is_err() {
                break;
            }
            if audio {
                self.0.meter.sent.increment(1);
            }
            self.with(|state| state.sending_since = None);
            if last {
                break;
            }
        }
        self.with(|state| state.closing = true);
    }

    async fn next(&self) -> (Item, bool) {
        loop {
            let next = self.with(|state| {
                let next = state.items.pop_front()?;
                if next.1 {
                    state.audio -= 1;
                    self.0.meter.depth.decrement(1.0);
                } else {
                    state.events -= 1;
                }
                state.sending_since = Some(Instant::now());
                Some(next)
            });
            match next {
                Some(next) => return next,
                None => self.0.work.notified().await,
            }
        }
    }

    fn frame(&self, item: Item) -> Frame {
        match item {
            Item::Message(mut message, dialect) => {
                message.seq = self.with(|state| {
                    state.seq += 1;
                    state.seq - 1
                });
                Frame::text(encode_server(&message, dialect))
            }
            Item::Text(text) => Frame::text(text),
            Item::Binary(bytes) => Frame::binary(bytes),
            Item::Ping => Frame::Ping(Vec::new().into()),
            Item::Close(code, reason) => {
                Frame::Close(Some(CloseFrame { code: code.code(), reason: reason.into() }))
            }
        }
    }

    fn drop_audio(&self, state: &mut State) {
        self.0.meter.depth.decrement(state.audio as f64);
        state.items.retain(|(_, audio)| !audio);
        state.audio = 0;
    }

    /// Works on the queue and wakes the writer.
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut state);
        let waiting = !state.items.is_empty();
        drop(state);
        if waiting {
            self.0.work.notify_one();
        }
        result
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.meter.depth.decrement(state.audio as f64);
    }
}
