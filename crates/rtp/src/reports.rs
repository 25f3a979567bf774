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

#[cfg(test)]
mod tests {
    use super::*;

    fn block(ssrc: u32) -> Option<ReportBlock> {
        Some(ReportBlock { ssrc, fraction_lost: 13, jitter: 80, ..ReportBlock::default() })
    }

    fn side(ssrc: u32) -> (Mouth, Reports) {
        let agreed = tom_wire::sdp::Negotiated {
            codec: tom_wire::sdp::Codec::Pcmu,
            payload: 0,
            receive: Vec::new(),
            event_out: None,
            event_in: None,
            event_clock: 8_000,
            noise: false,
            remote: ([127, 0, 0, 1], 9).into(),
            remote_rtcp: ([127, 0, 0, 1], 9).into(),
            mux: false,
            direction: tom_wire::sdp::Direction::SendRecv,
            secure: None,
        };
        let [a, b, c, d] = ssrc.to_be_bytes();
        let mouth = Mouth::new(&agreed, [a, b, c, d, 0, 0, 0, 0, 0, 0], Duration::ZERO).unwrap();
        (mouth, Reports::new(ssrc, Duration::ZERO))
    }

    #[test]
    fn two_sides_learn_the_round_trip_and_what_the_other_sees() {
        let ((mut a_mouth, mut a), (b_mouth, mut b)) = (side(1), side(2));
        let (mut bytes, now) = (Vec::new(), Duration::from_secs(1));
        a_mouth.tick(now, &mut Vec::new(), &mut |_| {});
        a.write(&a_mouth, None, false, now, &mut bytes);
        assert_eq!(b.take(&bytes, 2, now), Ok(false));
        assert_eq!(b.far, None, "it said nothing about us");
        b.write(&b_mouth, block(1), true, now, &mut bytes);
        assert_eq!(a.take(&bytes, 1, now), Ok(true), "and goodbye");
        assert_eq!(a.far, Some((13, 80)));
        assert!(a.round_trip.is_some() && b.round_trip.is_none());
        b.write(&b_mouth, block(77), false, now, &mut bytes);
        a.far = None;
        assert_eq!(a.take(&bytes, 1, now), Ok(false));
        assert_eq!(a.far, None, "it spoke of somebody else");
        assert!(a.take(&bytes[..10], 1, now).is_err());
    }

    #[test]
    fn reports_are_due_every_five_seconds_or_a_little_more() {
        let (_, mut reports) = side(7);
        let due: Vec<u64> = (0..60_000).filter(|&ms| reports.is_due(Duration::from_millis(ms))).collect();
        assert!((8..=12).contains(&due.len()), "{due:?}");
        assert!(due[0] <= 1_000 && due.windows(2).all(|pair| (5_000..6_000).contains(&(pair[1] - pair[0]))));
    }
}
