//! Which dialect is spoken at which address, and how does its call begin?

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_wire::freeswitch::{FreeSwitchSession, Module, Return};
use tom_wire::phone::{Detected, PhoneDialect, PhoneSession};
use tom_wire::{ErrorCode, WireError};

use super::signature::{Signed, Verdict};
use super::{Caller, MAX_BEFORE_START, answer};
use crate::answer::frame_before;
use crate::app::App;
use crate::auth::{Access, BEARER_PROTOCOL, access, protocols};
use crate::metrics::registry as m;
use crate::refuse::Refusal;
use crate::routes::{Params, Peer, Upgrade, counted, prepare};
use crate::socket::drive::Client;
use crate::socket::end::End;
use crate::socket::phone::Phone;
use crate::socket::wall::epoch_ms;
use crate::socket::web::Web;

/// The addresses, and what is spoken there. Where nothing is named it is found out.
const LINES: [(&str, Option<PhoneDialect>); 10] = [
    ("/ws/asterisk", Some(PhoneDialect::Asterisk)),
    ("/ws/freeswitch", Some(PhoneDialect::Drachtio)),
    ("/ws/jambonz", Some(PhoneDialect::Jambonz)),
    ("/ws/audio-stream", Some(PhoneDialect::AudioStream)),
    ("/ws/twilio", Some(PhoneDialect::Twilio)),
    ("/ws/telnyx", Some(PhoneDialect::Telnyx)),
    ("/ws/vonage", Some(PhoneDialect::Vonage)),
    ("/ws/plivo", Some(PhoneDialect::Plivo)),
    ("/ws/exotel", Some(PhoneDialect::Exotel)),
    ("/ws/phone", None),
];

/// What an address speaks.
#[derive(Clone, Copy)]
struct Spoken(Option<PhoneDialect>);

pub(super) fn router() -> Router<Arc<App>> {
    LINES.into_iter().fold(Router::new(), |router, (path, dialect)| {
        router.route(path, get(take).layer(Extension(Spoken(dialect))))
    })
}

async fn take(
    State(app): State<Arc<App>>,
    Extension(Spoken(dialect)): Extension<Spoken>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<Params>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let result = open(&app, dialect, peer, (&uri, query), &headers, upgrade);
    counted(&app, result)
}

fn open(
    app: &Arc<App>,
    dialect: Option<PhoneDialect>,
    peer: Peer,
    (uri, query): (&Uri, Params),
    headers: &HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, Refusal> {
    let (mut upgrade, access) = prepare(app, peer, || shown(app, dialect, uri, &query, headers), upgrade)?;
    let offered = || protocols(headers).filter(|p| !p.starts_with(BEARER_PROTOCOL));
    let dialect = dialect.or_else(|| offered().find_map(PhoneDialect::of_protocol));
    // A client gives up when nothing it offers is chosen. Its operator may have renamed its own.
    let own = offered().find(|p| dialect.is_some() && PhoneDialect::of_protocol(p) == dialect);
    if let Some(chosen) = own.or_else(|| offered().next()).and_then(|p| HeaderValue::from_str(p).ok()) {
        upgrade.set_selected_protocol(chosen);
    }
    let session = dialect.map(|dialect| session(dialect, &query).map(|s| (dialect, s))).transpose()?;
    let app = app.clone();
    let caller = Caller { peer: peer.0, granted: access == Access::Granted, asked: query, first: None };
    Ok(upgrade.on_upgrade(move |socket| {
        let sockets = app.sockets.clone();
        sockets.track_future(async move { speak(&app, socket, session, caller).await })
    }))
}

/// What whoever connects has shown: a carrier's signature, or a token.
fn shown(app: &App, dialect: Option<PhoneDialect>, uri: &Uri, query: &Params, headers: &HeaderMap) -> Access {
    let carriers = &app.config.carriers;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // Carriers sign the address as they know it, and not all of them know it as a WebSocket's.
    let urls = carriers.public_url.as_ref().map(|url| [url.socket(path), url.web(path)]);
    let urls = urls.as_ref().map_or(&[][..], |urls| urls);
    let request = Signed { post: false, urls, headers, body: &[], now: epoch_ms() / 1000 };
    match dialect.and_then(|dialect| carriers.check(dialect, &request)) {
        Some(Verdict::Right) => Access::Granted,
        Some(Verdict::Wrong) => Access::Wrong,
        Some(Verdict::Unsigned) | None => access(app.config.token.as_ref(), headers, query),
    }
}

type Session = (PhoneDialect, Box<dyn PhoneSession>);

async fn speak(app: &App, socket: Web, session: Option<Session>, caller: Caller) {
    let mut client = Client::new(socket, app);
    let (session, first) = match session {
        Some(session) => (session, None),
        None => match detect(app, &mut client).await {
            Ok((dialect, text)) => ((dialect, dialect.session()), Some(text)),
            Err(End::Fault(error)) => {
                app.metrics.count(&m::ERRORS, &["wire"]);
                client.lane.close(error.code.close(), error.code.as_str());
                return client.linger(app).await;
            }
            Err(_) => return,
        },
    };
    let (dialect, session) = session;
    let phone = Phone::new(dialect.into(), session, client.lane.clone(), false);
    answer(app, client, phone, Caller { first, ..caller }).await;
}

/// Reads until it is clear what is spoken; the message that tells it.
async fn detect(app: &App, client: &mut Client) -> Result<(PhoneDialect, String), End> {
    let deadline = Instant::now() + app.config.timing.auth;
    for _ in 0..MAX_BEFORE_START {
        match frame_before(app, client, deadline).await? {
            Some(Frame::Text(text)) => match PhoneDialect::of_message(&text) {
                Detected::As(dialect) => return Ok((dialect, text.to_string())),
                Detected::NotYet => {}
                Detected::Unknown => break,
            },
            _ => break,
        }
    }
    Err(End::Fault(WireError::new(
        ErrorCode::BadEvent,
        "no dialect of a PBX or carrier is known by these messages: connect to its own address, such as /ws/freeswitch",
    )))
}

/// A session as the address asks for it.
fn session(dialect: PhoneDialect, query: &HashMap<String, String>) -> Result<Box<dyn PhoneSession>, Refusal> {
    let module = match dialect {
        PhoneDialect::Drachtio => Module::Drachtio,
        PhoneDialect::Jambonz => Module::Jambonz,
        PhoneDialect::AudioStream => Module::AudioStream,
        _ => return Ok(dialect.session()),
    };
    let bad = |message: &str| Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::BadParameter, message);
    let mut session = FreeSwitchSession::new(module);
    if let Some(rate) = query.get("rate") {
        let rate = rate.parse().map_err(|_| bad("rate must be a number, such as 16000"))?;
        session = session.at_rate(rate).map_err(|error| bad(&error.message))?;
    }
    session = match query.get("mix").map(String::as_str) {
        None | Some("mono" | "mixed") => session,
        Some("stereo") => session.stereo(true),
        Some(_) => return Err(bad("mix must be mono, mixed or stereo")),
    };
    session = match query.get("return").map(String::as_str) {
        None => session,
        Some("binary") => session.answered(Return::Binary),
        Some("clips") => session.answered(Return::Clips),
        Some(_) => return Err(bad("return must be binary or clips")),
    };
    Ok(Box::new(session))
}
