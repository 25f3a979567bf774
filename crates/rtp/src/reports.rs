//! What do the two ends tell each other about their streams, and what follows from it?

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tom_wire::rtcp::{Report, ReportBlock, RtcpFault, RtcpPacket, SenderInfo, compound};

use crate::mouth::Mouth;

/// Time between two of our reports (RFC 3550, 6.2: at least 5 s, a little different every time).
const EVERY: Duration = Duration::from_secs(5);
/// Seconds between the NTP epoch (1900) and that of Unix.
const NTP_EPOCH: u64 = 2_208_988_800;

/// Reports of a session.
#[derive(Debug)]
pub(crate) struct Reports {
    name: String,
    next: Duration,
    /// Middle of the NTP time in the far end's last sender report, and when that came.
    last: Option<(u32, Duration)>,
    sent_before: u64,
    pub(crate) round_trip: Option<Duration>,
    /// Fraction lost and jitter, in units of our clock, that the far end sees.
    pub(crate) far: Option<(u8, u32)>,
}

impl Reports {
    pub(crate) fn new(ssrc: u32, now: Duration) -> Self {
        // The first one soon: it tells the far end's reports what to answer to.
        let first = Duration::from_millis(500 + u64::from(ssrc % 500));
        Self {
            // A name that tells nothing (RFC 7022).
            name: format!("{ssrc:08x}"),
            next: now + first,
            last: None,
            sent_before: 0,
            round_trip: None,
            far: None,
        }
    }

    /// Takes a datagram. Says whether the far end said goodbye.
    pub(crate) fn take(&mut self, bytes: &[u8], ours: u32, now: Duration) -> Result<bool, RtcpFault> {
        let mut bye = false;
        for packet in compound(bytes) {
            match packet? {
                RtcpPacket::Sender { ntp, blocks, .. } => {
                    self.last = Some(((ntp >> 16) as u32, now));
                    blocks.iter().filter(|block| block.ssrc == ours).for_each(|block| self.told(&block));
                }
                RtcpPacket::Receiver { blocks, .. } => {
                    blocks.iter().filter(|block| block.ssrc == ours).for_each(|block| self.told(&block));
                }
                RtcpPacket::Bye { .. } => bye = true,
                RtcpPacket::Other(_) => {}
            }
        }
        Ok(bye)
    }

    fn told(&mut self, block: &ReportBlock) {
        self.far = Some((block.fraction_lost, block.jitter));
        if let Some(trip) = block.round_trip((ntp() >> 16) as u32) {
            self.round_trip = Some(Duration::from_micros((u64::from(trip) * 1_000_000) >> 16));
        }
    }

    /// Whether a report is due; the next one is then due later.
    pub(crate) fn is_due(&mut self, now: Duration) -> bool {
        if now < self.next {
            return false;
        }
        let random = u64::from(self.last.map_or(now.subsec_nanos(), |(ntp, _)| ntp) % 1_000);
        self.next = now + EVERY + Duration::from_millis(random);
        true
    }

    /// Writes a report.
    pub(crate) fn write(
        &mut self,
        mouth: &Mouth,
        block: Option<ReportBlock>,
        bye: bool,
        now: Duration,
        out: &mut Vec<u8>,
    ) {
        let block = block.map(|mut block| {
            if let Some((ntp, came)) = self.last {
                block.last_report = ntp;
                block.delay = ((now.saturating_sub(came).as_micros() << 16) / 1_000_000) as u32;
            }
            block
        });
        let sender = (mouth.packets > self.sent_before).then(|| SenderInfo {
            ntp: ntp(),
            rtp: mouth.timestamp_at(now),
            packets: mouth.packets as u32,
            bytes: mouth.bytes as u32,
        });
        self.sent_before = mouth.packets;
        out.clear();
        Report { ssrc: mouth.ssrc(), sender, block, name: &self.name, bye }.write(out);
    }
}

/// NTP time now: seconds since 1900 and their fraction.
fn ntp() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs() + NTP_EPOCH) << 32 | fraction
}
