//! What waits for a client, and what happens when it does not read?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Sink, SinkExt};
use metrics::{Counter, Gauge};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message as Frame, Utf8Bytes};
use tom_kernel::Near;
use tom_wire::{CloseCode, Dialect, Message, encode_server};

use crate::config::Limits;
use crate::metrics::{Metrics, registry as m};

/// Frames of audio that are counted together, a second's worth.
const SENT_AT_ONCE: u64 = 50;

/// Something to send.
#[derive(Debug)]
pub(crate) enum Item {
    /// A message of the browser protocol; numbered when it is sent, so that dropped audio leaves no gap.
    Message(Box<Message>, Dialect),
    Text(Utf8Bytes),
    /// Made by the [press](super::press), so that audio needs no buffer of its own.
    Binary(Bytes),
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
    /// The socket has taken something and may not have written it.
    unflushed: bool,
    /// Since when the socket takes nothing.
    blocked_since: Option<Instant>,
    /// The frames of audio that the gauge of the queue's depth knows of.
    shown: usize,
    /// Frames that were sent and are not counted yet.
    sent: u64,
    seq: u64,
}

struct Shared {
    state: Mutex<State>,
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

/// The way to one client: a bounded queue that the connection's own task fills and [writes](Self::poll_write), so
/// that nobody has to be woken for a frame. Audio drops the oldest and counts; a client that leaves too many other
/// messages waiting is [`stuck`](Self::stuck).
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
        Self(Arc::new(Shared { state: Mutex::default(), limits, meter }))
    }

    pub(crate) fn near(&self) -> Near {
        Near::of(&*self.0)
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
                }
            } else {
                state.full = false;
            }
            state.items.push_back((item, true));
            state.audio += 1;
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
        self.with(State::drop_audio);
    }

    /// Sends what waits, audio apart, then closes.
    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.with(|state| {
            if state.closing {
                return;
            }
            state.closing = true;
            state.drop_audio();
            state.items.push_back((Item::Close(code, reason), false));
            state.events += 1;
        });
    }

    /// Forgets everything that waits: the client is too slow to be told all of it.
    pub(crate) fn forget(&self) {
        self.with(|state| {
            state.forget();
        });
    }

    /// Whether the client reads too slowly to go on.
    pub(crate) fn stuck(&self, now: Instant, patience: Duration) -> bool {
        self.with(|state| {
            state.overflow || state.blocked_since.is_some_and(|since| now.duration_since(since) > patience)
        })
    }

    /// Writes what is queued as far as the socket takes it. When it takes no more, the task is woken as soon as it
    /// does. `false`: the socket broke, or is closed, and takes nothing ever again.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, sink: &mut (impl Sink<Frame> + Unpin)) -> bool {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.write(&mut state, cx, sink);
        if !open {
            state.forget();
            state.closing = true;
        }
        // Counters are shared by all calls: told a second's worth at once, they are not fought over.
        if state.sent >= SENT_AT_ONCE || !open {
            self.0.meter.sent.increment(std::mem::take(&mut state.sent));
        }
        if state.shown != state.audio {
            self.0.meter.depth.increment(state.audio as f64 - state.shown as f64);
            state.shown = state.audio;
        }
        open
    }

    fn write(&self, state: &mut State, cx: &mut Context<'_>, sink: &mut (impl Sink<Frame> + Unpin)) -> bool {
        loop {
            let ready = if state.items.is_empty() {
                if !state.unflushed {
                    return true;
                }
                sink.poll_flush_unpin(cx)
            } else {
                sink.poll_ready_unpin(cx)
            };
            match ready {
                Poll::Pending => {
                    state.blocked_since.get_or_insert_with(Instant::now);
                    return true;
                }
                Poll::Ready(Err(_)) => return false,
                Poll::Ready(Ok(())) => state.blocked_since = None,
            }
            let Some((item, audio)) = state.items.pop_front() else {
                state.unflushed = false;
                return true;
            };
            if audio {
                state.audio -= 1;
            } else {
                state.events -= 1;
            }
            if sink.start_send_unpin(state.frame(item)).is_err() {
                return false;
            }
            state.unflushed = true;
            state.sent += u64::from(audio);
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn frame(&mut self, item: Item) -> Frame {
        match item {
            Item::Message(mut message, dialect) => {
                message.seq = self.seq;
                self.seq += 1;
                Frame::text(encode_server(&message, dialect))
            }
            Item::Text(text) => Frame::Text(text),
            Item::Binary(bytes) => Frame::Binary(bytes),
            Item::Ping => Frame::Ping(Bytes::new()),
            Item::Close(code, reason) => {
                Frame::Close(Some(CloseFrame { code: code.code().into(), reason: reason.into() }))
            }
        }
    }

    fn drop_audio(&mut self) {
        self.items.retain(|(_, audio)| !audio);
        self.audio = 0;
    }

    fn forget(&mut self) {
        self.items.clear();
        self.audio = 0;
        self.events = 0;
        self.overflow = false;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.meter.depth.decrement(state.shown as f64);
        self.meter.sent.increment(state.sent);
    }
}
