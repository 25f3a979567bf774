//! Where the time of a turn went.

use std::time::Instant;

use tom_base::{MediaTime, Span};

use crate::api::TurnTiming;

/// Collects the moments of one turn. Stages are measured on the monotonic clock: they are shorter than the
/// 20 ms steps of media time.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    last_voice: Option<Instant>,
    onset: Option<Instant>,
    last_frame: Option<Instant>,
    brain_asked: Option<Instant>,
    timing: TurnTiming,
}

impl Stopwatch {
    /// The caller's last voiced sample lies this long before `wall`.
    pub(crate) fn voice_ended(&mut self, wall: Instant, at: MediaTime, now: MediaTime) {
        let ago = std::time::Duration::from_millis(now.since(at).as_millis());
        self.last_voice = wall.checked_sub(ago);
    }

    /// The caller spoke over the reply; the onset lies before `wall`.
    pub(crate) fn onset(&mut self, wall: Instant, at: MediaTime, now: MediaTime) {
        let ago = std::time::Duration::from_millis(now.since(at).as_millis());
        self.onset = wall.checked_sub(ago);
    }

    /// The turn was decided to be over.
    pub(crate) fn committed(&mut self, wait: Span) {
        self.timing.endpoint = Some(wait);
    }

    pub(crate) fn recognised(&mut self, took: Span) {
        self.timing.stt = Some(took);
    }

    pub(crate) fn brain_asked(&mut self, wall: Instant) {
        self.brain_asked = Some(wall);
    }

    pub(crate) fn reply_text(&mut self, wall: Instant) {
        if let Some(asked) = self.brain_asked.take() {
            self.timing.brain = Some(span(asked, wall));
        }
    }

    pub(crate) fn speech(&mut self, took: Span) {
        self.timing.tts = Some(took);
    }

    /// A frame of the reply was sent.
    pub(crate) fn frame(&mut self, wall: Instant, first: bool) {
        self.last_frame = Some(wall);
        if first && let Some(voice) = self.last_voice.take() {
            self.timing.voice_to_voice = Some(span(voice, wall));
        }
    }

    /// The caller took the floor.
    pub(crate) fn interrupted(&mut self) {
        if let (Some(onset), Some(last)) = (self.onset.take(), self.last_frame) {
            self.timing.barge_in = Some(span(onset, last));
        }
    }

    /// The turn is over: its latencies, and a clean sheet.
    pub(crate) fn take(&mut self) -> TurnTiming {
        std::mem::take(&mut self.timing)
    }
}

fn span(from: Instant, to: Instant) -> Span {
    Span::from_millis(to.saturating_duration_since(from).as_millis() as u64)
}
