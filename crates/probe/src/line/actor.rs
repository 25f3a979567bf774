//! Who decides what a caller does, and what does a caller know?

use std::sync::Arc;

use crate::clip::Clip;
use crate::trace::{Micros, Trace};

/// What a caller does next.
#[derive(Clone, Debug)]
pub enum Act {
    /// Goes on: with the clip under way, else with comfort noise.
    Wait,
    /// Begins to say something, with this frame.
    Speak(Arc<Clip>),
    /// Hangs up.
    HangUp,
}

/// What a caller knows while the call runs.
#[derive(Debug)]
pub struct Seen<'a> {
    /// All that happened so far.
    pub trace: &'a Trace,
    /// Whether a clip is under way.
    pub speaks: bool,
    /// Where the agent's present or last voice began, after 300 ms of silence.
    pub voice_from: Option<Micros>,
    /// Where the agent's voice ends, as far as it has arrived.
    pub voice_until: Micros,
}

/// Plays the caller's part.
pub trait Actor: Send {
    /// What to do now; asked every 20 ms, before the caller's frame leaves.
    fn tick(&mut self, now: Micros, seen: &Seen<'_>) -> Act;
}

/// The way from the caller's loudspeaker to the microphone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Echo {
    /// How much weaker, in dB (negative).
    pub gain_db: f64,
    /// How much later, in milliseconds, up to 1000.
    pub delay_ms: u32,
}
