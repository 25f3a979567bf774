//! What becomes of a request where a server is in several places, and one of them does not answer (RFC 3263, 4.3)?

use std::sync::Arc;
use std::time::Duration;

use super::Core;
use super::client::{Answer, ClientTx, Sent};
use super::io::{Output, Target, Way};
use super::net::Net;
use crate::dns::{Place, Seek};

/// How long a place is waited for where there is another one, in T1: 4 s, three times sent again.
const NEXT_IN_T1: u32 = 8;
/// Names whose places are remembered.
const MOST_PLACES: usize = 64;

impl Net {
    /// Remembers what was found of a name.
    pub(crate) fn located(&mut self, seek: &Seek, place: &Place) {
        self.places.retain(|(known, ..)| known != seek);
        // Old ones are not missed: they are found again.
        if self.places.len() >= MOST_PLACES {
            self.places.remove(0);
        }
        if place.addresses.len() > 1 {
            self.places.push((seek.clone(), place.transport, place.addresses.len()));
        }
    }

    /// How many places a target has, as far as is known.
    pub(crate) fn places_of(&self, target: &Target) -> usize {
        let found = self.places.iter().find(|(seek, transport, _)| target.is_of(seek, *transport));
        found.map_or(1, |(.., count)| *count)
    }

    /// How long an answer is waited for: less long where there is another place to try.
    pub(super) fn patience_at(&self, place: Option<&(Target, usize)>) -> Duration {
        match place {
            Some((target, tried)) if self.places_of(target) > *tried => self.options.t1 * NEXT_IN_T1,
            _ => self.patience(),
        }
    }

    /// A name was found to have several places: who waits for the first of them waits less long.
    pub(crate) fn hurry(&mut self) {
        let soon = self.now + self.options.t1 * NEXT_IN_T1;
        let waits = |tx: &ClientTx| {
            let place = tx.place.as_ref().filter(|_| Self::is_unheard(tx));
            place.is_some_and(|(target, tried)| self.places_of(target) > *tried)
        };
        let found: Vec<Arc<str>> =
            self.clients.iter().filter(|(_, tx)| waits(tx)).map(|(branch, _)| branch.clone()).collect();
        for branch in found {
            if let Some(tx) = self.clients.get_mut(&branch) {
                tx.dies = tx.dies.map(|dies| dies.min(soon));
            }
            self.wait_client(&branch);
        }
    }

    /// Nobody answered, or who did has no time (503): the same request to the next place, if there is one (RFC 3263,
    /// 4.3). Its branch.
    pub(crate) fn elsewhere(&mut self, answer: &Answer) -> Option<Arc<str>> {
        if answer.response.as_ref().is_some_and(|response| response.status != 503) {
            return None;
        }
        let (target, tried) = answer.place.clone()?;
        self.out.push_back(Output::Failed(target.clone()));
        if self.places_of(&target) <= tried {
            return None;
        }
        let way = Way::To(target.clone());
        Some(self.request_at(answer.request.clone(), way, answer.sent, Some((target, tried + 1))))
    }
}

impl Core {
    /// A name was looked up.
    pub(super) fn located(&mut self, seek: &Seek, found: &Result<Place, String>) {
        if let Ok(place) = found {
            self.net.located(seek, place);
            self.net.hurry();
        }
        for line in self.lines.iter_mut().flatten().filter(|line| line.is_at(seek)) {
            line.located(&mut self.net, found);
        }
    }

    /// A request of ours was answered, or was not.
    pub(super) fn answered(&mut self, answer: Answer) {
        let may = match answer.sent {
            Sent::Call(id) => self.calls.get(&id).is_some_and(|call| call.goes_elsewhere(&answer)),
            Sent::Trunk(_) => true,
            Sent::Nobody => false,
        };
        if may && let Some(branch) = self.net.elsewhere(&answer) {
            if let Sent::Call(id) = answer.sent {
                self.with_call(id, |call, _| call.went_elsewhere(&answer.request, branch));
            }
            return;
        }
        match answer.sent {
            Sent::Call(id) => self.with_call(id, |call, net| call.answered(net, answer)),
            Sent::Trunk(at) => {
                if let Some(line) = self.lines.get_mut(at).and_then(Option::as_mut) {
                    line.answered(&mut self.net, &answer);
                }
            }
            Sent::Nobody => {}
        }
    }
}
