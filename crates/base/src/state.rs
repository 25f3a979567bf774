//! The state of a call, as the wire and operators name it.

use std::fmt;

/// The eight call states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CallState {
    /// Nobody has called yet.
    #[default]
    Idle,
    /// The call is offered, not answered.
    Ringing,
    /// Answered; nobody has spoken.
    Connected,
    /// The caller has, or may take, the floor.
    Listening,
    /// The caller's turn is over; the reply is being made.
    Thinking,
    /// The agent speaks.
    Speaking,
    /// The caller broke into the reply; whether the agent yields is being decided.
    Barred,
    /// Over.
    Ended,
}

impl CallState {
    /// Every state, in the order a call usually meets them.
    pub const ALL: [Self; 8] = [
        Self::Idle,
        Self::Ringing,
        Self::Connected,
        Self::Listening,
        Self::Thinking,
        Self::Speaking,
        Self::Barred,
        Self::Ended,
    ];

    /// The name on the wire: lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Ringing => "ringing",
            Self::Connected => "connected",
            Self::Listening => "listening",
            Self::Thinking => "thinking",
            Self::Speaking => "speaking",
            Self::Barred => "barred",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for CallState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
