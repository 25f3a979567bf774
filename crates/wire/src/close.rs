//! With which code is a WebSocket closed, and why?

/// The close codes TOM sends (RFC 6455, 7.4.1, and 1013 of the IANA registry).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// 1000: the call is over, or the client asked to stop.
    Normal,
    /// 1001: the server is stopping.
    GoingAway,
    /// 1008: not allowed (token, Origin, idle too long, 50 bad messages in a row).
    Policy,
    /// 1009: a frame over 64 KiB.
    TooBig,
    /// 1011: something broke on our side.
    Internal,
    /// 1013: too many calls, connections or messages, or the client reads too slowly. Try again later.
    TryAgainLater,
}

impl CloseCode {
    /// Every code, ascending.
    pub const ALL: [Self; 6] =
        [Self::Normal, Self::GoingAway, Self::Policy, Self::TooBig, Self::Internal, Self::TryAgainLater];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::Policy => 1008,
            Self::TooBig => 1009,
            Self::Internal => 1011,
            Self::TryAgainLater => 1013,
        }
    }
}
