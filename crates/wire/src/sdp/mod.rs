//! What does a session description (SDP, RFC 8866) say, and which media do two of them agree on (RFC 3264)?
//!
//! [`Sdp::parse`] reads strictly and within bounds: at most [`MAX_BYTES`], [`MAX_MEDIA`] m-lines and
//! [`MAX_ITEMS`] of anything in one of them. Attributes it does not know are left out, as the RFC wants it;
//! `Display` writes the rest with CRLF. Names instead of addresses in `c=` are refused: nothing here can look
//! them up. [`Negotiation`] holds one dialogue's offers and answers.

mod agreed;
mod codec;
mod crypto;
mod negotiate;
mod offer;
mod read;
mod write;

use std::net::IpAddr;

pub use agreed::{Negotiated, Refusal, Secure, SrtpPolicy, Terms};
pub use codec::Codec;
pub use crypto::{Crypto, MasterKey, Suite};
pub use negotiate::Negotiation;

/// Longest description read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;
/// Most m-lines.
pub const MAX_MEDIA: usize = 16;
/// Most formats, and most `rtpmap`, `fmtp` or `crypto` lines of one m-line.
pub const MAX_ITEMS: usize = 64;

/// A session description, as far as telephones need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp {
    /// `o=`: who made it, and which version of it this is.
    pub origin: Origin,
    /// `s=`; `-` when it has no name.
    pub name: String,
    /// `c=` of the session: where media go that name no address of their own.
    pub connection: Option<IpAddr>,
    /// Direction of media that name none of their own.
    pub direction: Option<Direction>,
    /// The m-lines, in order.
    pub media: Vec<Media>,
}

/// The `o=` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User name, `-` for none.
    pub user: String,
    /// Number of the session.
    pub id: u64,
    /// Grows by one with every change.
    pub version: u64,
    /// The maker's address or host name, as it stands there, with its type: `IN IP4 192.0.2.1`.
    pub host: String,
}

/// One m-line and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, ...
    pub kind: String,
    /// RTP port; 0 refuses the stream.
    pub port: u16,
    /// How it is carried.
    pub proto: Proto,
    /// The formats as they stand there: payload types where RTP carries it.
    pub formats: Vec<String>,
    /// `c=` of this stream.
    pub connection: Option<IpAddr>,
    /// `a=rtcp` (RFC 3605): the port of RTCP where it is not the next one.
    pub rtcp: Option<u16>,
    /// `a=rtcp-mux` (RFC 5761): RTCP comes to the RTP port.
    pub mux: bool,
    /// `a=ptime`, milliseconds of audio wanted in a packet.
    pub ptime: Option<u16>,
    /// Direction, if it names one.
    pub direction: Option<Direction>,
    /// `a=rtpmap` lines.
    pub maps: Vec<RtpMap>,
    /// `a=fmtp` lines: payload type and parameters.
    pub fmtp: Vec<(u8, String)>,
    /// `a=crypto` lines (RFC 4568) whose suite and parameters we speak.
    pub crypto: Vec<Crypto>,
}

/// How a stream is carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proto {
    /// `RTP/AVP`: plain.
    #[default]
    Avp,
    /// `RTP/SAVP`: encrypted.
    Savp,
    /// `RTP/AVPF`: plain, with early feedback, which nobody has to send.
    Avpf,
    /// `RTP/SAVPF`: encrypted, with early feedback.
    Savpf,
    /// Anything else.
    Other(String),
}

impl Proto {
    fn from_name(name: &str) -> Self {
        match name {
            "RTP/AVP" => Self::Avp,
            "RTP/SAVP" => Self::Savp,
            "RTP/AVPF" => Self::Avpf,
            "RTP/SAVPF" => Self::Savpf,
            other => Self::Other(other.to_owned()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Avp => "RTP/AVP",
            Self::Savp => "RTP/SAVP",
            Self::Avpf => "RTP/AVPF",
            Self::Savpf => "RTP/SAVPF",
            Self::Other(name) => name,
        }
    }

    /// Whether the media must be encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        matches!(self, Self::Savp | Self::Savpf)
    }

    /// Whether it is RTP in a profile we speak.
    #[must_use]
    pub fn is_rtp(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

/// An `a=rtpmap` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// Payload type.
    pub payload: u8,
    /// Name of the encoding, as it stands there; names are compared without case.
    pub name: String,
    /// Clock of the RTP timestamps, in hertz.
    pub clock: u32,
    /// Channels; 1 where none are named.
    pub channels: u8,
}

/// Who sends, seen by the side whose description it stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// Only that side: the other one is on hold, and hears music perhaps.
    SendOnly,
    /// Only the other side.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];

    /// From what the side does.
    #[must_use]
    pub const fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether the side sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether the side receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same, seen by the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both allow.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// Why a description cannot be read. The signalling answers 400, or 488 inside a dialogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// It is too long.
    #[error("the session description has {0} bytes; at most {MAX_BYTES} are read")]
    TooLong(usize),
    /// It is no text.
    #[error("the session description is no UTF-8 text, or has a NUL in it")]
    NotText,
    /// It has too many of something.
    #[error("the session description has too many {0}")]
    TooMany(&'static str),
    /// A line that must be there is missing.
    #[error("the session description has no {0} line")]
    Missing(&'static str),
    /// A line is wrong.
    #[error("line {line} of the session description: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what is right.
        what: &'static str,
    },
}
