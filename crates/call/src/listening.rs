//! What is heard of the caller: a frame at a time, and what recogniser and judge make of it.

use std::time::Instant;

use tom_audio::Frame;
use tom_base::MediaTime;
use tom_engine::{Edge, EndOfTurnEvent, Onset, SttEvent};
use tom_turn::{Floor, Input, Probability, Stage};

use crate::ears::RATE;
use crate::session::Session;

/// More timeouts than this at one moment mean that the core asks for a moment that has passed.
const MAX_TIMEOUTS: usize = 16;

impl Session {
    /// 20 ms of caller audio, or of the silence that stands in for it.
    pub(crate) fn frame(&mut self, at: MediaTime, pcm: &[i16], wall: Instant) {
        self.frames_in += 1;
        let edge = self.ears.frame(Frame { at, rate: RATE, pcm });
        if self.pickup.is_some() {
            self.picked_up(pcm, edge, wall);
        } else if let Some(edge) = edge {
            self.mark(wall);
            let now = self.clock.now();
            let input = match edge {
                Edge::Start { at, onset } => {
                    self.stopwatch.onset(wall, at, now);
                    Input::SpeechStart(match onset {
                        Onset::Clear => tom_turn::Onset::Clear,
                        Onset::Weak => tom_turn::Onset::Weak,
                    })
                }
                Edge::Hiss { .. } => Input::Hiss,
                Edge::End { at } => {
                    self.stopwatch.voice_ended(wall, at, now);
                    if self.ears.echo.was_echo() { Input::Echo } else { Input::SpeechEnd }
                }
            };
            self.feed(input, wall);
        }
        for _ in 0..MAX_TIMEOUTS {
            match self.wake {
                Some(wake) if wake <= self.clock.now() && self.ended.is_none() => {
                    self.mark(wall);
                    self.feed(Input::Timeout, wall);
                }
                _ => break,
            }
        }
        if self.playout.pausing() {
            self.play(wall); // Not at the next tick: the far end shall have the end of the voice in time.
        }
    }

    /// The recogniser says something.
    pub(crate) fn stt(&mut self, event: SttEvent, wall: Instant) {
        if self.pickup.is_some() {
            return self.picked_up_words(&event, wall);
        }
        let input = match event {
            SttEvent::Partial { epoch, text } => Input::Partial { epoch, text },
            SttEvent::Guess { epoch, text } => return self.guessed(epoch, &text),
            // Only texts matter here.
            SttEvent::Word { .. } => return,
            SttEvent::Final { epoch, text, confidence } => {
                if let Some(took) = self.ears.answered(epoch, wall) {
                    self.stopwatch.recognised(took);
                }
                Input::Final { epoch, text, confidence: Probability::new(confidence) }
            }
            SttEvent::Failed { epoch, error } => {
                if !self.ears.lost(epoch, wall, error) {
                    return;
                }
                Input::Failed { epoch, stage: Stage::Stt }
            }
        };
        self.mark(wall);
        self.feed(input, wall);
    }

    /// The judge of ends of turns says something.
    pub(crate) fn end_of_turn(&mut self, event: EndOfTurnEvent, wall: Instant) {
        match event {
            EndOfTurnEvent::Judged { epoch, p } => {
                let open = matches!(self.turn.floor(), Floor::Pause | Floor::Agent);
                if !open || self.turn.epoch() != epoch {
                    self.ears.judge.count.late += 1;
                    return;
                }
                self.ears.judge.count.answered += 1;
                self.mark(wall);
                self.feed(Input::EndOfTurn { epoch, p: Probability::new(p) }, wall);
            }
            EndOfTurnEvent::Failed { error, .. } => {
                self.ears.judge.count.failed += 1;
                tracing::debug!(kind = error.kind.as_str(), "no opinion on the end of the turn: {error}");
            }
        }
    }
}
