//! What do two ends of an RTP stream tell each other about it: RTCP (RFC 3550, 6)?
//!
//! [`compound`] reads a datagram packet by packet, borrowed and bounded; [`Report`] writes the only one we send:
//! a sender or receiver report, our name, and a goodbye at the end. [`Reception`] counts what a report tells.

mod read;
mod reception;
mod write;

pub use read::{RtcpFault, RtcpPacket, compound};
pub use reception::{Arrival, Reception};
pub use write::{Report, SenderInfo};

/// What a receiver tells about one stream (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Share of packets lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost since the beginning, 24 bits with sign: duplicates make it negative.
    pub lost: i32,
    /// Highest sequence number received, and how often it went around.
    pub highest: u32,
    /// Mean deviation of the time between packets, in units of the codec's clock.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report; 0 for none.
    pub last_report: u32,
    /// Since then, in 65536ths of a second.
    pub delay: u32,
}

impl ReportBlock {
    /// The time to the far end and back, in 65536ths of a second (RFC 3550, 6.4.1): `now` is the middle of the NTP
    /// time at which this block arrived. `None` when it answers no report of ours, or the clock makes no sense.
    #[must_use]
    pub fn round_trip(&self, now: u32) -> Option<u32> {
        if self.last_report == 0 {
            return None;
        }
        let trip = now.wrapping_sub(self.last_report).wrapping_sub(self.delay);
        // More than half the range is a negative number: a far end that answers before it was asked.
        (trip < 1 << 31).then_some(trip)
    }
}
