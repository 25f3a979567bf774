//! Where does the far end really send from? Symmetric RTP, with a latch that strangers do not turn.
//!
//! A far end behind address translation describes an address that is not the one its packets come from. So the first
//! sources that send a stream are believed: the described one at once and at any time; another at the described address,
//! or at the one that signals, after [`PROOF`] packets in a row of one stream. Whoever sends from elsewhere may be
//! anybody: it has to send for [`GRACE`] in which none of those is heard, and loses its place to the first of them
//! that is. From then on everybody else is a stranger, until the source has been silent for [`SILENCE`] and the same
//! stream comes from elsewhere: the translation changed. Another stream from elsewhere must wait for [`GONE`].

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Packets in a row by which an undescribed source proves to be a stream.
const PROOF: u32 = 2;
/// How long a source at an address that neither the description nor the signalling names must send before it is believed.
const GRACE: Duration = Duration::from_secs(1);
/// The same for taking the place of a source that had the latch.
const TAKEOVER: u32 = 5;
/// How long a source must be silent before its stream may come from elsewhere.
const SILENCE: Duration = Duration::from_secs(2);
/// How long it must be silent before another stream may take its place.
const GONE: Duration = Duration::from_secs(10);

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The far end.
    Known,
    /// Nobody has the latch yet, or its owner is silent: the packet may prove it to be the far end.
    Candidate,
    /// Somebody else.
    Foreign,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    sequence: u16,
    run: u32,
    /// When its run began, and its last packet came.
    since: Duration,
    last: Duration,
}

/// Sources at once that may become the far end. More, and the one heard least recently is forgotten.
const CANDIDATES: usize = 4;

/// Remembers where the far end sends from.
#[derive(Clone, Debug)]
pub(crate) struct Latch {
    described: SocketAddr,
    /// Where the call is signalled from.
    signalling: Option<IpAddr>,
    owner: Option<SocketAddr>,
    ssrc: u32,
    heard: Duration,
    candidates: [Option<Candidate>; CANDIDATES],
}

impl Latch {
    /// For a far end that describes this address and signals from that one, if it is known.
    pub(crate) fn new(described: SocketAddr, signalling: Option<IpAddr>) -> Self {
        let candidates = [None; CANDIDATES];
        Self { described, signalling, owner: None, ssrc: 0, heard: Duration::ZERO, candidates }
    }

    /// The far end describes another address: everything is open again. The same one changes nothing.
    pub(crate) fn describe(&mut self, described: SocketAddr) {
        if described != self.described {
            *self = Self::new(described, self.signalling);
        }
    }

    /// Where to send to.
    pub(crate) fn target(&self) -> SocketAddr {
        self.owner.unwrap_or(self.described)
    }

    /// Whether an address is one that the call itself names.
    fn is_named(&self, from: SocketAddr) -> bool {
        from.ip() == self.described.ip() || Some(from.ip()) == self.signalling
    }

    /// What the sender of a packet is, before anybody looks into it.
    pub(crate) fn source(&self, from: SocketAddr, now: Duration) -> Source {
        match self.owner {
            Some(owner) if owner == from => Source::Known,
            Some(_) if from == self.described => Source::Candidate,
            Some(owner) if self.is_named(from) && !self.is_named(owner) => Source::Candidate,
            Some(_) if now.saturating_sub(self.heard) < SILENCE => Source::Foreign,
            _ => Source::Candidate,
        }
    }

    /// A packet that is RTP of this call came. Says whether its sender is the far end now.
    pub(crate) fn valid(&mut self, from: SocketAddr, ssrc: u32, sequence: u16, now: Duration) -> bool {
        match self.source(from, now) {
            Source::Known => {
                self.heard = now;
                self.ssrc = ssrc;
                true
            }
            Source::Foreign => false,
            Source::Candidate => self.proves(from, ssrc, sequence, now),
        }
    }

    /// A packet of one who may become the far end. Says whether it is now.
    fn proves(&mut self, from: SocketAddr, ssrc: u32, sequence: u16, now: Duration) -> bool {
        let Candidate { run, since, .. } = self.hear(from, ssrc, sequence, now);
        let named = self.is_named(from);
        let needed = match self.owner {
            _ if from == self.described => 1,
            Some(owner) if named && !self.is_named(owner) => PROOF,
            Some(_) if ssrc != self.ssrc && now.saturating_sub(self.heard) < GONE => return false,
            Some(_) => TAKEOVER,
            None if named => PROOF,
            None if now.saturating_sub(since) < GRACE || self.hears_named(now) => return false,
            None => PROOF,
        };
        if run < needed {
            return false;
        }
        self.owner = Some(from);
        self.ssrc = ssrc;
        self.heard = now;
        self.candidates = [None; CANDIDATES];
        true
    }

    /// Remembers a packet of a candidate.
    fn hear(&mut self, from: SocketAddr, ssrc: u32, sequence: u16, now: Duration) -> Candidate {
        let mut candidate = Candidate { from, ssrc, sequence, run: 1, since: now, last: now };
        // Its own place, else a free one, else that of whoever was heard least recently.
        let of_it = |known: &Option<Candidate>| known.is_some_and(|known| known.from == from);
        let at = self.candidates.iter().position(of_it).or_else(|| {
            let oldest = |at: &usize| self.candidates[*at].map(|known| known.last);
            (0..CANDIDATES).min_by_key(oldest)
        });
        let place = &mut self.candidates[at.unwrap_or(0)];
        if let Some(known) = place
            && known.from == from
            && known.ssrc == ssrc
            && sequence.wrapping_sub(known.sequence).wrapping_sub(1) < 8
        {
            candidate.run = known.run + 1;
            candidate.since = known.since;
        }
        *place = Some(candidate);
        candidate
    }

    /// Whether a source that the call names was heard lately.
    fn hears_named(&self, now: Duration) -> bool {
        self.candidates
            .iter()
            .flatten()
            .any(|known| self.is_named(known.from) && now.saturating_sub(known.last) < GRACE)
    }
}

#[cfg(test)]
#[path = "latch_tests.rs"]
mod tests;
