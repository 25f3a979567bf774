//! Which bytes are an RTP packet (RFC 3550, 5.1)?
//!
//! Reading borrows and allocates nothing; every length inside the packet is checked against what is there.

/// Bytes of a header without contributing sources and extension.
pub const HEADER: usize = 12;
/// Largest packet taken. A telephone's are far smaller; what is larger does not fit an Ethernet frame either.
pub const MAX_PACKET: usize = 1_500;

/// An RTP packet, borrowed from its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    /// The fixed part of its header.
    pub header: RtpHeader,
    /// Contributing sources, 4 bytes each; nobody needs them.
    pub csrc: &'a [u8],
    /// The header extension's profile and content, if there is one.
    pub extension: Option<(u16, &'a [u8])>,
    /// What it carries, padding taken off.
    pub payload: &'a [u8],
}

/// The fixed part of an RTP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpHeader {
    /// First packet after silence.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Grows by one with every packet.
    pub sequence: u16,
    /// When the first sample was taken, in units of the codec's clock.
    pub timestamp: u32,
    /// The stream.
    pub ssrc: u32,
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RtpFault {
    /// Shorter than a header, or than its own header says.
    #[error("the packet is shorter than its header")]
    Short,
    /// Longer than [`MAX_PACKET`].
    #[error("the packet is longer than {MAX_PACKET} bytes")]
    Long,
    /// Not version 2.
    #[error("the packet is not of version 2")]
    Version,
    /// Its list of contributing sources does not fit into it.
    #[error("the list of contributing sources is longer than the packet")]
    Csrc,
    /// Its header extension does not fit into it.
    #[error("the header extension is longer than the packet")]
    Extension,
    /// It has more padding than payload, or padding of no bytes.
    #[error("the padding does not fit the packet")]
    Padding,
}

impl<'a> RtpPacket<'a> {
    /// Reads a datagram.
    ///
    /// # Errors
    /// [`RtpFault`]: which rule of RFC 3550 it breaks.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtpFault> {
        let Some((head, rest)) = bytes.split_first_chunk::<HEADER>() else { return Err(RtpFault::Short) };
        if bytes.len() > MAX_PACKET {
            return Err(RtpFault::Long);
        }
        if head[0] >> 6 != 2 {
            return Err(RtpFault::Version);
        }
        let header = RtpHeader::read(head);
        let sources = usize::from(head[0] & 0x0f) * 4;
        let (csrc, mut rest) = rest.split_at_checked(sources).ok_or(RtpFault::Csrc)?;
        let mut extension = None;
        if head[0] & 0x10 != 0 {
            let (start, after) = rest.split_first_chunk::<4>().ok_or(RtpFault::Extension)?;
            let words = u16::from_be_bytes([start[2], start[3]]);
            let (content, payload) =
                after.split_at_checked(usize::from(words) * 4).ok_or(RtpFault::Extension)?;
            extension = Some((u16::from_be_bytes([start[0], start[1]]), content));
            rest = payload;
        }
        let mut payload = rest;
        if head[0] & 0x20 != 0 {
            let padding = usize::from(*rest.last().ok_or(RtpFault::Padding)?);
            let kept = rest.len().checked_sub(padding).filter(|_| padding > 0).ok_or(RtpFault::Padding)?;
            payload = &rest[..kept];
        }
        Ok(Self { header, csrc, extension, payload })
    }

    /// Bytes before the payload: what SRTP authenticates and does not encrypt.
    ///
    /// # Errors
    /// [`RtpFault`], as [`parse`](Self::parse), padding apart: it is encrypted.
    pub fn header_len(bytes: &[u8]) -> Result<usize, RtpFault> {
        let head = bytes.first_chunk::<HEADER>().ok_or(RtpFault::Short)?;
        if head[0] >> 6 != 2 {
            return Err(RtpFault::Version);
        }
        let mut len = HEADER + usize::from(head[0] & 0x0f) * 4;
        if head[0] & 0x10 != 0 {
            let words = bytes.get(len + 2..len + 4).ok_or(RtpFault::Extension)?;
            len += 4 + usize::from(u16::from_be_bytes([words[0], words[1]])) * 4;
        }
        if len > bytes.len() { Err(RtpFault::Csrc) } else { Ok(len) }
    }
}

impl RtpHeader {
    fn read(head: &[u8; HEADER]) -> Self {
        Self {
            marker: head[1] & 0x80 != 0,
            payload_type: head[1] & 0x7f,
            sequence: u16::from_be_bytes([head[2], head[3]]),
            timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            ssrc: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
        }
    }

    /// The header's bytes: version 2, no padding, extension or contributing sources.
    #[must_use]
    pub fn write(&self) -> [u8; HEADER] {
        let mut head = [0; HEADER];
        head[0] = 0x80;
        head[1] = u8::from(self.marker) << 7 | (self.payload_type & 0x7f);
        head[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        head[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        head[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        head
    }
}

/// Whether a datagram on a shared port is RTCP and not RTP (RFC 5761, 4): packet types 192 to 223.
#[must_use]
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|kind| (192..=223).contains(kind))
}
