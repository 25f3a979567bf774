//! How are packets encrypted and authenticated (SRTP and SRTCP, RFC 3711), with keys out of SDP (RFC 4568)?
//!
//! Our own on RustCrypto's AES, HMAC and SHA-1: two suites, no key identifiers, no derivation rate. A packet of theirs
//! is decrypted only after its authentication held; then it counts for the replay window.

mod keys;
mod window;

use tom_wire::rtp::RtpPacket;
use tom_wire::sdp::{MasterKey, Secure, Suite};

use crate::stats::Reject;
use keys::{Keys, same};
use window::Window;

/// Bytes of authentication behind RTCP, whatever the suite.
const REPORT_TAG: usize = 10;
/// Bytes of an RTCP packet that stay readable: its header and its sender.
const REPORT_CLEAR: usize = 8;
/// Streams of theirs that are remembered at once; the one unused for the longest time is forgotten.
const STREAMS: usize = 4;
/// An RTCP packet is encrypted: the bit beside its index.
const ENCRYPTED: u32 = 1 << 31;

/// Both directions of a session.
pub(crate) struct Srtp {
    agreed: Secure,
    ours: Sender,
    theirs: Receiver,
}

struct Sender {
    rtp: Keys,
    rtcp: Keys,
    tag: usize,
    /// How often the sequence number went around, and the last one.
    rollover: u32,
    last: Option<u16>,
    reports: u32,
}

struct Receiver {
    rtp: Keys,
    rtcp: Keys,
    tag: usize,
    /// The last used first.
    streams: Vec<(u32, Window)>,
    reports: Vec<(u32, Window)>,
}

fn tag_len(suite: Suite) -> usize {
    match suite {
        Suite::Aes128Sha1Tag80 => 10,
        Suite::Aes128Sha1Tag32 => 4,
    }
}

impl Srtp {
    pub(crate) fn new(agreed: &Secure) -> Self {
        Self {
            ours: Sender::new(&agreed.ours, agreed.suite),
            theirs: Receiver::new(&agreed.theirs, agreed.suite),
            agreed: *agreed,
        }
    }

    /// Goes on as newly agreed. A direction whose key stays the same goes on counting: no key stream is used twice.
    pub(crate) fn renegotiate(&mut self, agreed: &Secure) {
        let suite = agreed.suite != self.agreed.suite;
        if suite || agreed.ours != self.agreed.ours {
            self.ours = Sender::new(&agreed.ours, agreed.suite);
        }
        if suite || agreed.theirs != self.agreed.theirs {
            self.theirs = Receiver::new(&agreed.theirs, agreed.suite);
        }
        self.agreed = *agreed;
    }

    /// Encrypts an RTP packet of ours, and puts its authentication behind it.
    pub(crate) fn protect(&mut self, packet: &mut Vec<u8>) {
        let Some((sequence, ssrc)) = identity(packet) else { return };
        let sender = &mut self.ours;
        if sender.last.is_some_and(|last| last > sequence && last - sequence > 1 << 15) {
            sender.rollover = sender.rollover.wrapping_add(1);
        }
        sender.last = Some(sequence);
        let index = u64::from(sender.rollover) << 16 | u64::from(sequence);
        let clear = RtpPacket::header_len(packet).unwrap_or(packet.len());
        sender.rtp.crypt(ssrc, index, &mut packet[clear..]);
        let tag = sender.rtp.tag([packet, &sender.rollover.to_be_bytes()]);
        packet.extend(&tag[..sender.tag]);
    }

    /// Checks and decrypts an RTP packet of theirs in place. Gives its length without authentication.
    pub(crate) fn open(&mut self, packet: &mut [u8]) -> Result<usize, Reject> {
        let theirs = &mut self.theirs;
        let len = packet.len().checked_sub(theirs.tag).ok_or(Reject::Short)?;
        let (body, tag) = packet.split_at_mut(len);
        let clear = RtpPacket::header_len(body)?;
        let (sequence, ssrc) = identity(body).ok_or(Reject::Short)?;
        let at = theirs.streams.iter().position(|(known, _)| *known == ssrc);
        let mut window = at.map_or_else(Window::default, |at| theirs.streams[at].1.clone());
        let index = window.nearest(sequence);
        let rollover = ((index >> 16) as u32).to_be_bytes();
        if !same(&theirs.rtp.tag([body, &rollover])[..tag.len()], tag) {
            return Err(Reject::Authentication);
        }
        if !window.take(index) {
            return Err(Reject::Replay);
        }
        theirs.rtp.crypt(ssrc, index, &mut body[clear..]);
        remember(&mut theirs.streams, at, ssrc, window);
        Ok(len)
    }

    /// Encrypts an RTCP packet of ours, and puts its index and authentication behind it.
    pub(crate) fn protect_report(&mut self, packet: &mut Vec<u8>) {
        let Some(ssrc) = sender_of(packet) else { return };
        let sender = &mut self.ours;
        let index = sender.reports;
        sender.reports = sender.reports.wrapping_add(1) & !ENCRYPTED;
        sender.rtcp.crypt(ssrc, index.into(), &mut packet[REPORT_CLEAR..]);
        packet.extend((index | ENCRYPTED).to_be_bytes());
        let tag = sender.rtcp.tag([packet, &[]]);
        packet.extend(&tag[..REPORT_TAG]);
    }

    /// Checks and decrypts an RTCP packet of theirs in place. Gives its length without index and authentication.
    pub(crate) fn open_report(&mut self, packet: &mut [u8]) -> Result<usize, Reject> {
        let theirs = &mut self.theirs;
        let end = packet.len().checked_sub(REPORT_TAG).ok_or(Reject::Short)?;
        let (signed, tag) = packet.split_at_mut(end);
        let (body, index) = signed.split_last_chunk_mut::<4>().ok_or(Reject::Short)?;
        let index = u32::from_be_bytes(*index);
        let ssrc = sender_of(body).ok_or(Reject::Short)?;
        let len = body.len();
        if !same(&theirs.rtcp.tag([signed, &[]])[..REPORT_TAG], tag) {
            return Err(Reject::Authentication);
        }
        let at = theirs.reports.iter().position(|(known, _)| *known == ssrc);
        let mut window = at.map_or_else(Window::default, |at| theirs.reports[at].1.clone());
        let place = u64::from(index & !ENCRYPTED);
        if !window.take(place) {
            return Err(Reject::Replay);
        }
        if index & ENCRYPTED != 0 {
            theirs.rtcp.crypt(ssrc, place, &mut packet[REPORT_CLEAR..len]);
        }
        remember(&mut theirs.reports, at, ssrc, window);
        Ok(len)
    }
}

impl Sender {
    fn new(key: &MasterKey, suite: Suite) -> Self {
        Self {
            rtp: Keys::derive(key, 0),
            rtcp: Keys::derive(key, 3),
            tag: tag_len(suite),
            rollover: 0,
            last: None,
            reports: 1,
        }
    }
}

impl Receiver {
    fn new(key: &MasterKey, suite: Suite) -> Self {
        Self {
            rtp: Keys::derive(key, 0),
            rtcp: Keys::derive(key, 3),
            tag: tag_len(suite),
            streams: Vec::with_capacity(STREAMS),
            reports: Vec::with_capacity(STREAMS),
        }
    }
}

fn remember(streams: &mut Vec<(u32, Window)>, at: Option<usize>, ssrc: u32, window: Window) {
    match at {
        Some(at) => streams[at].1 = window,
        None => {
            if streams.len() >= STREAMS {
                streams.remove(0);
            }
            streams.push((ssrc, window));
        }
    }
    if let Some(at) = at.filter(|&at| at + 1 < streams.len()) {
        let used = streams.remove(at);
        streams.push(used);
    }
}

/// Sequence number and stream of an RTP packet.
fn identity(packet: &[u8]) -> Option<(u16, u32)> {
    let head = packet.first_chunk::<12>()?;
    Some((u16::from_be_bytes([head[2], head[3]]), u32::from_be_bytes([head[8], head[9], head[10], head[11]])))
}

/// Sender of an RTCP packet.
fn sender_of(packet: &[u8]) -> Option<u32> {
    let head = packet.first_chunk::<REPORT_CLEAR>()?;
    Some(u32::from_be_bytes([head[4], head[5], head[6], head[7]]))
}

#[cfg(test)]
mod tests;
