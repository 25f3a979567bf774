//! What does a call script say?
//!
//! A script is a list of lines: settings of the world, what the brain replies, and what happens when.
//! `README.md` of this crate tells how to write one.

mod caller;
mod lex;
mod parse;
mod reply;
mod settings;

use tom_base::{Key, Lang, MediaTime, Span};
use tom_turn::{EndReason, Expect, Hold, Onset, Probability, Stage, Then, TurnConfig};

/// A scripted call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The call's language.
    pub lang: Lang,
    /// Settings of the turn core that differ from its defaults, by the names of [`TurnConfig::KNOBS`].
    pub turn: Vec<(String, u64)>,
    /// What the brain says, in order.
    pub replies: Vec<Reply>,
    /// What happens when; times never go back.
    pub steps: Vec<(MediaTime, Step)>,
    /// When the simulation stops even if the call goes on.
    pub until: Option<MediaTime>,
}

impl Script {
    /// The turn core's settings in this call.
    #[must_use]
    pub fn config(&self) -> TurnConfig {
        let mut config = TurnConfig { lang: self.lang, ..TurnConfig::default() };
        for (name, value) in &self.turn {
            if let Some(knob) = TurnConfig::knob(name) {
                (knob.set)(&mut config, *value);
            }
        }
        config
    }
}

/// Something that happens in a call from outside the turn core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A call is offered.
    Ring,
    /// It is answered.
    Answer,
    /// The caller makes sounds.
    Speech(Speech),
    /// The caller presses keys.
    Keys {
        /// Which.
        keys: Vec<Key>,
        /// From one to the next.
        every: Span,
    },
    /// The caller types instead of speaking.
    Types(String),
    /// The caller's client asks the agent to stop.
    Interrupt,
    /// The tool that the latest reply started is done.
    ToolDone,
    /// Somebody outside of the dialogue puts the caller on hold.
    Hold(Hold),
    /// Somebody takes the caller off hold.
    Resume,
    /// The server is stopping.
    Drain,
    /// The call is ended from outside.
    HangUp(EndReason),
    /// Nothing of the caller arrives for that long.
    LineDrops(Span),
    /// Something about the world changes.
    Set(Setting),
}

/// Sounds of the caller: pieces with pauses between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// How clearly the voice activity detector hears them begin.
    pub onset: Onset,
    /// One after the other.
    pub pieces: Vec<Piece>,
}

/// A stretch of the caller's voice without a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Silence before it.
    pub pause: Span,
    /// Its words; empty: a cough, a noise.
    pub words: String,
    /// How long it lasts.
    pub length: Span,
    /// How sure the recogniser is of it.
    pub sure: Probability,
    /// What the end-of-turn model says after it; without it there is no such model.
    pub end_of_turn: Option<Probability>,
}

impl Speech {
    /// From the first sound to the last.
    #[must_use]
    pub fn length(&self) -> Span {
        self.pieces.iter().fold(Span::ZERO, |sum, piece| sum + piece.pause + piece.length)
    }
}

/// What a scripted reply is an answer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Whatever comes next that no other reply names. Used once, in order.
    Next,
    /// Whatever no other reply is left for, as often as need be.
    Anything,
    /// The caller said exactly this.
    Said(String),
    /// The caller keyed exactly this.
    Keyed(String),
    /// The caller said something that was not understood.
    Nothing,
    /// The caller was silent.
    Silence,
    /// A tool is done.
    Tool,
    /// The caller was on hold.
    Hold,
    /// The reply before was lost.
    Failure,
    /// The agent is to say goodbye.
    Goodbye,
}

/// What the brain does when asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// To what.
    pub to: To,
    /// How long it takes until the first clause; the world's delay if none.
    pub after: Option<Span>,
    /// Its clauses, each with the time since the one before.
    pub clauses: Vec<(Span, String)>,
    /// What follows.
    pub then: Then,
    /// How long the tool takes that [`Then::Tool`] waits for; for ever if none.
    pub tool: Option<Span>,
    /// Whether the brain is well this time.
    pub health: Health,
}

/// How well an engine works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// As it should.
    #[default]
    Works,
    /// It says at once that it cannot.
    Fails,
    /// Its connection stays open and nothing comes.
    Hangs,
}

/// A property of the world that a script can change, from the beginning or in the middle of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// How well an engine works.
    Health(Stage, Health),
    /// How long it takes for its first result.
    Delay(Stage, Span),
    /// When its owner gives it up.
    Deadline(Stage, Span),
    /// Whether it goes on with what was cancelled.
    IgnoresCancel(Stage, bool),
    /// Whether the recogniser tells words before the utterance is over.
    Partials(bool),
    /// How long a character of the agent's text is to hear.
    Pace(Span),
    /// How much of the agent's audio is ahead of what the caller hears.
    Lead(Span),
}

/// How long a character is to hear, unless the script says otherwise: about 15 a second.
pub(crate) const PACE: Span = Span::from_millis(65);

/// What the agent waits for unless the script says otherwise.
pub(crate) const LISTEN: Then = Then::Listen(Expect::Open);
