//! How is one call held over one connection, from the first frame to the close?

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Instant;

use metrics::Gauge;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_call::{AudioIn, Bell, Control, Messages, Outbound};
use tom_kernel::{Near, Nearby};
use tom_wire::{ErrorCode, WireError};

use super::end::{End, Lost, count_limit, limit_text, too_large};
use super::lane::{Item, Lane};
use super::line::Line;
use super::looks::Looks;
pub(crate) use super::protocol::{Heard, Protocol, TokenFirst};
use super::throttle::{Limit, Throttle, Verdict};
use crate::app::App;
use crate::metrics::registry as m;

/// The client's side of a socket. One task reads and writes it: whoever waits for the [next](Self::next) frame
/// writes what its [`Lane`] holds meanwhile.
pub(crate) struct Client {
    line: Line,
    /// Rings when there may be something to read, or it is time for a look: most often the task is woken because there is
    /// something to write.
    readable: Bell,
    pub(crate) lane: Lane,
    pub(crate) throttle: Throttle,
    last_seen: Instant,
    last_message: Instant,
    open: Gauge,
}

/// What a connection waits for.
enum Happened {
    Outbound(Option<Outbound>),
    Frame(Option<Result<Frame, Lost>>),
    Silence,
    Look,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.open.decrement(1.0);
    }
}

impl Client {
    pub(crate) fn new(line: impl Into<Line>, app: &App) -> Self {
        let lane = Lane::new(app.config.limits, &app.metrics);
        let now = Instant::now();
        let open = app.metrics.gauge(&m::CONNECTIONS, &[]);
        open.increment(1.0);
        Self {
            line: line.into(),
            readable: Bell::default(),
            lane,
            open,
            throttle: Throttle::new(&app.config.limits, now),
            last_seen: now,
            last_message: now,
        }
    }

    /// The next frame of the client; nothing when there will be none. What the lane holds is written meanwhile.
    pub(crate) async fn next(&mut self) -> Option<Result<Frame, Lost>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, Lost>>> {
        // A socket that cannot be written can often be read still: what ends it is said there.
        let _ = self.line.poll_write(cx, &self.lane);
        if !self.readable.rang(cx) {
            return Poll::Pending;
        }
        let next = self.line.poll_next(&mut self.readable.context());
        if next.is_ready() {
            self.readable.ring();
        }
        next
    }

    /// Holds the call until one side ends it.
    pub(crate) async fn hold(
        &mut self,
        app: &App,
        protocol: &mut dyn Protocol,
        (audio, control): (&AudioIn, &mpsc::Sender<Control>),
        outbound: &mut Messages,
    ) -> End {
        self.readable.needs(Nearby([
            Near::of(self),
            Near::of(protocol),
            self.line.near(),
            self.lane.near(),
            outbound.near(),
            audio.near(),
        ]));
        let timing = app.config.timing;
        // One timer for all that is looked at now and then.
        let look = (timing.slow_client.min(timing.idle) / 4).min(timing.heartbeat);
        let mut looks = Looks::new(look);
        let mut beat = Instant::now() + timing.heartbeat;
        loop {
            let end = match self.event(outbound, &mut looks, protocol.silence_due()).await {
                Happened::Frame(None) => Some(End::Gone),
                Happened::Frame(Some(Err(lost))) => Some(lost.into()),
                Happened::Frame(Some(Ok(frame))) => match self.receive(app, protocol, frame) {
                    Ok(Heard::Nothing) => None,
                    // The call's task always takes what it is told; if it is gone, `outbound` says so.
                    Ok(Heard::Tell(told)) => {
                        let _ = control.send(told).await;
                        None
                    }
                    Err(end) => Some(end),
                },
                Happened::Outbound(None) => Some(End::Broken),
                Happened::Outbound(Some(Outbound::Closed(reason))) => Some(End::Call(reason)),
                Happened::Outbound(Some(message)) => {
                    if let Outbound::Notice(notice) = &message {
                        app.metrics.notice(&notice.kind, protocol.transport());
                    }
                    protocol.outbound(message);
                    None
                }
                Happened::Silence => {
                    protocol.silence();
                    None
                }
                Happened::Look if Instant::now() < beat => self.watch(app),
                Happened::Look => {
                    beat += timing.heartbeat;
                    if self.line.answers_pings() && self.last_seen.elapsed() > timing.heartbeat * 2 {
                        tracing::info!("a client stopped answering; its connection is dropped");
                        Some(End::Gone)
                    } else {
                        protocol.heartbeat();
                        self.lane.send(Item::Ping);
                        self.watch(app)
                    }
                }
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// What comes next. The call's messages come first, so that what there is to say is written before the client
    /// is read; there are never more of them than the call makes in real time.
    async fn event(
        &mut self,
        outbound: &mut Messages,
        looks: &mut Looks,
        silence: Option<Instant>,
    ) -> Happened {
        let mut silent = pin!(at(silence));
        poll_fn(|cx| {
            if let Poll::Ready(message) = outbound.poll_recv(cx) {
                return Poll::Ready(Happened::Outbound(message));
            }
            // The bell rings for the looks, too: whoever has not heard it need not look at the clock.
            if self.readable.is_rung() && looks.poll(&mut self.readable.context()) {
                return Poll::Ready(Happened::Look);
            }
            if silent.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Happened::Silence);
            }
            self.poll_next(cx).map(Happened::Frame)
        })
        .await
    }

    fn watch(&self, app: &App) -> Option<End> {
        let timing = app.config.timing;
        if self.lane.stuck(Instant::now(), timing.slow_client) {
            self.lane.forget();
            return Some(End::Fault(WireError::new(
                ErrorCode::SlowClient,
                "messages pile up because the client does not read them",
            )));
        }
        (self.last_message.elapsed() > timing.idle).then(|| {
            End::Fault(WireError::new(
                ErrorCode::IdleTimeout,
                format!("no message for {} s: send audio or ping", timing.idle.as_secs()),
            ))
        })
    }

    /// Checks a frame against the limits and gives it to the protocol.
    pub(crate) fn receive(
        &mut self,
        app: &App,
        protocol: &mut dyn Protocol,
        frame: Frame,
    ) -> Result<Heard, End> {
        let now = Instant::now();
        self.last_seen = now;
        let size = match &frame {
            Frame::Text(text) => text.len(),
            Frame::Binary(bytes) | Frame::Ping(bytes) | Frame::Pong(bytes) => bytes.len(),
            Frame::Close(_) | Frame::Frame(_) => return Err(End::Gone),
        };
        let max = app.config.limits.max_frame_bytes;
        if size > max {
            app.metrics.count(&m::RATE_LIMIT, &["frame_size"]);
            app.metrics.count(&m::RATE_LIMIT_ALL, &[]);
            return Err(End::Fault(too_large(max)));
        }
        match self.throttle.message(size, now) {
            Verdict::Take => {}
            Verdict::Drop => return Ok(Heard::Nothing),
            Verdict::Warn(limit, wait) => {
                count_limit(app, limit);
                protocol.slow_down(limit_text(limit), wait.as_secs_f64());
                return Ok(Heard::Nothing);
            }
            Verdict::Close(limit) => {
                count_limit(app, limit);
                let code = match limit {
                    Limit::Messages => ErrorCode::RateMessages,
                    Limit::Bytes => ErrorCode::RateBytes,
                };
                return Err(End::Fault(WireError::new(code, limit_text(limit))));
            }
        }
        let heard = match &frame {
            Frame::Text(text) => protocol.text(text),
            Frame::Binary(bytes) => protocol.binary(bytes),
            _ => return Ok(Heard::Nothing),
        };
        self.last_message = now;
        match heard {
            Ok(heard) => {
                self.throttle.good();
                Ok(heard)
            }
            Err(error) => {
                app.metrics.count(&m::ERRORS, &["wire"]);
                if self.throttle.bad() {
                    let message = format!(
                        "{} bad messages in a row; the last: {}",
                        app.config.limits.bad_messages, error.message
                    );
                    return Err(End::Fault(WireError::new(error.code, message)));
                }
                protocol.error(&error);
                Ok(Heard::Nothing)
            }
        }
    }
}

/// Waits until then, or for ever.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
