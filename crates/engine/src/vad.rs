//! Voice activity: where speech begins and ends.

use tom_audio::Frame;
use tom_base::MediaTime;

/// How sure a beginning of speech is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onset {
    /// Clearly speech: pauses the agent.
    Clear,
    /// Perhaps speech: only ducks the agent.
    Weak,
}

/// A change of voice activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Speech began. A `Weak` start may be followed by a `Clear` one without an end between them.
    Start {
        /// The first voiced sample, a little before the moment of detection.
        at: MediaTime,
        /// How sure it is.
        onset: Onset,
    },
    /// A hiss began that may be the beginning of a word: too early to tell. A `Start` follows if it is; nothing if not.
    Hiss {
        /// Its first sample.
        at: MediaTime,
    },
    /// Speech ended.
    End {
        /// The last voiced sample, a little before the moment of detection.
        at: MediaTime,
    },
}

/// A detector for one call, called inline by the call task: far below 1 ms a frame, no allocation.
pub trait Vad: Send {
    /// Takes the next frame (16 kHz mono, any length up to 20 ms, gapless) and tells of a change, if there
    /// was one.
    fn push(&mut self, frame: Frame<'_>) -> Option<Edge>;

    /// Forgets everything but its settings.
    fn reset(&mut self);

    /// The engine's name: `earshot`, `silero`.
    fn name(&self) -> &'static str;
}
