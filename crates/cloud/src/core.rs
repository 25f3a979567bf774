//! What have the three engines in common: leave to ask, deadlines, a second try, health?

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, StatusCode};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tom_engine::{EngineError, ErrorKind, Health};

use crate::ServerOptions;
use crate::breaker::{Breaker, BreakerState, Permit};
use crate::net::{Answer, Pool, refusal};

/// One server as all calls share it.
pub(crate) struct Core {
    pub(crate) options: Arc<ServerOptions>,
    pub(crate) runtime: Handle,
    pub(crate) pool: Arc<Pool>,
    breaker: Mutex<Breaker>,
    room: Arc<Semaphore>,
    /// The last failure, for `health` and refusals.
    why: Mutex<String>,
}

impl Core {
    /// Starts to make a connection ready.
    ///
    /// # Errors
    /// When TLS cannot be had.
    pub(crate) fn start(options: ServerOptions, runtime: &Handle) -> Result<Arc<Self>, EngineError> {
        let options = Arc::new(options);
        let pool = Pool::start(options.clone(), runtime)?;
        Ok(Arc::new(Self {
            runtime: runtime.clone(),
            pool,
            breaker: Mutex::new(Breaker::new(options.breaker)),
            room: Arc::new(Semaphore::new(options.most_requests)),
            why: Mutex::default(),
            options,
        }))
    }

    /// A call begins to use it.
    ///
    /// # Errors
    /// When it is left alone after failures.
    pub(crate) fn open(&self) -> Result<(), EngineError> {
        self.pool.warm();
        let refused = self.breaker().refuses(Instant::now());
        refused.map_or(Ok(()), |wait| Err(self.rests(wait)))
    }

    /// Leave to put a request.
    ///
    /// # Errors
    /// When it is left alone after failures, or enough is under way.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Pass, EngineError> {
        let room = self.room.clone().try_acquire_owned().map_err(|_| {
            let what = format!(
                "{} requests to {} are under way; lower limits.max_calls, or use a faster server",
                self.options.most_requests, self.options.url
            );
            EngineError::new(ErrorKind::Overload, what)
        })?;
        let permit = self.breaker().admit(Instant::now()).map_err(|wait| self.rests(wait))?;
        Ok(Pass { core: self.clone(), permit: Some(permit), _room: room })
    }

    /// How it is.
    pub(crate) fn health(&self) -> Health {
        let why = || self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self.breaker().state(Instant::now()) {
            BreakerState::Open(wait) => {
                Health::Down(format!("{}; tried again in {} s", why(), wait.as_secs() + 1))
            }
            BreakerState::HalfOpen => Health::Down(format!("{}; the next request is a trial", why())),
            BreakerState::Closed { failed, of } => match self.pool.unreachable() {
                Some(why) => Health::Down(why),
                None if failed > 0 => {
                    Health::Degraded(format!("{failed} of the last {of} requests failed: {}", why()))
                }
                None => Health::Ok,
            },
        }
    }

    fn rests(&self, wait: Duration) -> EngineError {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let what = format!("{} rests {} ms more after failures: {why}", self.options.url, wait.as_millis());
        EngineError { retry: false, ..EngineError::new(ErrorKind::Unavailable, what) }
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts a body and waits for an answer with a good status. `private`: see [`refusal`].
    ///
    /// # Errors
    /// When there is no such answer.
    pub(crate) async fn post(
        &self,
        endpoint: &str,
        content_type: &str,
        body: Bytes,
        private: &[&str],
    ) -> Result<Answer, EngineError> {
        let request = Request::builder().method(Method::POST).uri(self.options.url.path(endpoint));
        let request = request.header(CONTENT_TYPE, content_type).body(Full::new(body));
        let request = request.map_err(|error| self.unsendable(&error))?;
        self.good(self.pool.send(request).await?, private).await
    }

    /// Gets an answer with a good status; nothing where the server has no such thing (404).
    ///
    /// # Errors
    /// When there is neither.
    pub(crate) async fn find(&self, endpoint: &str) -> Result<Option<Answer>, EngineError> {
        let request = Request::builder().uri(self.options.url.path(endpoint));
        let request = request.body(Full::default()).map_err(|error| self.unsendable(&error))?;
        match self.pool.send(request).await? {
            answer if answer.status == StatusCode::NOT_FOUND => Ok(None),
            answer => self.good(answer, &[]).await.map(Some),
        }
    }

    async fn good(&self, answer: Answer, private: &[&str]) -> Result<Answer, EngineError> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refusal(&self.options, answer, private).await)
    }

    fn unsendable(&self, error: &hyper::http::Error) -> EngineError {
        let ServerOptions { section, url, .. } = &*self.options;
        EngineError::new(ErrorKind::Missing, format!("{url} makes no address: {error}; mend {section}.url"))
    }

    /// Does something once more at once if it failed and that may help, all within the deadline on useful
    /// output. `wanted` names that output.
    pub(crate) async fn first<T, F: Future<Output = Result<T, EngineError>>>(
        &self,
        wanted: &str,
        attempt: impl Fn() -> F,
    ) -> Result<T, EngineError> {
        let limit = self.options.deadlines.first;
        let both = async {
            match attempt().await {
                Err(error) if error.retry => {
                    tracing::debug!("asked again: {error}");
                    attempt().await
                }
                other => other,
            }
        };
        tokio::time::timeout(limit, both).await.unwrap_or_else(|_| {
            let ServerOptions { section, url, .. } = &*self.options;
            let what = format!(
                "{url} gave {wanted} within {} ms; use a faster model or machine, or raise {section}.deadline_ms",
                limit.as_millis()
            );
            Err(EngineError::new(ErrorKind::Timeout, what))
        })
    }

    /// Waits for more of a stream, but not longer than a gap may be.
    pub(crate) async fn more<T>(
        &self,
        next: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let limit = self.options.deadlines.gap;
        tokio::time::timeout(limit, next).await.unwrap_or_else(|_| {
            let what =
                format!("{} fell silent for {} ms amid its answer", self.options.url, limit.as_millis());
            Err(EngineError::new(ErrorKind::Timeout, what))
        })
    }

    /// An answer that cannot be read.
    pub(crate) fn unreadable(&self, what: &str) -> EngineError {
        EngineError::new(ErrorKind::Protocol, format!("{}: {what}", self.options.url))
    }
}

/// Leave to put one request, and the duty to say how it went. Dropped without a word, it says nothing.
pub(crate) struct Pass {
    core: Arc<Core>,
    permit: Option<Permit>,
    _room: OwnedSemaphorePermit,
}

impl Pass {
    /// The request is done.
    pub(crate) fn report<T>(mut self, result: &Result<T, EngineError>) {
        let Some(permit) = self.permit.take() else { return };
        match result {
            Ok(_) => self.core.breaker().good(permit),
            Err(error) if is_ours(error.kind) => self.core.breaker().void(permit, Instant::now()),
            Err(error) => {
                self.core.why.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&error.what);
                self.core.breaker().bad(permit, Instant::now());
            }
        }
    }
}

/// A request that makes no sense says nothing about the engine.
fn is_ours(kind: ErrorKind) -> bool {
    kind == ErrorKind::BadRequest
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.core.breaker().void(permit, Instant::now());
        }
    }
}

/// A task that ends with its owner.
pub(crate) struct Task(AbortHandle);

impl Task {
    pub(crate) fn spawn(runtime: &Handle, future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(runtime.spawn(future).abort_handle())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
