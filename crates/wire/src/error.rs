//! Which errors can a client meet, under which stable codes?

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CloseCode, iso_millis};

/// The stable error codes. `docs/protocol.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// A token is needed and none was given.
    AuthRequired,
    /// The token is not the right one.
    AuthInvalid,
    /// No token came in time.
    AuthTimeout,
    /// The page that opened the connection is not allowed (Origin).
    AuthOrigin,
    /// The server was addressed by a name it does not know (Host): DNS rebinding.
    AuthHost,
    /// The client's address is not allowed.
    AuthAddress,
    /// Too many messages in a second.
    RateMessages,
    /// Too many bytes in a second.
    RateBytes,
    /// Too many connections from one address.
    RateConnections,
    /// All call slots are taken.
    RateCalls,
    /// A frame over the limit.
    FrameTooLarge,
    /// A message that is no valid event: JSON, type or fields.
    BadEvent,
    /// Audio that cannot be read: base64, byte count, format or rate.
    BadAudio,
    /// The call id has characters or a length it must not have, or is in use.
    BadCallId,
    /// A query parameter has a value that is not allowed.
    BadParameter,
    /// Nothing came for too long.
    IdleTimeout,
    /// The client reads too slowly.
    SlowClient,
    /// The server is stopping.
    Draining,
    /// The engines are not ready yet.
    NotReady,
    /// Recognition failed.
    SttFailed,
    /// Recognition took too long.
    SttTimeout,
    /// Making the reply failed.
    LlmFailed,
    /// Making the reply took too long.
    LlmTimeout,
    /// Synthesis failed.
    TtsFailed,
    /// Synthesis took too long.
    TtsTimeout,
    /// A cloud provider failed.
    ProviderUnavailable,
    /// No call of that name is known.
    CallNotFound,
    /// The call runs, and this can be done only once it is over.
    CallRunning,
    /// The call runs, and cannot be told that as it stands.
    OrderRefused,
    /// Nothing is at that address.
    NotFound,
    /// The address does not take that method.
    MethodNotAllowed,
    /// What is kept of calls cannot be read or changed.
    StoreUnavailable,
    /// Something broke on our side.
    Internal,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 33] = [
        Self::AuthRequired,
        Self::AuthInvalid,
        Self::AuthTimeout,
        Self::AuthOrigin,
        Self::AuthHost,
        Self::AuthAddress,
        Self::RateMessages,
        Self::RateBytes,
        Self::RateConnections,
        Self::RateCalls,
        Self::FrameTooLarge,
        Self::BadEvent,
        Self::BadAudio,
        Self::BadCallId,
        Self::BadParameter,
        Self::IdleTimeout,
        Self::SlowClient,
        Self::Draining,
        Self::NotReady,
        Self::SttFailed,
        Self::SttTimeout,
        Self::LlmFailed,
        Self::LlmTimeout,
        Self::TtsFailed,
        Self::TtsTimeout,
        Self::ProviderUnavailable,
        Self::CallNotFound,
        Self::CallRunning,
        Self::OrderRefused,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::StoreUnavailable,
        Self::Internal,
    ];

    /// The code on the wire, such as `BAD_EVENT`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthRequired => "AUTH_REQUIRED",
            Self::AuthInvalid => "AUTH_INVALID",
            Self::AuthTimeout => "AUTH_TIMEOUT",
            Self::AuthOrigin => "AUTH_ORIGIN",
            Self::AuthHost => "AUTH_HOST",
            Self::AuthAddress => "AUTH_ADDRESS",
            Self::RateMessages => "RATE_MESSAGES",
            Self::RateBytes => "RATE_BYTES",
            Self::RateConnections => "RATE_CONNECTIONS",
            Self::RateCalls => "RATE_CALLS",
            Self::FrameTooLarge => "FRAME_TOO_LARGE",
            Self::BadEvent => "BAD_EVENT",
            Self::BadAudio => "BAD_AUDIO",
            Self::BadCallId => "BAD_CALL_ID",
            Self::BadParameter => "BAD_PARAMETER",
            Self::IdleTimeout => "IDLE_TIMEOUT",
            Self::SlowClient => "SLOW_CLIENT",
            Self::Draining => "DRAINING",
            Self::NotReady => "NOT_READY",
            Self::SttFailed => "STT_FAILED",
            Self::SttTimeout => "STT_TIMEOUT",
            Self::LlmFailed => "LLM_FAILED",
            Self::LlmTimeout => "LLM_TIMEOUT",
            Self::TtsFailed => "TTS_FAILED",
            Self::TtsTimeout => "TTS_TIMEOUT",
            Self::ProviderUnavailable => "PROVIDER_UNAVAILABLE",
            Self::CallNotFound => "CALL_NOT_FOUND",
            Self::CallRunning => "CALL_RUNNING",
            Self::OrderRefused => "ORDER_REFUSED",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::StoreUnavailable => "STORE_UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The code a socket is closed with when this error ends it.
    #[must_use]
    pub const fn close(self) -> CloseCode {
        match self {
            Self::RateMessages
            | Self::RateBytes
            | Self::RateConnections
            | Self::RateCalls
            | Self::SlowClient
            | Self::Draining
            | Self::NotReady => CloseCode::TryAgainLater,
            Self::FrameTooLarge => CloseCode::TooBig,
            Self::Internal
            | Self::SttFailed
            | Self::SttTimeout
            | Self::LlmFailed
            | Self::LlmTimeout
            | Self::TtsFailed
            | Self::TtsTimeout
            | Self::ProviderUnavailable => CloseCode::Internal,
            _ => CloseCode::Policy,
        }
    }
}

/// Why something received cannot be used: a code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// The stable code.
    pub code: ErrorCode,
    /// What is wrong and what to do. Never holds what a caller said.
    pub message: String,
}

impl WireError {
    /// An error of that code.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The `error` object of an error event, and of the body of an HTTP error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorObject {
    /// The stable code.
    pub code: ErrorCode,
    /// What is wrong and what to do.
    pub message: String,
    /// What to quote when asking the operator; found in the log.
    pub request_id: String,
    /// ISO 8601, UTC, milliseconds.
    pub timestamp: String,
    /// More, by code; `{}` when there is no more.
    #[serde(default)]
    pub details: Map<String, Value>,
}

impl ErrorObject {
    /// The object of an error that happened at a moment (milliseconds since 1970).
    #[must_use]
    pub fn new(error: &WireError, request_id: impl Into<String>, epoch_ms: u64) -> Self {
        Self {
            code: error.code,
            message: error.message.clone(),
            request_id: request_id.into(),
            timestamp: iso_millis(epoch_ms),
            details: Map::new(),
        }
    }

    /// The same with one more detail.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}
