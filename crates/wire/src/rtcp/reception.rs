//! How well does a stream arrive: sequence, losses, jitter (RFC 3550, A.1, A.3, A.8)?

use super::ReportBlock;

/// Sequence numbers that may be missing before a jump is believed to be another stream.
const MAX_DROPOUT: u16 = 3_000;
/// How far back a packet may lie and still be a late one.
const MAX_MISORDER: u16 = 100;

/// What a packet's sequence number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It belongs to the stream; the number is its place, which does not go around.
    Valid(u64),
    /// It jumps. Another packet right behind it makes it the stream's new place; this one is lost.
    Jump,
}

/// Counts what arrives of one stream.
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: u32,
    base: u64,
    highest: u64,
    received: u64,
    /// After a jump: what would come next.
    expects: Option<u16>,
    expected_before: u64,
    received_before: u64,
    transit: Option<u32>,
    /// In sixteenths.
    jitter: u32,
}

impl Reception {
    /// Of the stream that begins with this packet, which counts once it is [`taken`](Self::take).
    #[must_use]
    pub fn new(ssrc: u32, sequence: u16) -> Self {
        // One round ahead, so that a packet from before the first one has a place too.
        let first = (1 << 16) | u64::from(sequence);
        Self {
            ssrc,
            base: first,
            highest: first,
            received: 0,
            expects: None,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0,
        }
    }

    /// The stream.
    #[must_use]
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Takes a packet: its sequence number and timestamp, and when it came on the same clock as the timestamp.
    pub fn take(&mut self, sequence: u16, timestamp: u32, now: u32) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let place = if ahead < MAX_DROPOUT {
            self.highest += u64::from(ahead);
            self.highest
        } else if ahead > u16::MAX - MAX_MISORDER {
            self.highest - u64::from(ahead.wrapping_neg())
        } else if self.expects == Some(sequence) {
            // Two in a row: the sender began anew. What was counted stays, the jump is no loss.
            let lost = self.lost();
            self.highest = ((self.highest >> 16) + 1) << 16 | u64::from(sequence);
            self.base = (self.highest + 1).saturating_sub(self.received + 1).saturating_sub(lost);
            self.transit = None;
            self.highest
        } else {
            self.expects = Some(sequence.wrapping_add(1));
            return Arrival::Jump;
        };
        self.expects = None;
        self.received += 1;
        self.transit(now.wrapping_sub(timestamp));
        Arrival::Valid(place)
    }

    fn transit(&mut self, transit: u32) {
        if let Some(before) = self.transit.replace(transit) {
            let moved = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            self.jitter = self.jitter.saturating_add(moved).saturating_sub((self.jitter + 8) >> 4);
        }
    }

    /// Packets that came, duplicates included.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that did not come so far.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// Mean deviation of the time between packets, in units of the codec's clock.
    #[must_use]
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    fn expected(&self) -> u64 {
        if self.received == 0 { 0 } else { self.highest.saturating_sub(self.base) + 1 }
    }

    /// What a report tells; the next one counts from here. Last report and delay are the caller's to fill in.
    pub fn report(&mut self) -> ReportBlock {
        let (expected, received) = (self.expected(), self.received);
        let due = expected.saturating_sub(self.expected_before);
        let came = received - self.received_before;
        self.expected_before = expected;
        self.received_before = received;
        let missing = due.saturating_sub(came);
        let fraction = (missing * 256).checked_div(due).unwrap_or(0).min(255) as u8;
        let lost = i64::try_from(expected).unwrap_or(i64::MAX) - i64::try_from(received).unwrap_or(i64::MAX);
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: fraction,
            lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest: self.highest.wrapping_sub(1 << 16) as u32,
            jitter: self.jitter(),
            last_report: 0,
            delay: 0,
        }
    }
}
