//! What can be agreed on, what was, and why there may be no agreement?

use std::net::SocketAddr;

use super::{Codec, Direction, MasterKey, Suite};

/// What we are ready for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Codecs, the most wanted first. Offers list them so; answers take the first of the other side's they have.
    pub codecs: Vec<Codec>,
    /// Whether media are encrypted.
    pub srtp: SrtpPolicy,
    /// Whether comfort noise may stand in for silence (RFC 3389), both ways.
    pub noise: bool,
}

/// When media are encrypted with keys out of the description (SDES). Those are as secret as the signalling is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SrtpPolicy {
    /// Never; encrypted offers are refused.
    Off,
    /// When the other side offers it.
    #[default]
    Accept,
    /// Always; plain offers are refused.
    Require,
}

/// Why there will be no media. The signalling answers with [`status`](Self::status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No stream of audio over RTP.
    #[error("the description offers no audio over RTP")]
    NoAudio,
    /// None of the codecs is ours.
    #[error("no codec in common; allow one of the other side's in the list of codecs")]
    NoCommonCodec,
    /// One side wants encryption, the other will not or cannot.
    #[error("the two sides do not agree on encryption; see the setting for SRTP")]
    Encryption,
    /// Nothing says where audio is to be sent.
    #[error("the description names no address for its audio")]
    NoAddress,
    /// The answer refuses the stream, or does not match the offer.
    #[error("the answer refuses the audio that was offered, or does not match the offer")]
    Rejected,
    /// There was no offer to answer.
    #[error("an answer came without an offer")]
    NotOffered,
}

impl Refusal {
    /// The SIP status that says so.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotOffered | Self::NoAddress => 400,
            _ => 488,
        }
    }
}

/// What was agreed on: all that a media session needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The codec we send.
    pub codec: Codec,
    /// Its payload type in our packets.
    pub payload: u8,
    /// What may come: payload types and their codecs.
    pub receive: Vec<(u8, Codec)>,
    /// Payload type of telephone events in our packets, if the far end takes them.
    pub event_out: Option<u8>,
    /// Payload type of telephone events that come.
    pub event_in: Option<u8>,
    /// Clock of telephone events, in hertz.
    pub event_clock: u32,
    /// Whether comfort noise (payload type 13) was agreed on.
    pub noise: bool,
    /// Where to send RTP.
    pub remote: SocketAddr,
    /// Where to send RTCP.
    pub remote_rtcp: SocketAddr,
    /// Whether RTCP shares the port of RTP.
    pub mux: bool,
    /// What we may do: send, receive.
    pub direction: Direction,
    /// How packets are encrypted; `None`: not at all.
    pub secure: Option<Secure>,
}

/// How packets are encrypted, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secure {
    /// The suite.
    pub suite: Suite,
    /// The key of our packets.
    pub ours: MasterKey,
    /// The key of theirs.
    pub theirs: MasterKey,
}
