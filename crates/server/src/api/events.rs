//! What happens, as it happens: server-sent events.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tom_base::CallId;
use tom_wire::{ErrorCode, WireError};

use super::hub::{Full, MOST_SUBSCRIBERS, Subscription, Told};
use super::{calls, shape};
use crate::app::App;
use crate::refuse::Refusal;

/// Closes the connection a request came on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(pub(crate) CancellationToken);

/// `GET /api/v1/events`: calls that begin and end, their turns, and how the engines are. After
/// `Last-Event-ID` what was missed comes first, or `resync` when that is not known any more.
pub(crate) async fn of_all(
    State(app): State<Arc<App>>,
    Extension(cut): Extension<Cut>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = header.or(query.get("last_event_id").map(String::as_str)).filter(|id| !id.is_empty());
    let subscription = app.calls.ledger.hub.subscribe(None, after).map_err(refused)?;
    let first = subscription.gap.then(|| event(None, "resync", "{}"));
    Ok(answer(&app, cut, subscription, first))
}

/// `GET /api/v1/calls/{id}/events`: first the running call as it is, then its notices until it is over.
pub(crate) async fn of_call(
    State(app): State<Arc<App>>,
    Extension(cut): Extension<Cut>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: CallId = id.parse().map_err(|_| calls::unknown())?;
    let ledger = &app.calls.ledger;
    // In this order nothing is missed in between.
    let subscription = ledger.hub.subscribe(Some(id.clone()), None).map_err(refused)?;
    let live = ledger.live().into_iter().find(|detail| detail.call.id == id.as_str());
    let Some(live) = live else {
        return Err(WireError::new(
            ErrorCode::CallNotFound,
            "no call of that name runs: only running calls can be followed",
        )
        .into());
    };
    let first = event(None, "call", &shape::detail(&live).to_string());
    Ok(answer(&app, cut, subscription, Some(first)))
}

fn answer(app: &App, cut: Cut, subscription: Subscription, first: Option<Event>) -> Response {
    let (slow, gone, wait) =
        (subscription.slow.clone(), subscription.gone.clone(), app.config.timing.slow_client);
    // Who does not read at all will not read that it is too slow: its connection is closed.
    tokio::spawn(async move {
        tokio::select! {
            () = gone.cancelled() => {}
            () = slow.cancelled() => {
                tokio::time::sleep(wait).await;
                cut.0.cancel();
            }
        }
    });
    let events = stream::iter(first).chain(told(subscription)).map(Ok::<_, Infallible>);
    let heartbeat = KeepAlive::new().interval(app.config.timing.event_heartbeat).text("still here");
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // Nothing else is asked on this connection: it may be closed.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What was missed, then what happens; for who was too slow, a last word.
fn told(subscription: Subscription) -> impl Stream<Item = Event> {
    stream::unfold(Some(subscription), |subscription| async move {
        let mut subscription = subscription?;
        if let Some(missed) = subscription.missed.pop_front() {
            return Some((of(&missed), Some(subscription)));
        }
        match subscription.rx.recv().await {
            Some(told) => Some((of(&told), Some(subscription))),
            None if subscription.slow.is_cancelled() => {
                let why = json!({"reason": "too_slow", "message": "events piled up unread: connect again"});
                Some((event(None, "dropped", &why.to_string()), None))
            }
            None => None,
        }
    })
}

fn of(told: &Told) -> Event {
    event(Some(&told.id), told.name, &told.data)
}

fn event(id: Option<&str>, name: &str, data: &str) -> Event {
    let event = Event::default().event(name).data(data);
    match id {
        Some(id) => event.id(id),
        None => event,
    }
}

fn refused(full: Full) -> Refusal {
    match full {
        Full::Closed => WireError::new(ErrorCode::Draining, "this server is stopping").into(),
        Full::Subscribers => {
            let message =
                format!("all {MOST_SUBSCRIBERS} places for event streams are taken: close others first");
            let mut refusal =
                Refusal::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateConnections, message);
            refusal.retry_after = Some(std::time::Duration::from_secs(10));
            refusal
        }
    }
}
