//! Is the server alive, can it take calls, and how are its parts?

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tom_engine::Health;

use crate::app::App;
use crate::phone::sip::{Line, state};
use crate::refuse::Refusal;

/// `/healthz`: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: calls are taken. 503 until the engines are ready, while draining and when full.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.calls.admits() {
        Ok(()) => "ready\n".into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// `/healthz/speech_api`: the caller can be understood and answered.
pub(crate) async fn speech(State(app): State<Arc<App>>) -> Response {
    let health = app.switchboard.health();
    let works = |part: &Health| matches!(part, Health::Ok | Health::Degraded(_));
    let status = match works(&health.stt) && works(&health.tts) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({"stt": part(&health.stt), "tts": part(&health.tts)});
    (status, Json(body)).into_response()
}

/// `/health`: every part, and the machine.
pub(crate) async fn health(State(app): State<Arc<App>>) -> Response {
    let health = app.switchboard.health();
    let store = app.calls.ledger.keep.health();
    let sip = state::health(telephone(&app));
    let parts = [&health.audio, &health.stt, &health.llm, &health.tts, &store, &sip];
    let any = |test: fn(&Health) -> bool| parts.iter().any(|part| test(part));
    let ready = app.calls.admits();
    // Without a voice or ears a caller can still read or press keys; without both, or the rest, nothing works.
    let down = matches!(health.audio, Health::Down(_))
        || matches!(health.llm, Health::Down(_))
        || matches!((&health.stt, &health.tts), (Health::Down(_), Health::Down(_)));
    let status = if down {
        "down"
    } else if any(|part| matches!(part, Health::Down(_) | Health::Degraded(_))) {
        "degraded"
    } else {
        "ok"
    };
    let body = json!({
        "status": status,
        "ready": ready.is_ok(),
        "not_ready_because": ready.err().map(|e| e.message),
        "components": components(&app),
        "sip": telephone(&app).map(state::told),
        "system": app.host.last(),
        "strain": app.strain.last(),
        "calls": {"active": app.calls.count(), "capacity": app.config.limits.max_calls},
        "draining": app.calls.closed(),
        "uptime_seconds": app.started.elapsed().as_secs(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let code = if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(body)).into_response()
}

/// Every part, by name.
pub(crate) fn components(app: &App) -> Value {
    let health = app.switchboard.health();
    json!({
        "audio": part(&health.audio),
        "stt": part(&health.stt),
        "llm": part(&health.llm),
        "tts": part(&health.tts),
        "end_of_turn": part(&health.end_of_turn),
        "store": part(&app.calls.ledger.keep.health()),
        "sip": part(&state::health(telephone(app))),
    })
}

fn telephone(app: &App) -> Option<&Line> {
    app.sip.get().map(AsRef::as_ref)
}

pub(crate) fn part(health: &Health) -> Value {
    let detail = match health {
        Health::Degraded(why) | Health::Down(why) => Some(why),
        Health::Ok | Health::Off => None,
    };
    json!({"status": health.as_str(), "detail": detail})
}
