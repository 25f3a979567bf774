//! Which calls are running, and what is left of the last ones?

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tom_audio::HoldMusic;
use tom_base::{CallId, Lang};
use tom_call::{CallPort, CallReport, CallSetup, Control, Manner, link, run};
use tom_turn::EndReason;
use tom_wire::{ErrorCode, WireError};

use crate::api::{Ledger, Shared};
use crate::config::Limits;
use crate::live::{LiveCall, Stand, Standing};
use crate::metrics::{Metrics, registry as m};
use crate::strain::{Level, StrainWatch};
use crate::switchboard::{CallRequest, Switchboard};

/// Calls of which is kept at once, when they are over, what is to be kept of them. Each has a thread for that time, and
/// when hundreds hang up together (a trunk fails, a server drains) hundreds of threads would write no faster.
const KEPT_AT_ONCE: usize = 4;

#[derive(Debug, Default)]
struct Book {
    live: HashMap<CallId, LiveCall>,
    past: VecDeque<Arc<CallReport>>,
    closed: bool,
}

/// The calls of a server. Cheap to clone; every clone sees the same calls.
#[derive(Clone)]
pub struct Calls {
    book: Arc<Mutex<Book>>,
    tracker: TaskTracker,
    keeping: Arc<Semaphore>,
    switchboard: Arc<dyn Switchboard>,
    metrics: Metrics,
    limits: Limits,
    pub(crate) ledger: Ledger,
    strain: StrainWatch,
    /// What callers hear who wait; none: what a call has of its own.
    music: Arc<OnceLock<HoldMusic>>,
}

impl Calls {
    pub(crate) fn new(
        switchboard: Arc<dyn Switchboard>,
        metrics: Metrics,
        limits: Limits,
        ledger: Ledger,
        strain: StrainWatch,
    ) -> Self {
        metrics.gauge(&m::CALLS_CAPACITY, &[]).set(limits.max_calls as f64);
        Self {
            book: Arc::default(),
            tracker: TaskTracker::new(),
            keeping: Arc::new(Semaphore::new(KEPT_AT_ONCE)),
            switchboard,
            metrics,
            limits,
            ledger,
            strain,
            music: Arc::default(),
        }
    }

    /// The running calls, the oldest first.
    #[must_use]
    pub fn live(&self) -> Vec<LiveCall> {
        let mut live: Vec<_> = self.book(|book| book.live.values().cloned().collect());
        live.sort_by_key(|call: &LiveCall| call.since);
        live
    }

    /// How many streams of events are open.
    #[must_use]
    pub fn event_streams(&self) -> usize {
        self.ledger.hub.subscribers()
    }

    /// How many calls run.
    #[must_use]
    pub fn count(&self) -> usize {
        self.book(|book| book.live.len())
    }

    /// The reports of the last calls with their journals, the latest first.
    #[must_use]
    pub fn past(&self) -> Vec<Arc<CallReport>> {
        self.book(|book| book.past.iter().rev().cloned().collect())
    }

    /// Takes the reports of the calls of that name out of memory, and tells how many there were.
    pub(crate) fn forget(&self, id: &CallId) -> usize {
        self.book(|book| {
            let before = book.past.len();
            book.past.retain(|report| report.id != *id);
            before - book.past.len()
        })
    }

    /// Tells a call something. `false` when there is no such call or it does not listen.
    pub fn tell(&self, id: &CallId, control: Control) -> bool {
        let sender = self.book(|book| book.live.get(id).map(|call| call.control.clone()));
        sender.is_some_and(|sender| sender.try_send(control).is_ok())
    }

    /// Where a running call stands.
    pub(crate) fn stand(&self, id: &CallId) -> Option<Stand> {
        self.book(|book| book.live.get(id).map(|call| call.standing.now()))
    }

    /// From now on callers who wait hear this.
    pub(crate) fn play_to_who_waits(&self, music: HoldMusic) {
        // Said twice, the first stays.
        let _again = self.music.set(music);
    }

    /// Whether a call would be taken now.
    ///
    /// # Errors
    /// `DRAINING`, `NOT_READY` or `RATE_CALLS`.
    pub fn admits(&self) -> Result<(), WireError> {
        self.book(|book| admits(book, &self.limits))?;
        if self.strain.level() == Level::Full {
            let what = "this machine is short of memory or too hot and takes no new calls: try again later";
            return Err(WireError::new(ErrorCode::NotReady, what));
        }
        self.switchboard.ready().map_err(|why| WireError::new(ErrorCode::NotReady, why))
    }

    /// Begins a call: its task runs until it is over, and its report is kept.
    pub(crate) fn begin(&self, request: &CallRequest) -> Result<(CallPort, Lang), WireError> {
        self.begin_in(request, Manner::default())
    }

    /// The same for a call that is held in a manner of its own.
    pub(crate) fn begin_in(
        &self,
        request: &CallRequest,
        manner: Manner,
    ) -> Result<(CallPort, Lang), WireError> {
        self.admits()?;
        let mut setup = self.switchboard.setup(request)?;
        setup.lead = setup.lead.min(request.transport.most_lead());
        let lang = setup.lang;
        let (port, call_link) = link(request.transport.tells_what_it_played());
        let live = LiveCall {
            id: request.id.clone(),
            lang,
            transport: request.transport,
            peer: request.peer,
            since: SystemTime::now(),
            control: port.control.clone(),
            standing: Standing::default(),
        };
        let standing = live.standing.clone();
        self.book(|book| {
            admits(book, &self.limits)?;
            if book.live.contains_key(&request.id) {
                return Err(WireError::new(
                    ErrorCode::BadCallId,
                    "a call with this id is running: choose another id",
                ));
            }
            book.live.insert(request.id.clone(), live);
            self.metrics.gauge(&m::CALLS_ACTIVE, &[]).set(book.live.len() as f64);
            self.metrics.gauge(&m::CALLS_ACTIVE_ALIAS, &[]).set(book.live.len() as f64);
            Ok(())
        })?;
        self.metrics.count(&m::CALLS_ALIAS, &[]);
        let account = self.ledger.began(
            &request.id,
            tom_store::Call {
                id: request.id.to_string(),
                transport: request.transport.as_str().into(),
                language: lang.to_string(),
                variant: setup.plan.variant.clone(),
                ..tom_store::Call::default()
            },
        );
        let (ledger, watched) = (self.ledger.clone(), account.clone());
        let call_link = call_link.held(manner).watched(move |notice| {
            standing.noticed(&notice.kind);
            ledger.noticed(&watched, notice);
        });
        let call_link = match self.music.get() {
            Some(music) => call_link.with_music(music.clone()),
            None => call_link,
        };
        self.tracker.spawn(self.clone().hold(request.id.clone(), setup, call_link, account));
        Ok((port, lang))
    }

    /// No more calls from now on. Every running one is told.
    pub(crate) fn close(&self, control: &Control) {
        let senders: Vec<_> = self.book(|book| {
            book.closed = true;
            book.live.values().map(|call| call.control.clone()).collect()
        });
        self.metrics.gauge(&m::NODE_DRAINING, &[]).set(1.0);
        self.tracker.close();
        for sender in senders {
            if sender.try_send(control.clone()).is_err() {
                tracing::debug!("a call does not listen while the server stops");
            }
        }
    }

    /// Waits until every call is over; only after [`close`](Self::close).
    pub(crate) async fn over(&self) {
        self.tracker.wait().await;
    }

    /// Whether the server stops.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.book(|book| book.closed)
    }

    /// One call from beginning to end. In a task of its own, so that a panic stays there.
    async fn hold(self, id: CallId, setup: CallSetup, call_link: tom_call::CallLink, account: Shared) {
        let guard = Removal { calls: &self, id: &id };
        let report = tokio::spawn(run(setup, call_link)).await;
        drop(guard);
        let Ok(report) = report else {
            // The transport sees its channel closed without a farewell and says INTERNAL.
            tracing::error!(call = %id, "the task of a call broke; the call is lost, others are not touched");
            self.metrics.count(&m::ERRORS, &["call"]);
            self.metrics.count(&m::CALLS_FAILED, &[]);
            self.metrics.count(&m::CALLS, &[crate::observe::outcome(EndReason::Failure)]);
            self.ledger.ended(&account, None);
            return;
        };
        self.metrics.report(&report);
        let report = Arc::new(report);
        self.book(|book| {
            book.past.push_back(report.clone());
            while book.past.len() > self.limits.reports {
                book.past.pop_front();
            }
        });
        let (switchboard, ledger) = (self.switchboard.clone(), self.ledger.clone());
        let after = move || {
            ledger.ended(&account, Some(&report));
            switchboard.ended(&report);
        };
        // It is never closed.
        let _turn = self.keeping.acquire().await;
        if tokio::task::spawn_blocking(after).await.is_err() {
            tracing::error!(call = %id, "what is done after a call failed");
        }
    }

    fn book<T>(&self, with: impl FnOnce(&mut Book) -> T) -> T {
        with(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes the call out of the book, whatever happens to its task.
struct Removal<'a> {
    calls: &'a Calls,
    id: &'a CallId,
}

impl Drop for Removal<'_> {
    fn drop(&mut self) {
        let calls = self.calls;
        calls.book(|book| {
            book.live.remove(self.id);
            calls.metrics.gauge(&m::CALLS_ACTIVE, &[]).set(book.live.len() as f64);
            calls.metrics.gauge(&m::CALLS_ACTIVE_ALIAS, &[]).set(book.live.len() as f64);
        });
    }
}

fn admits(book: &Book, limits: &Limits) -> Result<(), WireError> {
    if book.closed {
        return Err(WireError::new(
            ErrorCode::Draining,
            "this server is stopping and takes no new calls: connect to another",
        ));
    }
    if book.live.len() >= limits.max_calls {
        return Err(WireError::new(
            ErrorCode::RateCalls,
            format!("all {} call slots are taken: try again later", limits.max_calls),
        ));
    }
    Ok(())
}
