//! Who is told what happens, and what of it can be told again?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tom_base::CallId;

/// Events that can be told again to who was away.
pub(crate) const RING: usize = 1_000;
/// Events that wait for one subscriber. Full: it is too slow and is dropped.
const WAITING: usize = 256;
/// Subscribers at once.
pub(crate) const MOST_SUBSCRIBERS: usize = 64;

/// Something that happened, ready to be sent.
#[derive(Debug)]
pub(crate) struct Told {
    /// `RUN-NUMBER`; a number of another run of the server means nothing here.
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) data: String,
    call: Option<CallId>,
    number: u64,
}

/// All subscribers of a server. Telling waits for none of them.
#[derive(Debug)]
pub(crate) struct Hub {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    run: u64,
    last: u64,
    ring: VecDeque<Arc<Told>>,
    subscribers: Vec<Subscriber>,
    next: u64,
    closed: bool,
}

#[derive(Debug)]
struct Subscriber {
    key: u64,
    /// Wants the notices of this call; none: what happens to all calls.
    about: Option<CallId>,
    tx: mpsc::Sender<Arc<Told>>,
    slow: CancellationToken,
}

/// One subscriber's end.
pub(crate) struct Subscription {
    /// What it missed and can still be told.
    pub(crate) missed: VecDeque<Arc<Told>>,
    /// Whether there was more to be told than can be.
    pub(crate) gap: bool,
    pub(crate) rx: mpsc::Receiver<Arc<Told>>,
    /// It was too slow: nothing follows what waits.
    pub(crate) slow: CancellationToken,
    /// Cancelled when this is dropped.
    pub(crate) gone: CancellationToken,
    key: u64,
    hub: Arc<Hub>,
    _gone: DropGuard,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.lock().subscribers.retain(|subscriber| subscriber.key != self.key);
    }
}

/// No more subscribers are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Subscribers,
    Closed,
}

impl Default for Hub {
    fn default() -> Self {
        let run = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        Self { inner: Mutex::new(Inner { run, ..Inner::default() }) }
    }
}

impl Hub {
    /// Something happened that all who follow the server want to know.
    pub(crate) fn tell(&self, call: Option<&CallId>, name: &'static str, data: &Value) {
        let mut inner = self.lock();
        inner.last += 1;
        let number = inner.last;
        let id = format!("{:x}-{number}", inner.run);
        let told = Arc::new(Told { id, name, data: data.to_string(), call: call.cloned(), number });
        inner.ring.push_back(told.clone());
        if inner.ring.len() > RING {
            inner.ring.pop_front();
        }
        inner.send(None, &told);
    }

    /// Whether somebody follows that call.
    pub(crate) fn follows(&self, call: &CallId) -> bool {
        self.lock().subscribers.iter().any(|s| s.about.as_ref() == Some(call))
    }

    /// Something happened in a call, for those who follow it.
    pub(crate) fn tell_followers(&self, call: &CallId, number: u64, name: &'static str, data: &Value) {
        let id = number.to_string();
        let told = Told { id, name, data: data.to_string(), call: Some(call.clone()), number };
        self.lock().send(Some(call), &Arc::new(told));
    }

    /// Nothing follows in a call.
    pub(crate) fn call_over(&self, call: &CallId) {
        self.lock().subscribers.retain(|subscriber| subscriber.about.as_ref() != Some(call));
    }

    /// What can be told again of a call is forgotten.
    pub(crate) fn forget(&self, call: &CallId) {
        self.lock().ring.retain(|told| told.call.as_ref() != Some(call));
    }

    /// Subscribes; `after`: the last event that was received.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        about: Option<CallId>,
        after: Option<&str>,
    ) -> Result<Subscription, Full> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Full::Closed);
        }
        if inner.subscribers.len() >= MOST_SUBSCRIBERS {
            return Err(Full::Subscribers);
        }
        let (missed, gap) = after.map_or_else(Default::default, |after| inner.since(after));
        let (tx, rx) = mpsc::channel(WAITING);
        let (slow, gone) = (CancellationToken::new(), CancellationToken::new());
        inner.next += 1;
        let key = inner.next;
        inner.subscribers.push(Subscriber { key, about, tx, slow: slow.clone() });
        drop(inner);
        Ok(Subscription {
            missed,
            gap,
            rx,
            slow,
            key,
            hub: self.clone(),
            _gone: gone.clone().drop_guard(),
            gone,
        })
    }

    /// How many there are.
    pub(crate) fn subscribers(&self) -> usize {
        self.lock().subscribers.len()
    }

    /// Nothing follows.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.subscribers.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn send(&mut self, about: Option<&CallId>, told: &Arc<Told>) {
        self.subscribers.retain(|subscriber| {
            if subscriber.about.as_ref() != about {
                return true;
            }
            let sent = subscriber.tx.try_send(told.clone()).is_ok();
            if !sent {
                subscriber.slow.cancel();
            }
            sent
        });
    }

    /// The events after one, and whether some of them are gone.
    fn since(&self, after: &str) -> (VecDeque<Arc<Told>>, bool) {
        let number = after.split_once('-').and_then(|(run, number)| {
            let ours = u64::from_str_radix(run, 16) == Ok(self.run);
            number.parse::<u64>().ok().filter(|number| ours && *number <= self.last)
        });
        let Some(number) = number else { return (VecDeque::new(), true) };
        let missed: VecDeque<_> = self.ring.iter().filter(|told| told.number > number).cloned().collect();
        let oldest = self.ring.front().map_or(self.last + 1, |told| told.number);
        (missed, number + 1 < oldest)
    }
}

#[cfg(test)]
mod tests;
