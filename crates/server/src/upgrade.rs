//! How does a request become a WebSocket? (RFC 6455, 4.2)

use std::future::Future;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::listener::Guarded;
use crate::socket::web::Web;

/// A request that asks for a WebSocket as it should.
pub(crate) struct WebSocketUpgrade {
    accept: HeaderValue,
    protocol: Option<HeaderValue>,
    upgrade: OnUpgrade,
}

/// It does not.
#[derive(Debug)]
pub(crate) struct NoWebSocket;

impl IntoResponse for NoWebSocket {
    fn into_response(self) -> Response {
        StatusCode::UPGRADE_REQUIRED.into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = NoWebSocket;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoWebSocket> {
        let headers = &parts.headers;
        let asked = parts.method == Method::GET
            && names(headers, &CONNECTION, "upgrade")
            && names(headers, &UPGRADE, "websocket")
            && headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
        let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| asked).ok_or(NoWebSocket)?;
        let accept = derive_accept_key(key.as_bytes()).try_into().map_err(|_| NoWebSocket)?;
        let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(NoWebSocket)?;
        Ok(Self { accept, protocol: None, upgrade })
    }
}

/// Whether a header's list names that, in upper or lower case.
fn names(headers: &HeaderMap, header: &HeaderName, name: &str) -> bool {
    let lists = headers.get_all(header).into_iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| one.trim().eq_ignore_ascii_case(name))
}

impl WebSocketUpgrade {
    /// Chooses one of the protocols that the client offers.
    pub(crate) fn set_selected_protocol(&mut self, protocol: HeaderValue) {
        self.protocol = Some(protocol);
    }

    /// The answer to the request. Once it is written the socket is held by that, in a task of its own.
    pub(crate) fn on_upgrade<F>(self, hold: impl FnOnce(Web) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let upgrade = self.upgrade;
        tokio::spawn(async move {
            let upgraded = match upgrade.await {
                Ok(upgraded) => upgraded,
                Err(error) => {
                    return tracing::debug!("a connection was lost on its way to a WebSocket: {error}");
                }
            };
            // What lay between the socket and its requests is left behind with them.
            match upgraded.downcast::<TokioIo<Guarded>>() {
                Ok(parts) => hold(Web::new(parts.io.into_inner(), &parts.read_buf)).await,
                Err(_) => {
                    tracing::error!("a connection that is not one of the listener's became a WebSocket")
                }
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(protocol) = self.protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        response
    }
}
