//! Which calls run, which are just over, and where are the others kept?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tom_base::CallId;
use tom_call::{CallReport, Notice};
use tom_engine::Health;
use tom_store::{Call, Detail, Store};

use super::account::Account;
use super::hub::Hub;
use super::{notice, shape};

/// What is kept of calls beyond the last ones.
#[derive(Clone, Debug, Default)]
pub enum Keep {
    /// Nothing.
    #[default]
    Off,
    /// It was to be kept, and the database cannot be used, for that reason. Calls go on.
    Failed(String),
    /// All, in this database.
    Open(Arc<Store>),
}

impl Keep {
    /// How the database is, for `/health`.
    #[must_use]
    pub fn health(&self) -> Health {
        match self {
            Self::Off => Health::Off,
            Self::Failed(why) => Health::Down(why.clone()),
            Self::Open(store) => {
                let health = store.health();
                match health.trouble {
                    Some(why) => Health::Degraded(format!("calls are not kept: {why}")),
                    None if health.dropped > 0 => Health::Degraded(format!(
                        "{} times a call was not kept, because the disk was too slow",
                        health.dropped
                    )),
                    None => Health::Ok,
                }
            }
        }
    }

    pub(crate) fn store(&self) -> Option<&Arc<Store>> {
        match self {
            Self::Open(store) => Some(store),
            Self::Off | Self::Failed(_) => None,
        }
    }
}

/// An account that its call and those who read it share. Held for moments only.
pub(crate) type Shared = Arc<Mutex<Account>>;

/// The calls of a server, as the API tells them. Cheap to clone; every clone sees the same calls.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    inner: Arc<Mutex<Inner>>,
    pub(crate) keep: Keep,
    pub(crate) hub: Arc<Hub>,
    /// Calls that are over and stay in memory.
    recent: usize,
}

#[derive(Debug, Default)]
struct Inner {
    live: Vec<Shared>,
    recent: VecDeque<Arc<Detail>>,
    last_ms: u64,
}

impl Ledger {
    pub(crate) fn new(keep: Keep, recent: usize) -> Self {
        Self { inner: Arc::default(), keep, hub: Arc::default(), recent }
    }

    /// A call begins. Its beginning is a millisecond of its own, so that calls have an order.
    pub(crate) fn began(&self, id: &CallId, mut call: Call) -> Shared {
        let texts = self.keep.store().is_some_and(|store| store.policy().transcripts);
        let account = self.with(|inner| {
            let now =
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
            inner.last_ms = now.max(inner.last_ms + 1);
            call.started_ms = inner.last_ms;
            let account = Arc::new(Mutex::new(Account::new(id.clone(), call.clone(), texts)));
            inner.live.push(account.clone());
            account
        });
        self.hub.tell(Some(id), "call.started", &shape::call(&call));
        if let Some(store) = self.keep.store() {
            store.began(call);
        }
        account
    }

    /// Something happened in a call.
    pub(crate) fn noticed(&self, account: &Shared, told: &Notice) {
        let store = self.keep.store();
        let (turn, progress, id, texts) = {
            let mut account = lock(account);
            let turn = account.follow(told);
            let progress = turn.as_ref().and(store).and_then(|_| account.progress());
            (turn, progress, account.id.clone(), account.texts)
        };
        if let Some((store, progress)) = store.zip(progress) {
            store.turn_ended(progress);
        }
        if self.hub.follows(&id) {
            let (name, data) = notice::told(told, texts);
            self.hub.tell_followers(&id, told.seq, name, &data);
        }
        if let Some(turn) = turn {
            let data = serde_json::json!({"call_id": id.as_str(), "turn": shape::turn(&turn)});
            self.hub.tell(Some(&id), "call.turn", &data);
        }
    }

    /// A call is over; without a report its task broke. May take some milliseconds.
    pub(crate) fn ended(&self, account: &Shared, report: Option<&CallReport>) {
        let (detail, id) = {
            let mut account = lock(account);
            (Arc::new(account.finish(report)), account.id.clone())
        };
        self.with(|inner| {
            inner.live.retain(|live| !Arc::ptr_eq(live, account));
            inner.recent.push_front(detail.clone());
            inner.recent.truncate(self.recent);
        });
        self.hub.call_over(&id);
        self.hub.tell(Some(&id), "call.ended", &shape::call(&detail.call));
        if let Some(store) = self.keep.store() {
            store.ended(Detail::clone(&detail));
        }
    }

    /// The running calls, without what was said.
    pub(crate) fn live(&self) -> Vec<Detail> {
        let live = self.with(|inner| inner.live.clone());
        live.iter().map(|account| lock(account).so_far()).collect()
    }

    /// The last calls that are over, the latest end first.
    pub(crate) fn recent(&self) -> Vec<Arc<Detail>> {
        self.with(|inner| inner.recent.iter().cloned().collect())
    }

    /// Whether a call of that name runs.
    pub(crate) fn runs(&self, id: &CallId) -> bool {
        let live = self.with(|inner| inner.live.clone());
        live.iter().any(|account| lock(account).id == *id)
    }

    /// Takes the past calls of that name out of memory, and tells how many there were.
    pub(crate) fn forget(&self, id: &CallId) -> usize {
        self.hub.forget(id);
        self.with(|inner| {
            let before = inner.recent.len();
            inner.recent.retain(|detail| detail.call.id != id.as_str());
            before - inner.recent.len()
        })
    }

    fn with<T>(&self, with: impl FnOnce(&mut Inner) -> T) -> T {
        with(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn lock(account: &Shared) -> std::sync::MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}
