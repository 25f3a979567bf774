//! Where does the far end really send from? Symmetric RTP, with a latch that strangers do not turn.
//!
//! A far end behind address translation describes an address that is not the one its packets come from. So the first
//! sources that send a stream are believed: the described one at once and at any time, another after [`PROOF`]
//! packets in a row of one stream. From then on everybody else is a stranger, until the source has been silent for
//! [`SILENCE`] and the same stream comes from elsewhere: the translation changed. Another stream from elsewhere must
//! wait for [`GONE`].

use std::net::SocketAddr;
use std::time::Duration;

/// Packets in a row by which an undescribed source proves to be a stream.
const PROOF: u32 = 2;
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
}

/// Remembers where the far end sends from.
#[derive(Clone, Debug)]
pub(crate) struct Latch {
    described: SocketAddr,
    owner: Option<SocketAddr>,
    ssrc: u32,
    heard: Duration,
    candidate: Option<Candidate>,
}

impl Latch {
    /// For a far end that describes this address.
    pub(crate) fn new(described: SocketAddr) -> Self {
        Self { described, owner: None, ssrc: 0, heard: Duration::ZERO, candidate: None }
    }

    /// The far end describes another address: everything is open again. The same one changes nothing.
    pub(crate) fn describe(&mut self, described: SocketAddr) {
        if described != self.described {
            *self = Self::new(described);
        }
    }

    /// Where to send to.
    pub(crate) fn target(&self) -> SocketAddr {
        self.owner.unwrap_or(self.described)
    }

    /// What the sender of a packet is, before anybody looks into it.
    pub(crate) fn source(&self, from: SocketAddr, now: Duration) -> Source {
        match self.owner {
            Some(owner) if owner == from => Source::Known,
            Some(_) if from == self.described => Source::Candidate,
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
                self.candidate = None;
                true
            }
            Source::Foreign => false,
            Source::Candidate => {
                let run = match self.candidate {
                    Some(last)
                        if last.from == from
                            && last.ssrc == ssrc
                            && sequence.wrapping_sub(last.sequence).wrapping_sub(1) < 8 =>
                    {
                        last.run + 1
                    }
                    _ => 1,
                };
                self.candidate = Some(Candidate { from, ssrc, sequence, run });
                let needed = match self.owner {
                    _ if from == self.described => 1,
                    Some(_) if ssrc != self.ssrc && now.saturating_sub(self.heard) < GONE => return false,
                    Some(_) => TAKEOVER,
                    None => PROOF,
                };
                if run < needed {
                    return false;
                }
                self.owner = Some(from);
                self.ssrc = ssrc;
                self.heard = now;
                self.candidate = None;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: ([u8; 4], u16) = ([192, 0, 2, 1], 4_000);
    const BEHIND: ([u8; 4], u16) = ([198, 51, 100, 7], 61_000);
    const SPOOF: ([u8; 4], u16) = ([203, 0, 113, 9], 5_000);

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn sends(latch: &mut Latch, from: ([u8; 4], u16), ssrc: u32, sequence: u16, ms: u64) -> bool {
        latch.valid(from.into(), ssrc, sequence, at(ms))
    }

    #[test]
    fn the_described_source_is_believed_at_once() {
        let mut latch = Latch::new(FAR.into());
        assert!(sends(&mut latch, FAR, 1, 10, 0));
        assert_eq!(latch.source(SPOOF.into(), at(1)), Source::Foreign);
        assert_eq!(latch.target(), FAR.into());
    }

    #[test]
    fn another_source_has_to_be_a_stream() {
        let mut latch = Latch::new(FAR.into());
        assert!(!sends(&mut latch, BEHIND, 1, 10, 0));
        assert_eq!(latch.target(), FAR.into(), "nothing is sent to it yet");
        assert!(!sends(&mut latch, SPOOF, 2, 900, 5), "another one in between");
        assert!(!sends(&mut latch, BEHIND, 1, 11, 20));
        assert!(sends(&mut latch, BEHIND, 1, 12, 40));
        assert_eq!(latch.target(), BEHIND.into());
    }

    #[test]
    fn who_was_faster_than_the_described_source_does_not_keep_its_place() {
        let mut latch = Latch::new(FAR.into());
        sends(&mut latch, SPOOF, 2, 1, 0);
        assert!(sends(&mut latch, SPOOF, 2, 2, 20));
        assert!(sends(&mut latch, FAR, 1, 900, 30), "the far end that the signalling named");
        assert!(!sends(&mut latch, SPOOF, 2, 3, 40));
        assert_eq!(latch.target(), FAR.into());
    }

    #[test]
    fn nobody_takes_the_place_of_a_source_that_speaks() {
        let mut latch = Latch::new(FAR.into());
        sends(&mut latch, FAR, 1, 0, 0);
        for step in 0..500 {
            assert!(!sends(&mut latch, SPOOF, 1, step, u64::from(step) * 20 + 1));
            assert!(sends(&mut latch, FAR, 1, step + 1, u64::from(step) * 20 + 2));
        }
        assert_eq!(latch.target(), FAR.into());
    }

    #[test]
    fn a_silent_source_is_followed_by_one_that_is_consistent() {
        let mut latch = Latch::new(FAR.into());
        sends(&mut latch, FAR, 1, 0, 0);
        for step in 0..100_u32 {
            // Ever another stream: no far end does that.
            assert!(!sends(&mut latch, SPOOF, step, step as u16, 3_000 + u64::from(step)));
        }
        assert!((0..20).all(|step| !sends(&mut latch, SPOOF, 9, step, 4_000)), "not the same stream");
        let moved: Vec<bool> = (0..6).map(|step| sends(&mut latch, BEHIND, 1, step, 4_000)).collect();
        assert_eq!(moved, [false, false, false, false, true, true]);
        assert_eq!(latch.source(SPOOF.into(), at(4_100)), Source::Foreign);
    }

    #[test]
    fn a_source_that_is_gone_may_be_followed_by_another_stream() {
        let mut latch = Latch::new(FAR.into());
        sends(&mut latch, FAR, 1, 0, 0);
        assert!((0..20).all(|step| !sends(&mut latch, BEHIND, 7, step, 9_999)));
        assert!((20..40).any(|step| sends(&mut latch, BEHIND, 7, step, 10_000)));
    }

    #[test]
    fn a_new_description_opens_the_latch() {
        let mut latch = Latch::new(FAR.into());
        sends(&mut latch, FAR, 1, 0, 0);
        latch.describe(FAR.into());
        assert_eq!(latch.source(BEHIND.into(), at(1)), Source::Foreign);
        latch.describe(BEHIND.into());
        assert!(sends(&mut latch, BEHIND, 1, 1, 2));
    }
}
