//! Where did the time of a turn go?

use std::time::{Duration, Instant};

use tom_base::{MediaTime, Span};

use crate::api::TurnTiming;

/// Collects the moments of one turn. Stages are measured on the monotonic clock: they are shorter than the
/// 20 ms steps of media time.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    /// The caller's last voiced sample of the latest utterance.
    last_voice: Option<Instant>,
    /// The last voiced sample that the reply under way answers.
    answers: Option<Instant>,
    /// How long the recogniser took for the latest utterance.
    stt: Option<Span>,
    /// The first sample of the caller's latest speech.
    onset: Option<Instant>,
    /// That speech goes on.
    voice: bool,
    /// The one that quieted the reply.
    quieted: Option<Instant>,
    last_frame: Option<Instant>,
    brain_asked: Option<Instant>,
    timing: TurnTiming,
}

impl Stopwatch {
    /// The caller's last voiced sample came at `at`; it is `now`, on the other clock `wall`.
    pub(crate) fn voice_ended(&mut self, wall: Instant, at: MediaTime, now: MediaTime) {
        self.last_voice = before(wall, at, now);
        self.voice = false;
    }

    /// The caller's first voiced sample came at `at`, or speech that goes on became clear.
    pub(crate) fn onset(&mut self, wall: Instant, at: MediaTime, now: MediaTime) {
        if !std::mem::replace(&mut self.voice, true) {
            self.onset = before(wall, at, now);
        }
    }

    /// Speech over the reply has quieted it.
    pub(crate) fn quieted(&mut self) {
        self.quieted = self.quieted.or(self.onset);
    }

    /// It was nothing.
    pub(crate) fn resumed(&mut self) {
        self.quieted = None;
    }

    /// The turn was decided to be over so long after the last voice; no time at all means that it was not
    /// spoken.
    pub(crate) fn committed(&mut self, wait: Span) {
        let spoken = wait > Span::ZERO;
        self.timing.endpoint = spoken.then_some(wait);
        self.timing.stt = self.stt.take();
        self.answers = self.last_voice.take().filter(|_| spoken);
    }

    pub(crate) fn recognised(&mut self, took: Span) {
        self.stt = Some(took);
    }

    /// The brain is asked; `said`: to answer what the caller said.
    pub(crate) fn brain_asked(&mut self, wall: Instant, said: bool) {
        self.brain_asked = Some(wall);
        if !said {
            self.answers = None;
        }
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
    pub(crate) fn frame(&mut self, wall: Instant) {
        self.last_frame = Some(wall);
        if let Some(voice) = self.answers.take() {
            self.timing.voice_to_voice = Some(span(voice, wall));
        }
    }

    /// The caller's client asked the agent to stop.
    pub(crate) fn told_to_stop(&mut self, wall: Instant) {
        self.quieted.get_or_insert(wall);
    }

    /// The caller took the floor, so long after the onset; no time at all means: not by speaking.
    pub(crate) fn interrupted(&mut self, after: Span) {
        let spoken = self.onset.filter(|_| after > Span::ZERO);
        if let (Some(onset), Some(last)) = (self.quieted.take().or(spoken), self.last_frame) {
            self.timing.barge_in = Some(span(onset, last));
        }
    }

    /// The turn is over: its latencies, and a clean sheet.
    pub(crate) fn take(&mut self) -> TurnTiming {
        self.quieted = None;
        self.last_frame = None;
        self.answers = None;
        std::mem::take(&mut self.timing)
    }
}

fn before(wall: Instant, at: MediaTime, now: MediaTime) -> Option<Instant> {
    wall.checked_sub(Duration::from_millis(now.since(at).as_millis()))
}

fn span(from: Instant, to: Instant) -> Span {
    Span::from_millis(to.saturating_duration_since(from).as_millis() as u64)
}
