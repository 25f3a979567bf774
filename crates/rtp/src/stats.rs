//! What does a session tell about how it fares?

use std::net::SocketAddr;
use std::time::Duration;

use tom_audio::jitter::{JitterCounters, Waited};
use tom_wire::rtp::RtpFault;
use tom_wire::sdp::Codec;

/// Why a datagram was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reject {
    /// Nothing in it, or no payload.
    Empty,
    /// Shorter than its header.
    Short,
    /// Larger than any packet of a telephone.
    Long,
    /// Not of version 2: STUN, DTLS or noise.
    Version,
    /// Its list of contributing sources does not fit.
    Csrc,
    /// Its header extension does not fit.
    Extension,
    /// Its padding does not fit.
    Padding,
    /// A payload type nobody agreed on.
    PayloadType,
    /// A payload its codec cannot have.
    Payload,
    /// From somebody else than the far end.
    Foreign,
    /// A stream that has not yet shown it is one, or a second one beside the first.
    Stream,
    /// Its sequence number jumps.
    Sequence,
    /// Its authentication fails.
    Authentication,
    /// It came before.
    Replay,
    /// RTCP that is none.
    Rtcp,
    /// The call is on hold, ours or theirs: what comes is music at most.
    Held,
}

impl Reject {
    /// Each of them.
    pub const ALL: [Self; 16] = [
        Self::Empty,
        Self::Short,
        Self::Long,
        Self::Version,
        Self::Csrc,
        Self::Extension,
        Self::Padding,
        Self::PayloadType,
        Self::Payload,
        Self::Foreign,
        Self::Stream,
        Self::Sequence,
        Self::Authentication,
        Self::Replay,
        Self::Rtcp,
        Self::Held,
    ];

    /// Its name, for a label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Short => "short",
            Self::Long => "long",
            Self::Version => "version",
            Self::Csrc => "csrc",
            Self::Extension => "extension",
            Self::Padding => "padding",
            Self::PayloadType => "payload_type",
            Self::Payload => "payload",
            Self::Foreign => "foreign",
            Self::Stream => "stream",
            Self::Sequence => "sequence",
            Self::Authentication => "authentication",
            Self::Replay => "replay",
            Self::Rtcp => "rtcp",
            Self::Held => "held",
        }
    }
}

impl From<RtpFault> for Reject {
    fn from(fault: RtpFault) -> Self {
        match fault {
            RtpFault::Short => Self::Short,
            RtpFault::Long => Self::Long,
            RtpFault::Version => Self::Version,
            RtpFault::Csrc => Self::Csrc,
            RtpFault::Extension => Self::Extension,
            RtpFault::Padding => Self::Padding,
        }
    }
}

/// How a session fares, since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// The codec we send.
    pub codec: Codec,
    /// Where we send to: what the far end said, until it was heard from elsewhere.
    pub remote: SocketAddr,
    /// Packets sent, silence included.
    pub sent: u64,
    /// Agent frames dropped because more waited than may, or sending was not allowed.
    pub dropped: u64,
    /// Packets the system did not take.
    pub unsent: u64,
    /// Packets taken.
    pub received: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Mean deviation of the time between packets (RFC 3550).
    pub jitter: Duration,
    /// To the far end and back, from its last report.
    pub round_trip: Option<Duration>,
    /// Share of our packets lost on the way, in 256ths, and the jitter there, from its last report.
    pub far: Option<(u8, Duration)>,
    /// Audio made up for what was lost or late.
    pub concealed: Duration,
    /// What the jitter buffer met with.
    pub buffer: JitterCounters,
    /// How long packets waited in it for their turn.
    pub waited: Waited,
    /// How long it waits for a packet.
    pub delay: Duration,
    /// Since the last packet that was taken.
    pub silent: Option<Duration>,
    /// Keys that nobody fetched.
    pub keys_lost: u64,
    pub(crate) rejected: [u64; Reject::ALL.len()],
}

impl Statistics {
    /// Datagrams not taken, by reason.
    #[must_use]
    pub fn rejected(&self, reason: Reject) -> u64 {
        self.rejected[reason as usize]
    }

    /// Datagrams not taken, all together.
    #[must_use]
    pub fn rejected_all(&self) -> u64 {
        self.rejected.iter().sum()
    }
}
