//! What happens on a call, and what may be asked of it?

use std::net::{IpAddr, SocketAddr};

/// Who calls or is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The name shown, where there is one.
    pub name: Option<String>,
    /// The number or user, escapes resolved. Personal data: never to be logged.
    pub number: String,
    /// The host of the address.
    pub host: String,
}

/// How SIP messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream inside TLS.
    Tls,
}

impl Transport {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Udp, Self::Tcp, Self::Tls];

    /// As configurations and addresses write it: `udp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// As Via writes it: `UDP`.
    pub(crate) const fn upper(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// Reads a name in either case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Whether nothing is lost on the way, so that nothing is sent twice.
    pub(crate) const fn is_stream(self) -> bool {
        !matches!(self, Self::Udp)
    }
}

/// What is known of a call that comes in, before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Who calls.
    pub from: Party,
    /// Who is called: the Request-URI, or where that names only us, the header To.
    pub to: Party,
    /// The session the caller offers (SDP); none: we are to offer one.
    pub offer: Option<Vec<u8>>,
    /// All headers in order, for those who look for more.
    pub headers: Vec<(String, String)>,
    /// Where it came from.
    pub peer: SocketAddr,
    /// How it came.
    pub transport: Transport,
    /// Our address as this peer knows it.
    pub local: IpAddr,
    /// The trunk it came in by.
    pub trunk: Option<String>,
}

impl Invitation {
    /// The first header of a name, without looking at case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// What happens on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// The called side is alerted (18x), perhaps with a session for early media.
    Progress {
        /// 180, 183 and their like.
        status: u16,
        /// The session to listen to.
        sdp: Option<Vec<u8>>,
    },
    /// The called side answered. The answer to our offer may have come with [`CallEvent::Progress`] before.
    Answered {
        /// The session.
        sdp: Option<Vec<u8>>,
    },
    /// The other side changes the session: hold, resume, another address. Answer with [`Ask::AnswerOffer`].
    Offer {
        /// The session offered.
        sdp: Vec<u8>,
    },
    /// The other side wants an offer of ours. Answer with [`Ask::AnswerOffer`].
    OfferWanted,
    /// The answer to an offer of ours: of the acknowledgement to a call that came without an offer, or to
    /// [`Ask::Offer`].
    Answer {
        /// The session.
        sdp: Vec<u8>,
    },
    /// The other side did not take [`Ask::Offer`]; the session stays as it was.
    OfferRefused {
        /// Why.
        status: u16,
    },
    /// A key, by SIP INFO.
    Key {
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        key: char,
    },
    /// The other side wants us to call somebody in its place (REFER). Answer with [`Ask::Follow`] or [`Ask::Stay`].
    Referred {
        /// Whom. What was said of [`Party::number`] holds here as well.
        to: Party,
        /// The host is that of the other side or its trunk: an extension of the same telephone system, mostly.
        near: bool,
    },
    /// How the transfer we asked for goes.
    Transfer {
        /// The status of the new call as far as it is known: 100, 180, 200, 486 ...
        status: u16,
    },
    /// The call is over. Nothing follows.
    Ended(Ended),
}

/// Why a call is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Who or what ended it.
    pub by: EndedBy,
    /// The status that ended it, where there was one: of our side or the other.
    pub status: Option<u16>,
    /// A short word on it: a reason phrase, or what went wrong. May come from the other side.
    pub reason: String,
}

/// Who or what ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// We hung up or refused.
    Us,
    /// The other side hung up.
    Peer,
    /// The caller gave up before the answer.
    Cancelled,
    /// The called side is busy (486, 600).
    Busy,
    /// The called side does not want it (603, 403).
    Declined,
    /// Nobody there, or nobody answers (404, 408, 480, 484, 604; our own patience).
    NoAnswer,
    /// The called side sends us elsewhere; we do not follow by ourselves.
    Moved,
    /// Our credentials were not taken.
    Unauthorized,
    /// Everything else that a status says.
    Refused,
    /// The other side vanished: no answer to a request, no acknowledgement, no refresh.
    Lost,
}

impl EndedBy {
    /// For metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Peer => "peer",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::NoAnswer => "no_answer",
            Self::Moved => "moved",
            Self::Unauthorized => "unauthorized",
            Self::Refused => "refused",
            Self::Lost => "lost",
        }
    }

    /// What a final status of a call we made means.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Moved,
            401 | 407 => Self::Unauthorized,
            403 | 603 => Self::Declined,
            404 | 408 | 410 | 480 | 484 | 604 => Self::NoAnswer,
            486 | 600 => Self::Busy,
            487 => Self::Us,
            _ => Self::Refused,
        }
    }
}

/// What may be asked of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// 180 Ringing.
    Ringing,
    /// 183 Session Progress with a session.
    Progress(Vec<u8>),
    /// 200 OK with our session: the answer to the offer, or an offer where none came.
    Answer(Vec<u8>),
    /// Refuse the call: a status from 300 to 699.
    Reject {
        /// The status.
        status: u16,
        /// Why, for the header Reason; empty: none.
        reason: String,
        /// Seconds after which it may be tried again.
        retry_after: Option<u32>,
    },
    /// The answer to [`CallEvent::Offer`], the offer for [`CallEvent::OfferWanted`]; none refuses with 488.
    AnswerOffer(Option<Vec<u8>>),
    /// Change the session: hold, resume.
    Offer(Vec<u8>),
    /// A key by SIP INFO.
    Key(char),
    /// Connect the other side with somebody else and leave.
    Transfer {
        /// Whom to call: an address, or a number at the trunk's or the peer's host.
        to: String,
    },
    /// Call whom [`CallEvent::Referred`] names. When that is taken [`CallEvent::Answer`] tells the session and the call
    /// goes on there; otherwise [`CallEvent::OfferRefused`], and it goes on as it was.
    Follow {
        /// Our offer (SDP).
        offer: Vec<u8>,
    },
    /// Do not.
    Stay {
        /// Why not: 603, mostly.
        status: u16,
    },
    /// Hang up, or cancel a call that is not answered yet.
    HangUp {
        /// Why, for the header Reason; empty: none.
        reason: String,
    },
}

/// A call to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dial {
    /// A SIP address, or a number to be called by the trunk.
    pub to: String,
    /// The trunk; none: the first one for a number, none for an address.
    pub trunk: Option<String>,
    /// Our offer (SDP).
    pub offer: Vec<u8>,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// Seconds of ringing before we give up; 0: 120.
    pub patience: u32,
}
