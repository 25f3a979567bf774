//! What is the reply under way, and what may the caller do to it?

use tom_base::{Epoch, MediaTime};

use crate::{Cause, Expect, Phrase, Then, Why, ledger::Ledger};

/// What a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The answer of the call.
    Opening,
    /// The caller's words (or that they were lost).
    Said,
    /// The caller's keys.
    Keyed,
    /// The end of a hold.
    Back,
    /// A silence, a tool, a hand-over that failed: the caller is not known to have said anything.
    Unasked,
    /// The end of the call.
    Goodbye(Why),
    /// Nothing: a phrase of the owner's.
    Phrase(Phrase),
}

impl Kind {
    /// The kind of a reply to this.
    pub(crate) fn of(cause: &Cause) -> Self {
        match cause {
            Cause::Opening => Self::Opening,
            Cause::Said { .. } | Cause::Failed(_) => Self::Said,
            Cause::Keyed(_) => Self::Keyed,
            Cause::HoldOver(_) => Self::Back,
            Cause::Silence(_) | Cause::Tool | Cause::NotConnected => Self::Unasked,
            Cause::Goodbye(why) => Self::Goodbye(*why),
        }
    }

    /// The call ends after it whatever the caller does.
    pub(crate) fn is_final(self) -> bool {
        matches!(
            self,
            Self::Goodbye(Why::Drain | Why::TooLong)
                | Self::Phrase(Phrase::Drain | Phrase::TooLong | Phrase::Failure)
        )
    }

    /// Speech before it is heard does not stop it: the greeting must be heard, a key was meant, and who speaks while the
    /// hold ends speaks to nobody.
    pub(crate) fn holds(self) -> bool {
        self.is_final() || matches!(self, Self::Opening | Self::Keyed | Self::Back)
    }

    /// The phrase that stands in for it when the brain fails.
    pub(crate) fn stand_in(self) -> Option<Phrase> {
        match self {
            Self::Goodbye(why) => Some(match why {
                Why::Silence => Phrase::Silence,
                Why::TooLong => Phrase::TooLong,
                Why::Drain => Phrase::Drain,
            }),
            _ => None,
        }
    }
}

/// What follows a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// What the brain said.
    Then(Then),
    /// A phrase, because the brain failed in the middle.
    Say(Phrase),
}

/// The reply under way.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) epoch: Epoch,
    pub(crate) kind: Kind,
    pub(crate) ledger: Ledger,
    /// What follows it; none while more text may come.
    pub(crate) after: Option<After>,
    /// The first sample was heard.
    pub(crate) started: bool,
    /// Text was given to the synthesiser.
    pub(crate) spoke: bool,
    /// The synthesiser is dead for it: text goes out, audio does not.
    pub(crate) mute: bool,
    /// All audio was heard while an interruption was being decided.
    pub(crate) played_out: bool,
    /// The tool it announces is done already.
    pub(crate) tool_done: bool,
    /// Speech that begins before this needs words to take the floor.
    pub(crate) guarded_until: MediaTime,
    /// How often it was stopped for nothing.
    pub(crate) false_stops: u32,
    /// How often it was paused for a hiss that was none.
    pub(crate) hushes: u32,
}

impl Reply {
    /// A reply that has yet to come.
    pub(crate) fn new(epoch: Epoch, kind: Kind) -> Self {
        Self {
            epoch,
            kind,
            ledger: Ledger::default(),
            after: None,
            started: false,
            spoke: false,
            mute: false,
            played_out: false,
            tool_done: false,
            guarded_until: MediaTime::ZERO,
            false_stops: 0,
            hushes: 0,
        }
    }

    /// What the caller is expected to say after it, as far as it is known.
    pub(crate) fn expect(&self) -> Option<Expect> {
        match self.after {
            Some(After::Then(Then::Listen(expect))) => Some(expect),
            _ => None,
        }
    }
}
