//! Which address leads where?

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tom_wire::{ErrorCode, rvc};

use crate::app::App;
use crate::auth::{Access, BEARER_PROTOCOL, access, protocols};
use crate::metrics::registry as m;
use crate::refuse::Refusal;
use crate::upgrade::{NoWebSocket, WebSocketUpgrade};
use crate::{answer, api, ask, health, phone};

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

pub(crate) type Params = HashMap<String, String>;
pub(crate) type Upgrade = Result<WebSocketUpgrade, NoWebSocket>;

/// The subprotocols a client may choose from; the first it offers counts.
const PROTOCOLS: [&str; 2] = ["realtime-v1", rvc::PROTOCOL];

/// What a page may do: nothing but load files of this server and talk to it. Worklets are scripts of ours.
const CSP: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/ws", get(stream))
        .route("/ws/", get(stream))
        .route("/ws/stream", get(stream))
        .route("/ws/stream/", get(stream))
        .route("/ws/stream/{call_id}", get(stream_of))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/healthz/speech_api", get(health::speech))
        .route(
            "/health",
            get(health::health).route_layer(middleware::from_fn_with_state(app.clone(), guarded)),
        )
        .route("/metrics", get(metrics).route_layer(middleware::from_fn_with_state(app.clone(), guarded)))
        .merge(api::router(&app))
        .merge(phone::router())
        .fallback(file)
        .layer(middleware::from_fn_with_state(app.clone(), every_request))
        .with_state(app)
}

/// Every request: is it from a page of ours? Every answer: what browsers must not do with it.
async fn every_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let allowed = peer.map_or(Ok(()), |peer| app.clients.check(peer.0));
    let mut response = match allowed.and_then(|()| app.names.check(request.headers())) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            let reason = match error.code {
                ErrorCode::AuthAddress => "address",
                ErrorCode::AuthHost => "host",
                _ => "origin",
            };
            app.metrics.count(&m::BLOCKED, &[reason]);
            if is_call(request.uri().path()) {
                app.metrics.count(&m::RESPONSES, &["403"]);
            }
            Refusal::from(error).into_response()
        }
    };
    let headers = [
        ("content-security-policy", CSP),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "microphone=(self), camera=(), geolocation=()"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn is_call(path: &str) -> bool {
    path == "/ws" || path.starts_with("/ws/")
}

/// What tells about the machine and its callers is for those who have the token, where there is one.
pub(crate) async fn guarded(
    State(app): State<Arc<App>>,
    Query(query): Query<Params>,
    request: Request,
    next: Next,
) -> Response {
    match access(app.config.token.as_ref(), request.headers(), &query) {
        Access::Granted => next.run(request).await,
        other => denied(&app, other).into_response(),
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = app.metrics.render();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, kind)], text).into_response()
}

async fn file(State(app): State<Arc<App>>, uri: Uri, upgrade: Upgrade) -> Response {
    if uri.path().starts_with(api::PREFIX) {
        return api::not_found();
    }
    match upgrade {
        Ok(_) => Refusal::new(
            StatusCode::NOT_FOUND,
            ErrorCode::BadParameter,
            "no calls are taken at this address: connect to /ws/stream/CALL_ID",
        )
        .into_response(),
        Err(_) => app.page.get(uri.path()),
    }
}

async fn root(
    app: State<Arc<App>>,
    peer: Extension<Peer>,
    query: Query<Params>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    match upgrade {
        Ok(_) => stream(app, peer, query, headers, upgrade).await,
        Err(_) => app.page.get("/"),
    }
}

async fn stream(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<Params>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let result = browser_call(&app, peer, None, &query, &headers, upgrade);
    counted(&app, result)
}

async fn stream_of(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    Query(query): Query<Params>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let result = browser_call(&app, peer, Some(&id), &query, &headers, upgrade);
    counted(&app, result)
}

fn browser_call(
    app: &Arc<App>,
    peer: Peer,
    id: Option<&str>,
    query: &Params,
    headers: &HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let (mut upgrade, access) =
        prepare(app, peer, || access(app.config.token.as_ref(), headers, query), upgrade)?;
    let chosen = protocols(headers).find(|p| PROTOCOLS.contains(p));
    let (request, wishes) = ask::browser(id, query, chosen == Some(rvc::PROTOCOL), peer.0)?;
    // A client whose token is to come in its first message has no call yet.
    let opened = match access {
        Access::Granted => Some(app.calls.begin(&request)?),
        _ => None,
    };
    // A browser gives up when nothing it offered is chosen.
    let chosen = chosen.or_else(|| protocols(headers).find(|p| p.starts_with(BEARER_PROTOCOL)));
    if let Some(chosen) = chosen.and_then(|p| HeaderValue::from_str(p).ok()) {
        upgrade.set_selected_protocol(chosen);
    }
    let app = app.clone();
    Ok(upgrade.on_upgrade(move |socket| {
        let sockets = app.sockets.clone();
        sockets.track_future(answer::browser(app, socket, request, wishes, opened))
    }))
}

/// What every call must pass before its socket opens.
pub(crate) fn prepare(
    app: &App,
    peer: Peer,
    access: impl FnOnce() -> Access,
    upgrade: Upgrade,
) -> Result<(WebSocketUpgrade, Access), Refusal> {
    let upgrade = upgrade.map_err(|_| {
        Refusal::new(
            StatusCode::UPGRADE_REQUIRED,
            ErrorCode::BadEvent,
            "this address is for WebSockets: see docs/protocol.md",
        )
    })?;
    if !app.peers.names(peer.0)
        && let Err(wait) = app.addresses.call(peer.0, Instant::now())
    {
        app.metrics.count(&m::RATE_LIMIT, &["connections"]);
        app.metrics.count(&m::RATE_LIMIT_ALL, &[]);
        app.metrics.count(&m::BLOCKED, &["conn_rate"]);
        let mut refusal = Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::RateConnections,
            "too many new calls from your address in a minute",
        );
        refusal.retry_after = Some(wait);
        return Err(refusal);
    }
    let access = access();
    if access == Access::Wrong {
        return Err(denied(app, access));
    }
    app.calls.admits()?;
    Ok((upgrade, access))
}

pub(crate) fn denied(app: &App, access: Access) -> Refusal {
    let (reason, code, message) = match access {
        Access::Wrong => ("invalid", ErrorCode::AuthInvalid, "the token is wrong"),
        _ => (
            "missing",
            ErrorCode::AuthRequired,
            "this server needs a token: send it as Authorization: Bearer TOKEN",
        ),
    };
    app.metrics.count(&m::AUTH_REJECTED, &[reason]);
    Refusal::new(StatusCode::UNAUTHORIZED, code, message)
}

/// The answer to a request for a call, counted.
pub(crate) fn counted(app: &App, result: Result<Response, Refusal>) -> Response {
    let response = result.unwrap_or_else(IntoResponse::into_response);
    let code = match response.status().as_u16() {
        101 => "101",
        401 => "401",
        403 => "403",
        409 => "409",
        426 => "426",
        429 => "429",
        503 => "503",
        _ => "400",
    };
    app.metrics.count(&m::RESPONSES, &[code]);
    response
}
