//! At which of its places is a server reached, and what waits until that is known?

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::run::Word;
use crate::core::io::{Input, Target};
use crate::dns::{Dns, Place, Seek, locate};

/// How long a place that failed is passed over.
const BAD: Duration = Duration::from_secs(60);
/// Names that are remembered, and messages that wait for one.
const NAMES: usize = 256;
const WAITING: usize = 64;

/// What is known of a name.
struct Known {
    place: Place,
    until: Instant,
    /// When each of the addresses failed last.
    failed: Vec<Option<Instant>>,
}

impl Known {
    /// The first that did not fail lately, else the one whose failure is longest ago.
    fn best(&self, now: Instant) -> Option<SocketAddr> {
        let bad = |at: &Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < BAD);
        let good = self.failed.iter().position(|at| !bad(at));
        let at = good.or_else(|| (0..self.failed.len()).min_by_key(|&at| self.failed[at]));
        self.place.addresses.get(at?).copied()
    }
}

/// A message that waits: bytes, and the branch of a request.
pub(super) type Waiting = (Target, Vec<u8>, Option<String>);

/// The places of servers.
pub(super) struct Places {
    dns: Dns,
    known: HashMap<Seek, Known>,
    /// What is being looked for, and what is to be sent then.
    sought: HashMap<Seek, Vec<Waiting>>,
    words: mpsc::Sender<Word>,
    stop: CancellationToken,
}

impl Places {
    pub(super) fn new(dns: Dns, words: mpsc::Sender<Word>, stop: CancellationToken) -> Self {
        Self { dns, known: HashMap::new(), sought: HashMap::new(), words, stop }
    }

    /// Where a target is, as far as that is known and holds.
    pub(super) fn of(&self, target: &Target) -> Option<SocketAddr> {
        let now = Instant::now();
        let known = self.known.iter().filter(|(_, known)| known.until > now);
        let mut of_it = known.filter(|(seek, known)| target.is_of(seek, known.place.transport));
        of_it.find_map(|(_, known)| known.best(now))
    }

    /// Looks for a server; [`Word::Located`] follows.
    pub(super) fn seek(&mut self, seek: Seek, waiting: Option<Waiting>) {
        let sought = self.sought.contains_key(&seek);
        let waits = self.sought.entry(seek.clone()).or_default();
        if let Some(waiting) = waiting
            && waits.len() < WAITING
            // A request that is sent again while it waits is sent once.
            && !waits.iter().any(|(.., branch)| branch.is_some() && *branch == waiting.2)
        {
            waits.push(waiting);
        }
        if sought {
            return;
        }
        let (dns, words, stop) = (self.dns.clone(), self.words.clone(), self.stop.clone());
        tokio::spawn(async move {
            let found = tokio::select! {
                found = locate(&dns, &seek) => found.map_err(|error| error.to_string()),
                () = stop.cancelled() => return,
            };
            let _stopped = words.send(Word::Located(seek, found)).await;
        });
    }

    /// Something was found, or was not: what was known before holds a little longer then. Gives what the core is told,
    /// and what waits.
    pub(super) fn found(&mut self, seek: Seek, found: Result<Place, String>) -> (Input, Vec<Waiting>) {
        let waiting = self.sought.remove(&seek).unwrap_or_default();
        let now = Instant::now();
        let found = match found {
            Ok(place) => {
                // A place that failed has still failed.
                let before = self.known.remove(&seek);
                let failure = |address: &SocketAddr| {
                    let before = before.as_ref()?;
                    let at = before.place.addresses.iter().position(|known| known == address)?;
                    before.failed[at]
                };
                let failed = place.addresses.iter().map(failure).collect();
                if self.known.len() >= NAMES {
                    self.known.retain(|_, known| known.until > now);
                }
                if self.known.len() < NAMES {
                    let until = now + place.holds;
                    self.known.insert(seek.clone(), Known { place: place.clone(), until, failed });
                }
                Ok(place)
            }
            Err(why) => match self.known.get_mut(&seek) {
                Some(known) => {
                    tracing::warn!("{why}; what was known of {} is used on", seek.host);
                    known.until = now + BAD;
                    Ok(known.place.clone())
                }
                None => Err(why),
            },
        };
        (Input::Located(seek, found), waiting)
    }

    /// The place in use of a target failed.
    pub(super) fn failed(&mut self, target: &Target) {
        let now = Instant::now();
        for (seek, known) in &mut self.known {
            if target.is_of(seek, known.place.transport)
                && let Some(bad) = known.best(now)
                && let Some(at) = known.place.addresses.iter().position(|address| *address == bad)
            {
                known.failed[at] = Some(now);
            }
        }
    }
}
