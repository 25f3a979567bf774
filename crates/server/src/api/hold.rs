//! How does somebody outside put a caller on hold, and take them off it?

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use tom_base::{CallId, Span};
use tom_call::Control;
use tom_turn::Hold;
use tom_wire::{ErrorCode, WireError};

use super::calls::unknown;
use super::control::{PUT_THROUGH, read_if_any};
use super::dial::with_token;
use crate::app::App;
use crate::live::Stand;
use crate::refuse::Refusal;

/// The longest hold, in seconds: an hour.
const LONGEST: u64 = 3_600;
/// How long one is where nobody says so: ten minutes.
const USUAL: u64 = 600;

/// Why neither is done meanwhile.
const CONNECTING: &str = "the caller is being connected with a person: wait for what comes of it";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// For so long at most.
    seconds: Option<u64>,
    /// Whether there is music.
    music: Option<bool>,
}

/// `POST /api/v1/calls/{id}/hold`: nobody listens to the caller, who hears music, until somebody says so.
pub(crate) async fn hold(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    with_token(&app)?;
    let wish: Wish = read_if_any(&body, "{\"seconds\": 120, \"music\": true}")?;
    let seconds = wish.seconds.unwrap_or(USUAL);
    if !(1..=LONGEST).contains(&seconds) {
        let what = format!("seconds: how long the hold may last, from 1 to {LONGEST}");
        return Err(WireError::new(ErrorCode::BadParameter, what).into());
    }
    let longest = Span::from_millis(seconds * 1_000);
    let hold = Hold { longest, key: None, music: wish.music.unwrap_or(true) };
    order(&app, &id, Control::Hold(hold), |stand| match stand {
        Stand::Agent => None,
        Stand::Held => Some("the caller is on hold already: resume first, or wait"),
        Stand::Connecting => Some(CONNECTING),
    })
}

/// `POST /api/v1/calls/{id}/resume`: the agent goes on with a caller who is on hold.
pub(crate) async fn resume(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    with_token(&app)?;
    order(&app, &id, Control::Resume, |stand| match stand {
        Stand::Held => None,
        Stand::Agent => Some("the caller is not on hold"),
        Stand::Connecting => Some(CONNECTING),
    })
}

/// Tells the call, unless something speaks against it as it stands.
fn order(
    app: &App,
    id: &str,
    control: Control,
    against: impl FnOnce(Stand) -> Option<&'static str>,
) -> Result<StatusCode, Refusal> {
    let id: CallId = id.parse().map_err(|_| unknown())?;
    let Some(stand) = app.calls.stand(&id) else {
        let put_through = app.sip.get().is_some_and(|line| line.desk().is_put_through(&id));
        return Err(if put_through {
            WireError::new(ErrorCode::OrderRefused, PUT_THROUGH).into()
        } else {
            unknown()
        });
    };
    if let Some(why) = against(stand) {
        return Err(WireError::new(ErrorCode::OrderRefused, why).into());
    }
    match app.calls.tell(&id, control) {
        true => Ok(StatusCode::ACCEPTED),
        false => Err(unknown()),
    }
}
