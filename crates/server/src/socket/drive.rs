//! How is one call held over one connection, from the first frame to the close?

use std::future::poll_fn;
use std::time::Instant;

use axum::extract::ws::Message as Frame;
use metrics::Gauge;
use tokio::sync::mpsc;
use tom_call::{AudioIn, Control, Outbound};
use tom_turn::EndReason;
use tom_wire::{CloseCode, ErrorCode, WireError};

use super::end::{End, broken_stream, count_limit, limit_text, too_large};
use super::lane::{Item, Lane};
use super::line::Line;
use super::throttle::{Limit, Throttle, Verdict};
use crate::app::App;
use crate::metrics::registry as m;
use crate::switchboard::Transport;

/// What a client's message asks for, audio apart (that goes straight into the call).
#[derive(Debug)]
pub(crate) enum Heard {
    Nothing,
    Tell(Control),
}

/// A protocol: what a client's messages mean and how the call's are written.
pub(crate) trait Protocol: Send {
    fn transport(&self) -> Transport;
    fn text(&mut self, text: &str) -> Result<Heard, WireError>;
    fn binary(&mut self, bytes: &[u8]) -> Result<Heard, WireError>;
    fn outbound(&mut self, outbound: Outbound);
    /// When the far end must get silence, because it gives up on a line that is quiet.
    fn silence_due(&self) -> Option<Instant> {
        None
    }
    /// Sends 20 ms of silence.
    fn silence(&mut self) {}
    fn error(&mut self, error: &WireError);
    fn slow_down(&mut self, message: &str, retry_after: f64);
    fn heartbeat(&mut self);
    fn goodbye(&mut self, reason: EndReason);
}

/// A protocol whose client may show the token in its first message.
pub(crate) trait TokenFirst: Protocol {
    /// The token in a first message, if it is one.
    fn token(&mut self, text: &str) -> Option<String>;
    /// The token was missing or wrong.
    fn auth_error(&mut self, error: &WireError);
    /// The call is up.
    fn connect(&mut self, audio: AudioIn, language: &str);
}

/// The client's side of a socket. One task reads and writes it: whoever waits for the [next](Self::next) frame
/// writes what its [`Lane`] holds meanwhile.
pub(crate) struct Client {
    line: Line,
    pub(crate) lane: Lane,
    pub(crate) throttle: Throttle,
    last_seen: Instant,
    last_message: Instant,
    open: Gauge,
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
            lane,
            open,
            throttle: Throttle::new(&app.config.limits, now),
            last_seen: now,
            last_message: now,
        }
    }

    /// The next frame of the client; nothing when there will be none. What the lane holds is written meanwhile.
    pub(crate) async fn next(&mut self) -> Option<Result<Frame, axum::Error>> {
        poll_fn(|cx| {
            // A socket that cannot be written can often be read still: what ends it is said there.
            let _ = self.line.poll_write(cx, &self.lane);
            self.line.poll_next(cx)
        })
        .await
    }

    /// Holds the call until one side ends it.
    pub(crate) async fn hold(
        &mut self,
        app: &App,
        protocol: &mut dyn Protocol,
        control: &mpsc::Sender<Control>,
        outbound: &mut mpsc::Receiver<Outbound>,
    ) -> End {
        let timing = app.config.timing;
        let mut beat = tokio::time::interval(timing.heartbeat);
        let mut watch = tokio::time::interval(timing.slow_client.min(timing.idle) / 4);
        beat.tick().await;
        loop {
            let silence = protocol.silence_due();
            let end = tokio::select! {
                frame = self.next() => match frame {
                    None => Some(End::Gone),
                    Some(Err(error)) => Some(broken_stream(&error)),
                    Some(Ok(frame)) => match self.receive(app, protocol, frame) {
                        Ok(Heard::Nothing) => None,
                        // The call's task always takes what it is told; if it is gone, `outbound` says so.
                        Ok(Heard::Tell(told)) => { let _ = control.send(told).await; None }
                        Err(end) => Some(end),
                    },
                },
                message = outbound.recv() => match message {
                    None => Some(End::Broken),
                    Some(Outbound::Closed(reason)) => Some(End::Call(reason)),
                    Some(message) => {
                        if let Outbound::Notice(notice) = &message {
                            app.metrics.notice(&notice.kind, protocol.transport());
                        }
                        protocol.outbound(message);
                        None
                    }
                },
                () = at(silence) => { protocol.silence(); None }
                _ = beat.tick() => {
                    if self.line.answers_pings() && self.last_seen.elapsed() > timing.heartbeat * 2 {
                        tracing::info!("a client stopped answering; its connection is dropped");
                        Some(End::Gone)
                    } else {
                        protocol.heartbeat();
                        self.lane.send(Item::Ping);
                        None
                    }
                }
                _ = watch.tick() => self.watch(app),
            };
            if let Some(end) = end {
                return end;
            }
        }
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
            Frame::Close(_) => return Err(End::Gone),
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

    /// Says what there is to say, closes, and waits a little for the far end to do the same.
    pub(crate) async fn finish(mut self, app: &App, protocol: &mut dyn Protocol, end: End) {
        match end {
            // If it closed properly, reading on sends it our side of the close.
            End::Gone => {}
            End::Call(reason) => {
                protocol.goodbye(reason);
                let (code, why) = match reason {
                    EndReason::Drain => (CloseCode::GoingAway, "the server is stopping"),
                    EndReason::Failure => (CloseCode::Internal, "the call could not go on"),
                    _ => (CloseCode::Normal, "the call is over"),
                };
                self.lane.close(code, why);
            }
            End::Broken => {
                protocol
                    .error(&WireError::new(ErrorCode::Internal, "the call broke on our side; call again"));
                protocol.goodbye(EndReason::Failure);
                self.lane.close(CloseCode::Internal, "internal error");
            }
            End::Fault(error) => {
                if error.code == ErrorCode::SlowClient {
                    app.metrics.count(&m::ERRORS, &["client"]);
                }
                protocol.error(&error);
                protocol.goodbye(EndReason::Caller);
                self.lane.close(error.code.close(), error.code.as_str());
            }
        }
        self.linger(app).await;
    }

    /// Reads on, so that the close is not lost behind a reset, until the far end closes or time is up.
    pub(crate) async fn linger(&mut self, app: &App) {
        let rest = async { while let Some(Ok(_)) = self.next().await {} };
        if tokio::time::timeout(app.config.timing.linger, rest).await.is_err() {
            tracing::debug!("a client did not close its side in time");
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
