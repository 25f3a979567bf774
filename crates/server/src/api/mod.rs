//! The API for consoles and scripts: which addresses are there, and for whom? `docs/api.md` describes it.

mod account;
mod calls;
mod control;
mod cursor;
mod dial;
mod events;
mod health;
mod hold;
mod hub;
mod ledger;
mod list;
mod notice;
mod number;
mod offline;
mod query;
mod reads;
pub(crate) mod shape;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use tom_wire::ErrorCode;

use crate::app::App;
use crate::refuse::Refusal;
use crate::routes::guarded;

pub(crate) use events::Cut;
pub(crate) use health::watch as watch_health;
pub use ledger::Keep;
pub(crate) use ledger::{Ledger, Shared};
pub use offline::{read_call, read_calls};
pub(crate) use reads::Reads;

/// What every address of the API begins with.
pub(crate) const PREFIX: &str = "/api/";

/// The API as OpenAPI 3.1, in JSON.
pub const OPENAPI: &str = include_str!("openapi.json");

/// An address: its path as OpenAPI and axum write it, its methods, what answers.
struct Route {
    path: &'static str,
    methods: &'static [&'static str],
    answer: fn() -> MethodRouter<Arc<App>>,
}

/// Every address. The document has the same ones; a test walks both.
const ROUTES: &[Route] = &[
    Route { path: "/api/v1/calls", methods: &["GET", "POST"], answer: || get(list::calls).post(dial::make) },
    Route {
        path: "/api/v1/calls/{id}",
        methods: &["GET", "DELETE"],
        answer: || get(calls::show).delete(calls::delete),
    },
    Route { path: "/api/v1/calls/{id}/timeline", methods: &["GET"], answer: || get(calls::timeline) },
    Route { path: "/api/v1/calls/{id}/events", methods: &["GET"], answer: || get(events::of_call) },
    Route { path: "/api/v1/calls/{id}/hangup", methods: &["POST"], answer: || post(control::hang_up) },
    Route { path: "/api/v1/calls/{id}/keys", methods: &["POST"], answer: || post(control::keys) },
    Route { path: "/api/v1/calls/{id}/transfer", methods: &["POST"], answer: || post(control::transfer) },
    Route { path: "/api/v1/calls/{id}/hold", methods: &["POST"], answer: || post(hold::hold) },
    Route { path: "/api/v1/calls/{id}/resume", methods: &["POST"], answer: || post(hold::resume) },
    Route { path: "/api/v1/dials/{id}", methods: &["GET"], answer: || get(dial::stage) },
    Route { path: "/api/v1/sip", methods: &["GET"], answer: || get(dial::status) },
    Route { path: "/api/v1/events", methods: &["GET"], answer: || get(events::of_all) },
    Route { path: "/api/v1/openapi.json", methods: &["GET"], answer: || get(openapi) },
];

/// The addresses of the API and their methods, as the server answers them.
#[must_use]
pub fn api_routes() -> Vec<(&'static str, &'static [&'static str])> {
    ROUTES.iter().map(|route| (route.path, route.methods)).collect()
}

/// The API's part of the server. All of it is for those who have the token, where there is one.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    ROUTES.iter().fold(Router::new(), |router, route| {
        let methods = route.methods;
        let answer = (route.answer)()
            .fallback(move || async move { wrong_method(methods) })
            .layer(middleware::from_fn_with_state(app.clone(), guarded));
        router.route(route.path, answer)
    })
}

/// An address below the prefix that is none.
pub(crate) fn not_found() -> Response {
    Refusal::new(
        StatusCode::NOT_FOUND,
        ErrorCode::NotFound,
        "there is no such address: /api/v1/openapi.json lists them all",
    )
    .into_response()
}

fn wrong_method(methods: &[&str]) -> Response {
    let allowed = methods.join(", ");
    let message = format!("this address takes {allowed}");
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, message);
    let mut response = refusal.into_response();
    if let Ok(value) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

async fn openapi() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], OPENAPI).into_response()
}
