//! How is a connection ready before it is needed?
//!
//! Connections are kept for the next request, and one more is kept ready at all times: a keeper replaces it
//! when it is taken or when the server closes it (uvicorn does after 5 s). While nobody asks, it does so less
//! and less often, down to once a minute.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HOST, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Request, StatusCode};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;
use tom_engine::{EngineError, ErrorKind};

use super::connect::{Connection, Connector};
use crate::ServerOptions;

/// Connections kept for later; more are closed.
const MOST_IDLE: usize = 64;
/// An unused connection may long be dead (routers forget it) without anybody having said so.
const OLDEST: Duration = Duration::from_secs(90);
/// Between two connections that the keeper makes: at first, and when nobody asks.
const SPACING: Duration = Duration::from_secs(1);
const SPACING_UNUSED: Duration = Duration::from_secs(60);

/// The connections to one server.
pub(crate) struct Pool {
    connector: Connector,
    options: Arc<ServerOptions>,
    idle: Mutex<Vec<(Connection, Instant)>>,
    /// Wakes the keeper.
    wake: Arc<Notify>,
    /// Somebody asks again.
    wanted: AtomicBool,
    /// Why the last connection could not be made.
    unreachable: Mutex<Option<String>>,
}

impl Pool {
    /// A pool whose keeper runs on the runtime until the pool is dropped.
    ///
    /// # Errors
    /// When TLS cannot be had.
    pub(crate) fn start(options: Arc<ServerOptions>, runtime: &Handle) -> Result<Arc<Self>, EngineError> {
        let pool = Arc::new(Self {
            connector: Connector::new(options.clone())?,
            options,
            idle: Mutex::default(),
            wake: Arc::default(),
            wanted: AtomicBool::new(true),
            unreachable: Mutex::default(),
        });
        runtime.spawn(keep(Arc::downgrade(&pool), pool.wake.clone()));
        Ok(pool)
    }

    /// A request will come soon: a connection shall be ready.
    pub(crate) fn warm(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Why the server cannot be reached, if it could not.
    pub(crate) fn unreachable(&self) -> Option<String> {
        self.unreachable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request and waits for the head of the answer. A kept connection that turns out to be closed is
    /// replaced once, without a word.
    ///
    /// # Errors
    /// When the server cannot be reached or breaks off.
    pub(crate) async fn send(
        self: &Arc<Self>,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Answer, EngineError> {
        let headers = request.headers_mut();
        if let Ok(host) = HeaderValue::from_str(&self.options.url.authority) {
            headers.insert(HOST, host);
        }
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tom/", env!("CARGO_PKG_VERSION"))));
        if let Some(key) = &self.options.key
            && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
        {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(connection) = self.kept().await
            && let Ok(answer) = self.ask(connection, request.clone()).await
        {
            return Ok(answer);
        }
        let connection = self.connect().await?;
        self.ask(connection, request).await
    }

    async fn ask(
        self: &Arc<Self>,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, EngineError> {
        let sent = connection.sender.send_request(request).await.map_err(|error| self.broken(error))?;
        let (head, body) = sent.into_parts();
        let (status, headers) = (head.status, head.headers);
        Ok(Answer { status, headers, body, connection: Some(connection), pool: self.clone() })
    }

    fn broken(&self, error: hyper::Error) -> EngineError {
        let what = format!("{} broke off before it was done: {error}", self.options.url);
        EngineError::new(ErrorKind::Crashed, what)
    }

    async fn connect(&self) -> Result<Connection, EngineError> {
        let made = self.connector.connect(self.wake.clone()).await;
        *self.unreachable.lock().unwrap_or_else(PoisonError::into_inner) =
            made.as_ref().err().map(|error| error.what.clone());
        made
    }

    /// The connection kept last that still works.
    async fn kept(&self) -> Option<Connection> {
        loop {
            let (mut connection, since) = self.idle().pop()?;
            self.warm();
            let alive = since.elapsed() < OLDEST && !connection.sender.is_closed();
            if alive && connection.sender.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if !connection.sender.is_closed() && idle.len() < MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a connection is ready, after those that are of no use are gone.
    fn is_warm(&self) -> bool {
        let mut idle = self.idle();
        idle.retain(|(connection, since)| since.elapsed() < OLDEST && !connection.sender.is_closed());
        !idle.is_empty()
    }
}

/// Keeps one connection ready.
async fn keep(pool: Weak<Pool>, wake: Arc<Notify>) {
    let mut spacing = SPACING;
    let mut last: Option<Instant> = None;
    loop {
        let Some(pool) = pool.upgrade() else { return };
        if pool.wanted.swap(false, Ordering::Relaxed) {
            spacing = SPACING;
        }
        let due = last.map_or_else(Instant::now, |last| last + spacing);
        if !pool.is_warm() && Instant::now() >= due {
            if let Ok(connection) = pool.connect().await {
                pool.keep(connection);
            }
            if last.replace(Instant::now()).is_some() {
                spacing = (spacing * 2).min(SPACING_UNUSED);
            }
        }
        let rest = if pool.is_warm() { SPACING_UNUSED } else { spacing };
        drop(pool);
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// An answer whose body is still to come. Dropping it closes the connection, so that the server stops.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    connection: Option<Connection>,
    pool: Arc<Pool>,
}

impl Answer {
    /// The next bytes of the body; none at its end, after which the connection serves others.
    ///
    /// # Errors
    /// When the connection was cut.
    pub(crate) async fn bytes(&mut self) -> Result<Option<Bytes>, EngineError> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|error| self.pool.broken(error))?;
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                return Ok(Some(data));
            }
        }
        if let Some(connection) = self.connection.take() {
            self.pool.keep(connection);
        }
        Ok(None)
    }

    /// The whole body, but not more than so many bytes of it.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(crate) async fn all(&mut self, most: usize) -> Result<Vec<u8>, EngineError> {
        let mut all = Vec::new();
        while let Some(bytes) = self.bytes().await? {
            all.extend_from_slice(&bytes[..bytes.len().min(most.saturating_sub(all.len()))]);
            if all.len() >= most {
                break;
            }
        }
        Ok(all)
    }

    /// The content type, in small letters, without parameters.
    pub(crate) fn content_type(&self) -> String {
        let value = self.headers.get(hyper::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}
