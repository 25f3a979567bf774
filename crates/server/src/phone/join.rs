//! A channel of Asterisk waits for us to connect: how do we?
//!
//! `Dial(WebSocket/INCOMING/...)`, or an external media channel of ARI, gets a connection id and waits at
//! `/media/ID` of Asterisk's own web server. Whoever made the channel tells us that id.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tom_wire::chan_websocket::{ChanWebSocketSession, PROTOCOL};
use tom_wire::{ErrorCode, WireError};

use super::{Caller, answer};
use crate::app::App;
use crate::auth::{Access, access};
use crate::config::ServerError;
use crate::refuse::Refusal;
use crate::routes::{Params, denied};
use crate::socket::drive::Client;
use crate::socket::end::MAX_READ;
use crate::socket::line::Line;
use crate::socket::phone::Phone;
use crate::switchboard::Transport;

/// How long Asterisk may take to be connected to.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest connection id taken.
const MAX_ID: usize = 128;

/// Where Asterisk's channels wait, such as `ws://127.0.0.1:8088/media`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaUrl {
    /// With its port.
    host: String,
    path: String,
}

impl MediaUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, or wants TLS.
    pub fn new(text: &str) -> Result<Self, ServerError> {
        let url = text.trim().trim_end_matches('/');
        let rest = url.strip_prefix("ws://").filter(|rest| rest.bytes().all(|b| b.is_ascii_graphic()));
        let (host, path) = rest.map_or(("", ""), |rest| rest.split_at(rest.find('/').unwrap_or(rest.len())));
        if host.is_empty() {
            return Err(ServerError::Name(format!(
                "{text:?} is no address; write it as ws://127.0.0.1:8088/media, without TLS"
            )));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = if has_port { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { host, path: path.to_owned() })
    }
}

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/answer/asterisk", post(reply))
}

async fn reply(
    State(app): State<Arc<App>>,
    Query(query): Query<Params>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match join(app, query, &headers, &body).await {
        Ok(()) => Json(serde_json::json!({"answered": true})).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Connects, then holds the call in a task of its own.
async fn join(app: Arc<App>, mut query: Params, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let access = access(app.config.token.as_ref(), headers, &query);
    if access != Access::Granted {
        return Err(denied(&app, access));
    }
    for (name, value) in form_urlencoded::parse(body).into_owned() {
        query.entry(name).or_insert(value);
    }
    let Some(url) = &app.config.asterisk_media else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::NotReady,
            "where Asterisk's channels wait is not known: set asterisk.media_url",
        ));
    };
    let id = query.remove("connection_id").unwrap_or_default();
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(known) {
        return Err(WireError::new(
            ErrorCode::BadParameter,
            "connection_id is the channel's MEDIA_WEBSOCKET_CONNECTION_ID",
        )
        .into());
    }
    app.calls.admits()?;
    let (client, peer) = tokio::time::timeout(PATIENCE, connect(&app, url, &id))
        .await
        .unwrap_or_else(|_| Err("it does not answer".into()))
        .map_err(|why| {
            let message = format!("Asterisk cannot be connected to: {why}");
            Refusal::new(StatusCode::BAD_GATEWAY, ErrorCode::ProviderUnavailable, message)
        })?;
    let session = Box::new(ChanWebSocketSession::new());
    let phone = Phone::new(Transport::Asterisk, session, client.lane.clone(), false);
    let caller = Caller { peer, granted: true, asked: query, first: None };
    let sockets = app.sockets.clone();
    tokio::spawn(sockets.track_future(async move { answer(&app, client, phone, caller).await }));
    Ok(())
}

async fn connect(app: &App, url: &MediaUrl, id: &str) -> Result<(Client, std::net::IpAddr), String> {
    let stream = TcpStream::connect(&url.host).await.map_err(|error| error.to_string())?;
    let peer = stream.peer_addr().map_err(|error| error.to_string())?.ip().to_canonical();
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let address = format!("ws://{}{}/{id}", url.host, url.path);
    let mut request = address.into_client_request().map_err(|error| error.to_string())?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_frame_size(Some(MAX_READ))
        .max_message_size(Some(MAX_READ));
    let (socket, _) =
        client_async_with_config(request, stream, Some(config)).await.map_err(|error| error.to_string())?;
    Ok((Client::new(Line::Dialed(Box::new(socket)), app), peer))
}
