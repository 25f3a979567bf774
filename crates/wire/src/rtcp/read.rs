//! Which packets does an RTCP datagram hold?

use super::ReportBlock;

/// One packet of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPacket<'a> {
    /// Sender report.
    Sender {
        /// Its sender.
        ssrc: u32,
        /// NTP time it was sent.
        ntp: u64,
        /// The same moment on the RTP clock.
        rtp: u32,
        /// Packets sent so far.
        packets: u32,
        /// Bytes of payload sent so far.
        bytes: u32,
        /// What it tells of streams it receives.
        blocks: Blocks<'a>,
    },
    /// Receiver report.
    Receiver {
        /// Its sender.
        ssrc: u32,
        /// What it tells of streams it receives.
        blocks: Blocks<'a>,
    },
    /// Goodbye of that many streams, the first of them named.
    Bye {
        /// The first stream, if any is named.
        ssrc: Option<u32>,
    },
    /// Anything else, names of participants among it: the packet type.
    Other(u8),
}

/// The blocks of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks<'a>(&'a [[u8; 24]]);

impl Blocks<'_> {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = ReportBlock> + '_ {
        self.0.iter().map(|block| {
            let word =
                |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
            ReportBlock {
                ssrc: word(0),
                fraction_lost: block[4],
                // 24 bits with sign.
                lost: (word(4) << 8).cast_signed() >> 8,
                highest: word(8),
                jitter: word(12),
                last_report: word(16),
                delay: word(20),
            }
        })
    }
}

/// Why a datagram is no RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RtcpFault {
    /// Nothing in it, or less than a packet says of itself.
    #[error("the RTCP packet is shorter than it says")]
    Short,
    /// Not version 2.
    #[error("the RTCP packet is not of version 2")]
    Version,
    /// The first packet is of no type that RTCP has.
    #[error("an RTCP datagram begins with a report, or with another packet of RTCP")]
    Kind,
}

/// Packet types of RTCP: reports, names, goodbyes, and what applications and profiles add (RFC 3550, 3611, 4585).
const KINDS: std::ops::RangeInclusive<u8> = 200..=207;

/// Reads a datagram. Every packet in it must be whole (RFC 3550, A.2); after the first fault nothing more follows.
/// Reports longer than their blocks are read as far as we know them. The first packet need not be a report, as in RTCP
/// of reduced size (RFC 5506): there are telephones (baresip) that open a way through address translation with
/// an application's packet alone, and say goodbye without a report.
pub fn compound(bytes: &[u8]) -> impl Iterator<Item = Result<RtcpPacket<'_>, RtcpFault>> {
    let mut rest = Some(bytes);
    let mut first = true;
    std::iter::from_fn(move || {
        let bytes = rest.take()?;
        if bytes.is_empty() && !first {
            return None;
        }
        Some(packet(bytes, std::mem::take(&mut first)).map(|(packet, after)| {
            rest = Some(after);
            packet
        }))
    })
}

fn packet(bytes: &[u8], first: bool) -> Result<(RtcpPacket<'_>, &[u8]), RtcpFault> {
    let head = bytes.first_chunk::<4>().ok_or(RtcpFault::Short)?;
    if head[0] >> 6 != 2 {
        return Err(RtcpFault::Version);
    }
    let (count, kind) = (usize::from(head[0] & 0x1f), head[1]);
    if first && !KINDS.contains(&kind) {
        return Err(RtcpFault::Kind);
    }
    let len = 4 + usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
    let (packet, after) = bytes.split_at_checked(len).ok_or(RtcpFault::Short)?;
    let body = &packet[4..];
    let word = |at: usize| {
        let word = body.get(at..at + 4).and_then(|word| word.first_chunk::<4>());
        word.map(|word| u32::from_be_bytes(*word)).ok_or(RtcpFault::Short)
    };
    let blocks = |from: usize| {
        let (blocks, _) = body.get(from..).ok_or(RtcpFault::Short)?.as_chunks::<24>();
        blocks.get(..count).map(Blocks).ok_or(RtcpFault::Short)
    };
    let packet = match kind {
        200 => RtcpPacket::Sender {
            ssrc: word(0)?,
            ntp: u64::from(word(4)?) << 32 | u64::from(word(8)?),
            rtp: word(12)?,
            packets: word(16)?,
            bytes: word(20)?,
            blocks: blocks(24)?,
        },
        201 => RtcpPacket::Receiver { ssrc: word(0)?, blocks: blocks(4)? },
        203 => RtcpPacket::Bye { ssrc: (count > 0).then(|| word(0)).transpose()? },
        other => RtcpPacket::Other(other),
    };
    Ok((packet, after))
}
