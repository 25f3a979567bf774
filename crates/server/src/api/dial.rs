//! Calls out and the telephone's state: who may ask for them, and what do they get?

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tom_audio::pickup::Picker;
use tom_call::OnMachine;
use tom_wire::{ErrorCode, WireError};

use super::calls::unknown;
use crate::app::App;
use crate::metrics::registry as m;
use crate::phone::sip::{Line, Stage, Wanted, dial, state};
use crate::refuse::Refusal;

/// Most bytes of a message that is left.
const LONGEST_MESSAGE: usize = 1_000;

/// The body of a wish for a call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    to: String,
    trunk: Option<String>,
    language: Option<String>,
    skill: Option<String>,
    /// Seconds.
    ring: Option<u32>,
    /// What is done where a machine picks up.
    machine: Option<String>,
    /// What is said to it after the beep.
    message: Option<String>,
}

/// `POST /api/v1/calls`: makes a call. Only with a token: who can call out can spend money.
pub(crate) async fn make(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    with_token(&app)?;
    let line = line(&app)?;
    let body: Body = serde_json::from_slice(&body).map_err(|error| {
        WireError::new(ErrorCode::BadParameter, format!("the body is not {{\"to\": \"+49...\"}}: {error}"))
    })?;
    let wanted = Wanted {
        to: body.to,
        trunk: body.trunk,
        lang: body.language,
        skill: body.skill,
        patience: body.ring.unwrap_or(0).min(300),
        machine: on_machine(body.machine.as_deref(), body.message)?,
    };
    let id = dial(&app, line, &wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": id.as_str(), "stage": Stage::Dialling.name()}))))
}

/// What is wanted where a machine picks up; none: what is configured.
fn on_machine(machine: Option<&str>, message: Option<String>) -> Result<Option<OnMachine>, WireError> {
    let message = message.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if message.as_ref().is_some_and(|text| text.len() > LONGEST_MESSAGE) {
        let what = format!("message: {LONGEST_MESSAGE} bytes at most");
        return Err(WireError::new(ErrorCode::BadParameter, what));
    }
    match (machine, message) {
        (None, None) => Ok(None),
        (None | Some("message"), Some(text)) => Ok(Some(OnMachine::Message(text.into()))),
        (Some("hang_up"), None) => Ok(Some(OnMachine::HangUp)),
        (Some("carry_on"), None) => Ok(Some(OnMachine::CarryOn)),
        _ => Err(WireError::new(
            ErrorCode::BadParameter,
            "machine is hang_up, carry_on, or message with a \"message\" to leave after the beep",
        )),
    }
}

/// `GET /api/v1/dials/{id}`: how far a call is that was made.
pub(crate) async fn stage(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let stage = line(&app)?.dials().stage(&id).ok_or_else(unknown)?;
    let (end, status, reason) = match &stage {
        Stage::Ended { by, status, reason } => (Some(by.name()), *status, Some(reason.as_str())),
        _ => (None, None, None),
    };
    let by = line(&app)?.dials().picker(&id).map(Picker::as_str);
    Ok(Json(json!({
        "id": id, "stage": stage.name(), "picked_up_by": by, "end": end, "status": status, "reason": reason,
    })))
}

/// `GET /api/v1/sip`: where the telephone listens, and how its trunks do.
pub(crate) async fn status(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    let line = line(&app)?;
    let (today, now) = line.dials().count();
    let mut told = state::told(line);
    told["rtp_ports_free"] = json!(line.free_ports());
    told["dialled_today"] = json!(today);
    told["dialled_now"] = json!(now);
    Ok(Json(told))
}

/// Who can call out can spend money: nobody may without a token, not even on loopback.
pub(crate) fn with_token(app: &App) -> Result<(), Refusal> {
    if app.config.token.is_some() {
        return Ok(());
    }
    app.metrics.count(&m::BLOCKED, &["dial_token"]);
    let what = "calling out, and what is ordered of calls, needs a token even here: set server.token_file";
    Err(WireError::new(ErrorCode::AuthRequired, what).into())
}

pub(crate) fn line(app: &App) -> Result<&Arc<Line>, Refusal> {
    app.sip.get().ok_or_else(|| {
        WireError::new(ErrorCode::NotFound, "there is no telephone here: set sip.listen").into()
    })
}
