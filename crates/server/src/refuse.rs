//! How is a request refused?

use std::time::Duration;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tom_wire::{ErrorCode, ErrorObject, WireError};

use crate::socket::wall::epoch_ms;

/// A refusal: the status, and the error body of `docs/protocol.md`.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: WireError,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, error: WireError::new(code, message), retry_after: None }
    }
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        let (status, wait) = match error.code {
            ErrorCode::AuthRequired | ErrorCode::AuthInvalid => (StatusCode::UNAUTHORIZED, None),
            ErrorCode::AuthOrigin | ErrorCode::AuthHost | ErrorCode::AuthAddress => {
                (StatusCode::FORBIDDEN, None)
            }
            ErrorCode::RateConnections => (StatusCode::TOO_MANY_REQUESTS, Some(60)),
            ErrorCode::RateCalls => (StatusCode::SERVICE_UNAVAILABLE, Some(10)),
            ErrorCode::NotReady | ErrorCode::Draining => (StatusCode::SERVICE_UNAVAILABLE, Some(2)),
            ErrorCode::StoreUnavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(2)),
            ErrorCode::BadCallId | ErrorCode::CallRunning | ErrorCode::OrderRefused => {
                (StatusCode::CONFLICT, None)
            }
            ErrorCode::CallNotFound | ErrorCode::NotFound => (StatusCode::NOT_FOUND, None),
            ErrorCode::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, None),
            ErrorCode::BadEvent | ErrorCode::BadAudio | ErrorCode::BadParameter => {
                (StatusCode::BAD_REQUEST, None)
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        Self { status, error, retry_after: wait.map(Duration::from_secs) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let request_id = format!("http-{:x}", epoch_ms());
        tracing::debug!(
            request_id,
            status = self.status.as_u16(),
            code = self.error.code.as_str(),
            "refused"
        );
        let body = serde_json::json!({
            "type": "error",
            "error": ErrorObject::new(&self.error, request_id, epoch_ms()),
            "message": self.error.message,
        });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
