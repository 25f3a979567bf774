//! How does a loopback server start, answer and end?

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::fault::{Fault, Faults, Kind};
use crate::paced;
use crate::script::Script;
use crate::stats::{Stats, Watch};
use crate::{chat, speech, transcribe};

/// The largest request: a minute of 16 kHz audio is 1.9 MB.
const MOST_BYTES: usize = 8 << 20;

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    stats: Arc<Stats>,
    faults: Arc<Faults>,
    task: AbortHandle,
}

impl Loopback {
    /// Starts a server on a free port of 127.0.0.1, on the runtime that this is called on.
    ///
    /// # Errors
    /// When no socket can be had.
    pub async fn start(script: Script) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (stats, faults) = (Arc::new(Stats::default()), Arc::new(Faults::default()));
        let app = App { script: Arc::new(script), stats: stats.clone(), faults: faults.clone() };
        let counted = stats.clone();
        let listener = listener.tap_io(move |stream| {
            counted.connected();
            // Without it the answer is merely slower.
            drop(stream.set_nodelay(true));
        });
        let task = tokio::spawn(async move { axum::serve(listener, router(app)).await }).abort_handle();
        Ok(Self { address, stats, faults, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a setting takes it, without `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has seen.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// From now on something goes wrong with requests of a kind; `None`: nothing any more.
    pub fn fault(&self, kind: Kind, fault: Option<Fault>) {
        self.faults.set(kind, fault, None);
    }

    /// Something goes wrong with the next so many requests of a kind.
    pub fn fault_for(&self, kind: Kind, fault: Fault, times: u32) {
        self.faults.set(kind, (times > 0).then_some(fault), Some(times));
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What every request needs.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) script: Arc<Script>,
    stats: Arc<Stats>,
    faults: Arc<Faults>,
}

/// A request that is to be answered.
pub(crate) struct Asked {
    pub(crate) request: Value,
    pub(crate) fault: Option<Fault>,
    pub(crate) watch: Watch,
}

impl App {
    pub(crate) fn watch(&self, kind: Kind) -> Watch {
        Watch::new(self.stats.clone(), kind)
    }

    pub(crate) fn fault(&self, kind: Kind) -> Option<Fault> {
        self.faults.next(kind)
    }

    /// The answer to a request for a model that is not there.
    pub(crate) fn refuse_model(&self, model: Option<&str>) -> Option<Response> {
        let models = &self.script.models;
        let there = models.is_empty() || model.is_some_and(|model| models.iter().any(|m| m == model));
        (!there).then(|| problem(404, "The model does not exist or you do not have access to it."))
    }

    /// A request whose body is JSON and names a model, with what goes wrong with it; else the answer that it gets.
    pub(crate) async fn asked(&self, kind: Kind, body: &[u8]) -> Result<Asked, Box<Response>> {
        let mut watch = self.watch(kind);
        let fault = self.fault(kind);
        if let Some(answer) = fault_answer(fault.as_ref(), &mut watch).await {
            return Err(Box::new(answer));
        }
        let refused = match serde_json::from_slice::<Value>(body) {
            Ok(request) => match self.refuse_model(request["model"].as_str()) {
                None => return Ok(Asked { request, fault, watch }),
                Some(answer) => answer,
            },
            Err(_) => problem(400, "the body is no JSON"),
        };
        watch.finish();
        Err(Box::new(refused))
    }

    /// An answer in one piece, with what goes wrong with it.
    pub(crate) fn faulty_json(
        &self,
        json: Value,
        fault: Option<Fault>,
        garbage: &'static [u8],
        mut watch: Watch,
        well: impl FnOnce(Value) -> Response,
    ) -> Response {
        let now = Instant::now();
        let whole = Bytes::from(json.to_string());
        let half = whole.len() / 2;
        let mut parts =
            [whole.slice(..half), whole.slice(half..)].map(|part| (Default::default(), part)).into_iter();
        let body = match fault {
            None => {
                watch.finish();
                return well(json);
            }
            Some(Fault::Garbage) => Body::from({
                watch.finish();
                garbage
            }),
            Some(Fault::Drip(wait)) => paced::drip(wait, &mut parts, watch),
            Some(Fault::Chatter(wait)) => paced::chatter(wait, b" ", watch),
            fault => paced::body(now, parts, fault, watch),
        };
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// The answer of a server that does not even try, if that is what goes wrong.
pub(crate) async fn fault_answer(fault: Option<&Fault>, watch: &mut Watch) -> Option<Response> {
    match fault? {
        Fault::Silent => match paced::never().await {},
        Fault::Status(status) => {
            watch.finish();
            Some(problem(*status, "it does not work, as programmed"))
        }
        Fault::Answer { status, content_type, headers, body } => {
            watch.finish();
            let mut answer = Response::builder().status(*status).header(header::CONTENT_TYPE, content_type);
            for (name, value) in headers {
                answer = answer.header(name, value);
            }
            let answer = answer.body(Body::from(body.clone()));
            Some(answer.unwrap_or_else(|_| problem(500, "the programmed answer is no HTTP answer")))
        }
        _ => None,
    }
}

/// An error as OpenAI shapes it.
pub(crate) fn problem(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error = json!({ "error": { "message": message, "type": "loopback", "code": status.as_u16() } });
    (status, Json(error)).into_response()
}

fn router(app: App) -> Router {
    Router::new()
        .route("/v1/models", get(models))
        .route(
            "/v1/audio/transcriptions",
            post(|State(app), headers: HeaderMap, body: Bytes| transcribe::transcribe(app, headers, body)),
        )
        .route("/v1/chat/completions", post(|State(app), body: Bytes| chat::complete(app, body)))
        .route("/v1/audio/speech", post(|State(app), body: Bytes| speech::speak(app, body)))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), keyed))
        .with_state(app)
}

/// Lets only those in who carry the key.
async fn keyed(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(key) = &app.script.key {
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if given.and_then(|given| given.strip_prefix("Bearer ")) != Some(key) {
            return problem(401, "Incorrect API key provided.");
        }
    }
    next.run(request).await
}

async fn models(State(app): State<App>) -> Response {
    let mut watch = app.watch(Kind::Models);
    let fault = app.fault(Kind::Models);
    if let Some(answer) = fault_answer(fault.as_ref(), &mut watch).await {
        return answer;
    }
    let data: Vec<_> =
        app.script.models.iter().map(|id| json!({ "id": id, "object": "model", "created": 0 })).collect();
    let list = json!({ "object": "list", "data": data });
    app.faulty_json(list, fault, b"<html>It works!</html>", watch, |json| Json(json).into_response())
}
