//! What may be asked of a running call: to end, to press keys, to go to somebody else?

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tom_base::{CallId, Key};
use tom_call::Control;
use tom_turn::EndReason;
use tom_wire::{ErrorCode, WireError};

use super::calls::unknown;
use super::dial::{line, with_token};
use crate::app::App;
use crate::metrics::registry as m;
use crate::phone::sip::{NoOrder, Order, Whom};
use crate::refuse::Refusal;

/// Most keys pressed at once.
const MOST_KEYS: usize = 32;
/// Most characters of a reason: those of a header that is shown on a telephone.
const MOST_WHY: usize = 100;
/// Most characters of a summary: a minute is long for somebody who waits with the telephone in hand.
const MOST_TOLD: usize = 500;

/// Why most orders are refused once the agent has left.
pub(super) const PUT_THROUGH: &str =
    "the caller talks to a person: hang up, or press keys for one of the two";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    keys: String,
    /// For whom, once the caller talks to a person.
    to: Option<Side>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    /// What the other side of a SIP call is told.
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Caller,
    Person,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    to: String,
    #[serde(default)]
    mode: Mode,
    summary: Option<String>,
}

/// Who connects the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// The other side.
    #[default]
    Blind,
    /// We do, and tell whoever answers what it is about.
    Attended,
}

/// `POST /api/v1/calls/{id}/hangup`: ends a call, whatever its line; both calls of two who talk through us.
pub(crate) async fn hang_up(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let id: CallId = id.parse().map_err(|_| unknown())?;
    let Why { reason } = read_if_any(&body, "{\"reason\": \"office closed\"}")?;
    if reason.as_ref().is_some_and(|why| why.chars().count() > MOST_WHY || why.contains(char::is_control)) {
        let what = format!("reason: at most {MOST_WHY} characters in one line");
        return Err(WireError::new(ErrorCode::BadParameter, what).into());
    }
    // A SIP call tells its other side why, and those who talk through us have no call of the agent's any more.
    let line = app.sip.get();
    if line.is_some_and(|line| line.desk().give(&id, Order::HangUp(reason)).is_ok())
        || app.calls.tell(&id, Control::HangUp(EndReason::Agent))
    {
        return Ok(StatusCode::ACCEPTED);
    }
    Err(unknown())
}

/// `POST /api/v1/calls/{id}/keys`: presses keys on a SIP call, for one of two who talk through us.
pub(crate) async fn keys(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    with_token(&app)?;
    let Keys { keys, to } = read(&body, "{\"keys\": \"12#\"}")?;
    let keys: Option<Vec<Key>> = keys.chars().map(Key::from_char).collect();
    let keys = keys.filter(|keys| (1..=MOST_KEYS).contains(&keys.len())).ok_or_else(|| {
        WireError::new(ErrorCode::BadParameter, "keys are 0 to 9, *, #, A to D, at most 32 of them")
    })?;
    let to = to.map(|side| match side {
        Side::Caller => Whom::Caller,
        Side::Person => Whom::Person,
    });
    give(&app, &id, Order::Keys(keys, to))
}

/// `POST /api/v1/calls/{id}/transfer`: has the other side of a SIP call connected with a number, or connects them.
pub(crate) async fn transfer(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    with_token(&app)?;
    let Target { to, mode, summary } = read(&body, "{\"to\": \"+49...\", \"mode\": \"attended\"}")?;
    let summary = summary.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if summary.as_ref().is_some_and(|text| mode == Mode::Blind || text.chars().count() > MOST_TOLD) {
        let what = format!("a summary is for mode attended, and has at most {MOST_TOLD} characters");
        return Err(WireError::new(ErrorCode::BadParameter, what).into());
    }
    let number = line(&app)?.rules().check(&to).map_err(|why| {
        app.metrics.count(&m::BLOCKED, &[why.name()]);
        WireError::new(ErrorCode::BadParameter, why.message())
    })?;
    give(
        &app,
        &id,
        match mode {
            Mode::Blind => Order::Transfer(number),
            Mode::Attended => Order::Connect { to: number, summary },
        },
    )
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8], like: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        WireError::new(ErrorCode::BadParameter, format!("the body is not {like}: {error}")).into()
    })
}

/// The same, where a body may be left away.
pub(super) fn read_if_any<T: DeserializeOwned + Default>(body: &[u8], like: &str) -> Result<T, Refusal> {
    if body.is_empty() { Ok(T::default()) } else { read(body, like) }
}

fn give(app: &App, id: &str, order: Order) -> Result<StatusCode, Refusal> {
    let id: CallId = id.parse().map_err(|_| unknown())?;
    line(app)?.desk().give(&id, order).map_err(refusal).map(|()| StatusCode::ACCEPTED)
}

fn refusal(why: NoOrder) -> Refusal {
    let why = match why {
        NoOrder::Unknown => return unknown(),
        NoOrder::PutThrough => PUT_THROUGH,
        NoOrder::Alone => "the caller talks to no person yet: leave \"to\" away",
    };
    WireError::new(ErrorCode::OrderRefused, why).into()
}
