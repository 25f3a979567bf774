//! A hiss or faint speech over the reply: the beginning of a word like "stop", before voice activity can be sure of it?
//!
//! The reply is paused at once, for a moment only. If clear speech follows, that is an interruption like any other; if
//! not, the reply goes on, quietly where there is faint speech. After some such moments it no longer stops for them.

use tom_base::Span;

use crate::interruption::Level;
use crate::timers::Timer;
use crate::{CallEvent, Floor, Output, Turn};

impl Turn {
    /// A hiss began.
    pub(super) fn hiss(&mut self) {
        let heard = self.voice.is_some() || !self.keys.is_empty();
        if self.floor == Floor::Agent && !heard {
            self.hush();
        }
    }

    /// Pauses the reply for a moment, if it is at full level and has not been so too often.
    pub(super) fn hush(&mut self) {
        let span = self.config.hush.min(self.config.longest_pause);
        let quiet = self.interruption_quiets();
        let Some(reply) = &self.reply else {
            return;
        };
        let deaf = reply.kind.is_final() || reply.played_out || self.now < reply.guarded_until;
        let often = reply.hushes >= self.config.noisy_after || reply.false_stops >= self.config.noisy_after;
        if span == Span::ZERO || quiet || deaf || often {
            return;
        }
        let epoch = reply.epoch;
        self.hushed = Some(self.now);
        self.arm(Timer::Hush, span);
        self.emit(Output::Pause);
        self.tell(CallEvent::Paused { epoch, ducked: false });
        self.note_state();
    }

    /// What began with a hiss is speech: from here on it is decided as an interruption.
    pub(super) fn hush_is_speech(&mut self) {
        let (Some(since), Some(interruption)) = (self.hushed, &mut self.interruption) else {
            return;
        };
        interruption.quiet_before(since);
        // Of faint speech it is not sure yet: the reply stays paused until it is, or the time is over.
        if interruption.level == Level::Paused {
            self.forget_hush();
        }
    }

    /// No clear speech has come of it: the reply goes on, quietly if there is faint speech.
    pub(super) fn hush_over(&mut self) {
        let Some(since) = self.hushed.take() else {
            return;
        };
        let level = self.interruption_level();
        let Some(reply) = self.reply.as_mut().filter(|_| level != Level::Paused) else {
            return;
        };
        reply.hushes += 1;
        let (epoch, over) = (reply.epoch, reply.played_out);
        self.emit(Output::Resume);
        if level == Level::Ducked {
            self.emit(Output::Duck);
            self.tell(CallEvent::Paused { epoch, ducked: true });
        } else {
            self.tell(CallEvent::FalseInterruption {
                epoch,
                paused: self.now.since(since),
                backchannel: false,
            });
        }
        self.note_state();
        self.sign_of_life();
        if over && level == Level::Full {
            self.finish_reply(true);
        }
    }

    /// What began as speech was the agent's own voice. Nobody asks what it said.
    pub(super) fn was_echo(&mut self) {
        if self.floor != Floor::Agent || self.interruption.is_none() {
            return self.speech_end();
        }
        self.voice = None;
        self.resume(false);
        self.interruption = None;
        self.timers.clear(Timer::Overlap);
        self.forget_hearing();
        if self.reply.as_ref().is_some_and(|reply| reply.played_out) {
            self.finish_reply(true);
        }
    }

    /// There is nothing left to be decided about it.
    pub(super) fn forget_hush(&mut self) {
        self.hushed = None;
        self.timers.clear(Timer::Hush);
    }
}
