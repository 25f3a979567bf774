//! What goes into the turn core and what comes out of it: the words both sides share.

mod event;
mod input;
mod output;

use std::sync::Arc;

use tom_base::{Key, Span};

pub use event::{CallEvent, Floor};
pub use input::Input;
pub use output::{Output, Phrase};

/// A probability in thousandths, so that it has an exact text form in journals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Probability(u16);

impl Probability {
    /// Certain.
    pub const ONE: Self = Self(1000);

    /// Clamps to 0..=1; not-a-number is 0.
    #[must_use]
    pub fn new(p: f32) -> Self {
        Self((p.clamp(0.0, 1.0) * 1000.0).round() as u16)
    }

    /// From thousandths, clamped.
    #[must_use]
    pub const fn from_millis(thousandths: u16) -> Self {
        Self(if thousandths > 1000 { 1000 } else { thousandths })
    }

    /// In thousandths.
    #[must_use]
    pub const fn millis(self) -> u16 {
        self.0
    }
}

/// How sure a beginning of speech is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Onset {
    /// Clearly speech: pauses the reply.
    Clear,
    /// Perhaps speech: ducks the reply.
    Weak,
}

/// A part of the chain that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Recognition.
    Stt,
    /// The brain: a language model or a flow.
    Llm,
    /// Synthesis.
    Tts,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The far end hung up or went away.
    Caller,
    /// The agent hung up: the dialogue was over.
    Agent,
    /// Handed over to a person.
    Transferred,
    /// The caller said nothing for too long.
    Silence,
    /// The longest call time is reached.
    TooLong,
    /// Nobody answered.
    Unanswered,
    /// The server is stopping.
    Drain,
    /// It could not go on.
    Failure,
}

/// Why the agent says goodbye of its own accord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The caller said nothing, after all re-prompts.
    Silence,
    /// The longest call time is reached.
    TooLong,
    /// The server is stopping.
    Drain,
}

/// What the brain is asked to reply to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The call was answered: greet.
    Opening,
    /// The caller said this. Empty text: speech was heard but nothing understood.
    Said {
        /// All utterances of the turn, joined by a blank.
        text: Arc<str>,
        /// The least sure of them.
        confidence: Probability,
    },
    /// The caller keyed this, complete by the rules of [`Expect`].
    Keyed(Arc<str>),
    /// The caller said nothing; the how-manieth time in a row, from 1.
    Silence(u32),
    /// A tool the brain started is done.
    Tool,
    /// Nobody took the call that was to be handed over.
    NotConnected,
    /// The caller was on hold, and is with the agent again.
    HoldOver(Back),
    /// The reply that was being made is lost: apologise and go on.
    Failed(Stage),
    /// Say goodbye; the reply should end with [`Then::HangUp`].
    Goodbye(Why),
}

/// What the agent waits for after a reply: the context of endpointing and keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Anything.
    #[default]
    Open,
    /// Yes or no.
    YesNo,
    /// One of a few phrases, or the key of one.
    Choice,
    /// Digits dictated or keyed: pauses inside are long. Keys collect up to `max`, or until `#`.
    Digits {
        /// The most digits.
        max: u8,
    },
    /// A rating of the call, as a word, number or key. A caller who stays silent is not kept for long.
    Rating,
    /// A name, an address or an e-mail, spelt.
    Spelling,
    /// A long free message.
    Message,
}

/// What happens when a reply has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    /// The caller's turn.
    Listen(Expect),
    /// Hang up.
    HangUp,
    /// Hand over to a person (the owner knows where to) and end here; where [`TurnConfig`](crate::TurnConfig) gives a
    /// hand-over time, wait for how it goes: the brain may be asked again with [`Cause::NotConnected`].
    Transfer,
    /// Wait for a tool; the brain will be asked again with [`Cause::Tool`].
    Tool,
    /// Keep the caller on hold; the brain will be asked again with [`Cause::HoldOver`].
    Hold(Hold),
}

/// How a caller is kept on hold: nobody listens meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    /// For so long at most.
    pub longest: Span,
    /// The key with which the caller ends it: any but 0, and only after a reply.
    pub key: Option<Key>,
    /// Whether there is music; silence otherwise.
    pub music: bool,
}

/// What ended a caller's time on hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Back {
    /// Somebody took the caller off hold.
    Resumed,
    /// The caller did, with the key for it.
    Keyed,
    /// It took too long.
    TimedOut,
}
