//! What is kept of a call: when which sound came, what was told, what was said, and how it ended.

use tom_wire::ServerEvent;

use crate::schedule::{Play, Sound, plays, sounds};
use crate::voice::STEPS;

/// Microseconds since the call's socket opened, on this machine's monotonic clock.
pub type Micros = u64;

/// Microseconds of a frame.
pub const FRAME_TIME: Micros = 20_000;

/// 20 ms of agent audio that arrived: its envelope, not its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When it arrived.
    pub at: Micros,
    /// The RMS of each 5 ms, in sample units.
    pub rms: [u16; STEPS],
}

/// A message of the server, except signs of life and the pieces of a reply's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When it arrived.
    pub at: Micros,
    /// Agent frames that came before it: order is kept within a socket.
    pub frames: usize,
    /// What.
    pub event: ServerEvent,
}

/// A clip that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Its name.
    pub clip: String,
    /// When its first frame was sent.
    pub began: Micros,
    /// When the frame with each of its marks was sent; as many as were reached.
    pub marks: Vec<Micros>,
    /// When it was over, if it came to its end.
    pub over: Option<Micros>,
}

/// How a call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// It did not yet.
    #[default]
    NotYet,
    /// The caller hung up and the server closed.
    Caller,
    /// The server closed it first, with that code (0: none).
    Server(u16),
    /// The longest time was over.
    TooLong,
    /// The whole run was stopped.
    Stopped,
    /// The connection broke, or what came was no WebSocket.
    Broken(String),
    /// It never came about: nobody there, or a refusal.
    Refused(String),
}

/// All that is kept of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// What the plan called it.
    pub name: String,
    /// Agent audio.
    pub heard: Vec<Heard>,
    /// Messages.
    pub told: Vec<Told>,
    /// Clips.
    pub spoken: Vec<Spoken>,
    /// What the server did that it must not, in words.
    pub problems: Vec<String>,
    /// How it ended.
    pub ended: Ended,
    /// When.
    pub lasted: Micros,
}

impl Trace {
    /// Whether nothing went wrong: the caller hung up, and no error was told.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.ended == Ended::Caller && self.problems.is_empty()
    }

    /// When each frame is played by the pacing schedule.
    #[must_use]
    pub fn plays(&self) -> Vec<Play> {
        plays(self.heard.iter().map(|h| h.at), &[])
    }

    /// Audible agent sound by the pacing schedule.
    #[must_use]
    pub fn sounds(&self) -> Vec<Sound> {
        sounds(&self.heard, &self.plays())
    }

    /// The same for a far end that empties its buffer at every `clear`.
    #[must_use]
    pub fn sounds_with_clear(&self) -> Vec<Sound> {
        let clears: Vec<_> = self
            .told
            .iter()
            .filter(|told| matches!(told.event, ServerEvent::Clear {}))
            .map(|told| (told.frames, told.at))
            .collect();
        sounds(&self.heard, &plays(self.heard.iter().map(|h| h.at), &clears))
    }

    /// The messages from one moment to another.
    pub fn told_between(&self, from: Micros, until: Micros) -> impl Iterator<Item = &Told> {
        self.told.iter().filter(move |told| (from..until).contains(&told.at))
    }
}
