//! One call: what is known of it, its timeline, and how it is deleted.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tom_base::CallId;
use tom_store::Store;
use tom_wire::{ErrorCode, WireError};

use super::shape;
use crate::app::App;
use crate::refuse::Refusal;

/// `GET /api/v1/calls/{id}`: the running call of that name, else the latest past one.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let ledger = &app.calls.ledger;
    if let Some(live) = ledger.live().into_iter().find(|detail| detail.call.id == id) {
        return Ok(Json(shape::detail(&live)));
    }
    if let Some(recent) = ledger.recent().into_iter().find(|detail| detail.call.id == id) {
        return Ok(Json(shape::detail(&recent)));
    }
    let wanted = id.clone();
    let kept = app.reads.ask(&ledger.keep, move |store| store.reader().call(&wanted)).await?.flatten();
    kept.map(|detail| Json(shape::detail(&detail))).ok_or_else(unknown)
}

/// `DELETE /api/v1/calls/{id}`: all past calls of that name, wherever something of them is kept.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let id: CallId = id.parse().map_err(|_| unknown())?;
    let ledger = &app.calls.ledger;
    if ledger.runs(&id) {
        return Err(running("it can be deleted once it is over"));
    }
    // The database first: if that fails nothing is gone, and the answer says so.
    let wanted = id.clone();
    let gone = move |store: &Store| store.delete(wanted.as_str());
    let kept = app.reads.ask(&ledger.keep, gone).await?.unwrap_or(0);
    let switchboard = app.switchboard.clone();
    let name = id.clone();
    let files = tokio::task::spawn_blocking(move || switchboard.forget(&name)).await;
    match files {
        Ok(Ok(())) => {}
        Ok(Err(why)) => return Err(WireError::new(ErrorCode::StoreUnavailable, why).into()),
        Err(_) => return Err(WireError::new(ErrorCode::Internal, "the deletion was cut off").into()),
    }
    let recent = ledger.forget(&id) + app.calls.forget(&id);
    if kept + recent == 0 {
        return Err(unknown());
    }
    ledger.hub.tell(Some(&id), "call.deleted", &serde_json::json!({"call_id": id.as_str()}));
    ledger.hub.forget(&id);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/calls/{id}/timeline`: the call as text. Only of the last calls, which are in memory.
pub(crate) async fn timeline(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let past = app.calls.past();
    if let Some(report) = past.iter().find(|report| report.id.as_str() == id) {
        let kind = HeaderValue::from_static("text/plain; charset=utf-8");
        return Ok(([(CONTENT_TYPE, kind)], report.timeline.to_string()).into_response());
    }
    let id: CallId = id.parse().map_err(|_| unknown())?;
    Err(if app.calls.ledger.runs(&id) {
        running("its timeline can be had once it is over")
    } else {
        WireError::new(
            ErrorCode::CallNotFound,
            format!(
                "the timelines of the last {} calls are in memory, and this is none of them",
                app.config.limits.reports
            ),
        )
        .into()
    })
}

pub(crate) fn unknown() -> Refusal {
    WireError::new(
        ErrorCode::CallNotFound,
        "no call of that name is known: /api/v1/calls lists those that are",
    )
    .into()
}

fn running(what: &str) -> Refusal {
    WireError::new(ErrorCode::CallRunning, format!("the call runs: {what}")).into()
}
