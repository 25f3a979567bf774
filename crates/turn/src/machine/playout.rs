//! What the caller hears of the reply, as far as the playout tells.

use tom_base::{Epoch, Span};

use crate::floor::Life;
use crate::reply::{After, Kind};
use crate::timers::Timer;
use crate::{CallEvent, Floor, Then, Turn};

impl Turn {
    /// The caller begins to hear the reply.
    pub(super) fn playout_started(&mut self, epoch: Epoch) {
        let guard = self.now + self.config.onset_guard;
        let Some(reply) = self.reply_of(epoch) else {
            return;
        };
        let expected = reply.spoke || matches!(reply.kind, Kind::Phrase(_));
        if reply.started || reply.mute || !expected {
            return;
        }
        reply.started = true;
        reply.guarded_until = guard;
        self.life = Life::Live;
        self.committed = None;
        self.timers.clear(Timer::FirstAudio);
        self.timers.clear(Timer::Whole);
        self.set_floor(Floor::Agent);
        self.tell(CallEvent::Speaking { epoch });
        self.sign_of_life();
        if !self.held.is_empty() {
            self.release_held();
        } else if let Some(onset) = self.voice {
            self.speech_over_reply(onset);
        }
    }

    /// Where a piece of text lies in the audio.
    pub(super) fn text_mark(&mut self, epoch: Epoch, offset: u32, at: Span) {
        if let Some(reply) = self.reply_of(epoch) {
            reply.ledger.mark(offset, at);
            self.sign_of_life();
        }
    }

    /// How much of the audio was heard.
    pub(super) fn playout_mark(&mut self, epoch: Epoch, heard: Span) {
        if let Some(reply) = self.reply_of(epoch).filter(|r| r.started)
            && reply.ledger.played(heard)
        {
            self.sign_of_life();
        }
    }

    /// All of the reply was heard.
    pub(super) fn playout_done(&mut self, epoch: Epoch) {
        self.playout_started(epoch);
        let Some(reply) = self.reply_of(epoch) else {
            return;
        };
        let Some(after) = reply.after.filter(|_| reply.started) else {
            return;
        };
        // With the call about to end, "wait!" must still be able to stop that.
        let listens = matches!(after, After::Then(Then::Listen(_)));
        if !listens && self.interruption_quiets() {
            if let Some(reply) = &mut self.reply {
                reply.played_out = true;
            }
            return;
        }
        self.finish_reply(true);
    }

    /// The reply is alive: its deadline moves on.
    pub(super) fn sign_of_life(&mut self) {
        let Some(reply) = self.reply.as_ref().filter(|r| r.started) else {
            return;
        };
        if reply.mute && reply.after.is_some() {
            self.arm(Timer::Stall, self.config.tail);
            return;
        }
        let pace = self.config.pace;
        let left = pace.as_millis() * reply.ledger.unheard(pace) as u64;
        // A paused reply is looked at again and again: never twice in one moment, however the knob is set.
        let after = self.config.stall + Span::from_millis(left);
        self.arm(Timer::Stall, after.max(Span::from_millis(1)));
    }
}
