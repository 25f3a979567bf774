//! For which reasons does a connection end, in which words, and how is the last of them said?

use tokio_tungstenite::tungstenite;
use tom_turn::EndReason;
use tom_wire::websocket::Fault;
use tom_wire::{CloseCode, ErrorCode, WireError};

use super::drive::Client;
use super::protocol::Protocol;
use super::throttle::Limit;
use crate::app::App;
use crate::metrics::registry as m;

/// Larger messages than this are not even read; what lies between the limit and this gets a proper answer.
pub(crate) const MAX_READ: usize = 1 << 20;

/// How a connection ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The call is over.
    Call(EndReason),
    /// The call's task broke.
    Broken,
    /// The client closed, or is not there any more.
    Gone,
    /// The client did what it must not.
    Fault(WireError),
}

pub(crate) fn too_large(max: usize) -> WireError {
    WireError::new(
        ErrorCode::FrameTooLarge,
        format!("a message has at most {max} bytes: send audio in pieces of 20 ms"),
    )
}

pub(crate) fn limit_text(limit: Limit) -> &'static str {
    match limit {
        Limit::Messages => "too many messages a second: send audio in pieces of 20 ms or more",
        Limit::Bytes => "too many bytes a second: send audio in real time",
    }
}

pub(crate) fn count_limit(app: &App, limit: Limit) {
    let kind = match limit {
        Limit::Messages => "messages_per_sec",
        Limit::Bytes => "bytes_per_sec",
    };
    app.metrics.count(&m::RATE_LIMIT, &[kind]);
    app.metrics.count(&m::RATE_LIMIT_ALL, &[]);
}

/// Why a stream cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The far end is not there any more.
    Gone,
    /// What it sent cannot be read.
    Fault(Fault),
}

impl From<Fault> for Lost {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<tungstenite::Error> for Lost {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
        match error {
            tungstenite::Error::Capacity(_) => Self::Fault(Fault::TooLong(MAX_READ)),
            tungstenite::Error::Utf8(_) => Self::Fault(Fault::Utf8),
            tungstenite::Error::Protocol(ResetWithoutClosingHandshake) => Self::Gone,
            tungstenite::Error::Protocol(_) => Self::Fault(Fault::Broken("it breaks the protocol")),
            _ => Self::Gone,
        }
    }
}

impl From<Lost> for End {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Gone => Self::Gone,
            Lost::Fault(Fault::TooLong(max)) => Self::Fault(too_large(max)),
            Lost::Fault(fault) => Self::Fault(WireError::new(
                ErrorCode::BadEvent,
                format!("the stream cannot be read: {fault}"),
            )),
        }
    }
}

impl Client {
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
