//! A carrier asks what to do with a call: what is it answered?

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value};
use tom_base::Lang;
use tom_wire::ErrorCode;
use tom_wire::phone::PhoneDialect;

use super::document::document;
use super::signature::{Signed, Verdict};
use super::ticket;
use crate::app::App;
use crate::auth::{Access, access};
use crate::refuse::Refusal;
use crate::routes::{Params, denied};
use crate::socket::wall::epoch_ms;

/// Requests are forms of a few hundred bytes.
const MAX_BODY: usize = 64 << 10;

/// Where carriers ask, and where the answer sends them.
const ANSWERS: [(&str, PhoneDialect, &str); 5] = [
    ("/answer/twilio", PhoneDialect::Twilio, "/ws/twilio"),
    ("/answer/telnyx", PhoneDialect::Telnyx, "/ws/telnyx"),
    ("/answer/vonage", PhoneDialect::Vonage, "/ws/vonage"),
    ("/answer/plivo", PhoneDialect::Plivo, "/ws/plivo"),
    ("/answer/exotel", PhoneDialect::Exotel, "/ws/exotel"),
];

/// Who asks, and where the stream is to go.
#[derive(Clone, Copy)]
struct Asked(PhoneDialect, &'static str);

pub(super) fn router() -> Router<Arc<App>> {
    ANSWERS.into_iter().fold(Router::new(), |router, (path, dialect, socket)| {
        let one = Router::new()
            .route(path, get(reply).post(reply))
            .layer(Extension(Asked(dialect, socket)))
            .layer(DefaultBodyLimit::max(MAX_BODY));
        router.merge(one)
    })
}

async fn reply(
    State(app): State<Arc<App>>,
    Extension(asked): Extension<Asked>,
    Query(query): Query<Params>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    write(&app, asked, &query, (&method, &uri, &headers, &body)).unwrap_or_else(IntoResponse::into_response)
}

fn write(
    app: &App,
    Asked(dialect, socket): Asked,
    query: &Params,
    (method, uri, headers, body): (&Method, &Uri, &HeaderMap, &Bytes),
) -> Result<Response, Refusal> {
    let Some(url) = &app.config.carriers.public_url else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::NotReady,
            "under which address carriers find this server is not known: set server.public_url",
        ));
    };
    let now = epoch_ms() / 1000;
    let urls = [url.web(uri.path_and_query().map_or("/", |path| path.as_str()))];
    let request = Signed { post: method == Method::POST, urls: &urls, headers, body, now };
    match app.config.carriers.check(dialect, &request) {
        Some(Verdict::Right) => {}
        Some(Verdict::Wrong | Verdict::Unsigned) => return Err(denied(app, Access::Wrong)),
        None => match access(app.config.token.as_ref(), headers, query) {
            Access::Granted => {}
            other => return Err(denied(app, other)),
        },
    }
    app.calls.admits()?;
    let mut told = Vec::new();
    if let Some(token) = &app.config.token {
        told.push(("ticket", ticket::issue(token, dialect, now)));
    }
    if let Some(lang) = query.get("lang").filter(|lang| !lang.is_empty()) {
        let lang: Lang = lang.parse().map_err(|e: tom_base::BadLang| {
            Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::BadParameter, format!("lang: {e}"))
        })?;
        told.push(("lang", lang.to_string()));
    }
    if let Some(skill) = query.get("skill").filter(|skill| !skill.is_empty()) {
        told.push(("skill", skill.clone()));
    }
    // Exotel tells it by itself, and takes few parameters.
    if dialect != PhoneDialect::Exotel
        && let Some(cli) = number(query, body)
    {
        told.push(("cli", cli));
    }
    let (kind, text) = document(dialect, &url.socket(socket), &told)
        .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, "no carrier asks here"))?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response())
}

/// The caller's number: in the address, the form or the JSON.
fn number(query: &Params, body: &[u8]) -> Option<String> {
    let is = |name: &str| name.eq_ignore_ascii_case("from");
    let asked = query.iter().find(|(name, _)| is(name)).map(|(_, value)| value.clone());
    let form =
        || form_urlencoded::parse(body).find(|(name, _)| is(name)).map(|(_, value)| value.into_owned());
    let json = || {
        let object: Map<String, Value> = serde_json::from_slice(body).ok()?;
        Some(object.get("from")?.as_str()?.to_owned())
    };
    let found = asked.or_else(json).or_else(form);
    found.filter(|number| !number.is_empty() && number.len() <= 64 && !number.chars().any(char::is_control))
}
