//! The agent's turn: from the question to the brain to the last sample the caller hears.

use std::sync::Arc;

use tom_base::{Epoch, Span};

use super::{Said, Who};
use crate::floor::Life;
use crate::reply::{After, Kind, Reply};
use crate::timers::Timer;
use crate::{CallEvent, Cause, EndReason, Expect, Floor, Output, Phrase, Then, Turn};

impl Turn {
    /// Asks the brain for a reply.
    pub(super) fn generate(&mut self, epoch: Epoch, cause: Cause) {
        let kind = Kind::of(&cause);
        self.committed = self.hearing.take();
        let whole = match kind {
            Kind::Opening => self.config.answer,
            _ => self.config.whole,
        };
        self.begin_reply(Reply::new(epoch, kind), whole);
        let think = match kind.is_final() {
            // Time must be left to speak a phrase instead.
            true => self.config.thinking.min(Span::from_millis(self.config.goodbye.as_millis() / 2)),
            false => self.config.thinking,
        };
        self.arm(Timer::Think, think);
        self.claim(epoch, &cause);
        self.emit(Output::Generate { epoch, cause });
        self.set_floor(Floor::Thinking);
    }

    /// Speaks a phrase of the owner's.
    pub(super) fn say(&mut self, phrase: Phrase) {
        let epoch = self.fresh_epoch();
        let mut reply = Reply::new(epoch, Kind::Phrase(phrase));
        reply.after = Some(After::Then(match phrase {
            Phrase::Apology => Then::Listen(self.expect),
            _ => Then::HangUp,
        }));
        self.begin_reply(reply, self.config.whole);
        if phrase == Phrase::Failure {
            self.closing = Some(EndReason::Failure);
            self.arm(Timer::Closing, self.config.goodbye);
        }
        self.arm(Timer::FirstAudio, self.config.first_audio);
        self.emit(Output::Say { epoch, phrase });
        self.set_floor(Floor::Thinking);
    }

    fn begin_reply(&mut self, reply: Reply, whole: Span) {
        self.interruption = None;
        for timer in
            [Timer::Endpoint, Timer::Recognition, Timer::Utterance, Timer::Keys, Timer::Tool, Timer::Silence]
        {
            self.timers.clear(timer);
        }
        self.tool = None;
        self.exchange = reply.epoch.turn.0;
        self.newest = self.newest.max(reply.epoch);
        self.reply = Some(reply);
        self.arm(Timer::Whole, whole);
    }

    /// The reply under way, if the epoch is its own.
    pub(super) fn reply_of(&mut self, epoch: Epoch) -> Option<&mut Reply> {
        self.reply.as_mut().filter(|r| r.epoch == epoch)
    }

    /// The next piece of the reply. Blank pieces are dropped.
    pub(super) fn reply_text(&mut self, epoch: Epoch, text: Arc<str>) {
        let Some(reply) = self.reply_of(epoch) else {
            return;
        };
        if reply.after.is_some() || text.trim().is_empty() {
            return;
        }
        reply.ledger.say(&text);
        let (aloud, first) = (!reply.mute, !reply.mute && !reply.spoke);
        reply.spoke |= aloud;
        self.timers.clear(Timer::Think);
        if first {
            self.arm(Timer::FirstAudio, self.config.first_audio);
        }
        if aloud {
            let text = text.clone();
            self.emit(Output::Speak { epoch, text });
        }
        self.tell(CallEvent::Reply { epoch, text });
        self.sign_of_life();
    }

    /// The reply's text is complete.
    pub(super) fn reply_end(&mut self, epoch: Epoch, then: Then) {
        let Some(reply) = self.reply_of(epoch) else {
            return;
        };
        if reply.after.is_some() {
            return;
        }
        let goodbye = reply.kind.stand_in().is_some();
        reply.after = Some(After::Then(if goodbye { Then::HangUp } else { then }));
        let awaited = reply.started || (reply.spoke && !reply.mute);
        self.brain_failures = 0;
        self.timers.clear(Timer::Think);
        if !self.held.is_empty() {
            self.release_held();
        } else if awaited {
            self.emit(Output::SpeakEnd { epoch });
            self.sign_of_life();
        } else {
            self.finish_reply(false);
        }
    }

    /// The reply is over, by itself; go on with what follows it.
    pub(super) fn finish_reply(&mut self, played: bool) {
        let Some(mut reply) = self.reply.take() else {
            return;
        };
        if self.interruption_quiets() {
            self.emit(Output::Resume);
        }
        self.forget_hush();
        self.interruption = None;
        self.committed = None;
        if played && !reply.mute {
            reply.ledger.finish();
        }
        self.close_reply(&reply, true);
        self.life = Life::Live;
        let after = reply.after.unwrap_or(After::Then(Then::Listen(self.expect)));
        if let After::Then(Then::Listen(expect)) = after {
            self.expect = expect;
            self.listen_again();
            return;
        }
        self.forget_hearing();
        match after {
            After::Then(Then::HangUp) => self.end(self.closing.unwrap_or(EndReason::Agent)),
            After::Then(Then::Transfer) => self.hand_over(),
            After::Then(Then::Hold(hold)) => self.put_on_hold(hold),
            After::Say(phrase) => self.say(phrase),
            After::Then(Then::Listen(_) | Then::Tool) => {
                self.expect = Expect::Open;
                self.await_tool(&reply);
            }
        }
    }

    fn await_tool(&mut self, reply: &Reply) {
        self.tool = Some(reply.epoch);
        self.set_floor(Floor::Thinking);
        if reply.tool_done {
            self.tool_done(reply.epoch);
        } else if self.voice.is_some() {
            self.begin_turn();
        } else {
            self.arm(Timer::Tool, self.config.tool);
        }
    }

    /// Nobody speaks, or the caller does already.
    pub(super) fn listen_again(&mut self) {
        if self.hearing.is_some() {
            self.adopt_utterance();
        } else {
            self.set_floor(Floor::Listening);
            self.arm(Timer::Silence, self.longest_silence());
            if self.voice.is_some() {
                self.begin_turn();
            }
        }
    }

    /// Notes the end of a reply: its timers, the history, the event.
    fn close_reply(&mut self, reply: &Reply, by_itself: bool) {
        for timer in [Timer::Think, Timer::FirstAudio, Timer::Whole, Timer::Stall, Timer::Overlap] {
            self.timers.clear(timer);
        }
        let heard: Arc<str> =
            if reply.started { reply.ledger.heard(self.config.pace).into() } else { "".into() };
        let said = reply.ledger.said();
        let all = match reply.kind {
            _ if reply.ledger.complete() => true,
            Kind::Phrase(_) => false,
            _ if said.is_empty() => by_itself,
            _ => heard.len() == said.len(),
        };
        let complete = all && matches!(reply.after, Some(After::Then(_)));
        let epoch = reply.epoch;
        if !heard.is_empty() {
            self.remember(Said { epoch, who: Who::Agent, text: heard.clone(), complete });
        }
        self.tell(CallEvent::TurnEnd { epoch, heard, complete });
    }

    /// Takes the reply back before it was heard; the same turn goes on.
    pub(super) fn revoke_reply(&mut self) -> Option<Reply> {
        let reply = self.reply.take()?;
        self.forget_hush();
        for timer in [Timer::Think, Timer::FirstAudio, Timer::Whole, Timer::Stall] {
            self.timers.clear(timer);
        }
        self.held.clear();
        self.emit(Output::Cancel { epoch: reply.epoch });
        if reply.spoke || matches!(reply.kind, Kind::Phrase(_)) {
            self.emit(Output::Flush);
        }
        if !reply.kind.is_final() {
            self.closing = None;
        }
        Some(reply)
    }

    /// Takes the reply back before it was heard; its turn is over.
    pub(super) fn abandon_reply(&mut self) {
        if let Some(reply) = self.revoke_reply() {
            self.expect = reply.expect().unwrap_or(self.expect);
            self.committed = None;
            self.forget_hearing();
            self.close_reply(&reply, false);
        }
    }

    /// Stops the reply that is being heard. It was the caller who interrupted it if there is a time that
    /// took.
    pub(super) fn interrupt_reply(&mut self, after: Option<Span>) {
        let Some(mut reply) = self.revoke_reply() else {
            return;
        };
        self.interruption = None;
        if reply.played_out && !reply.mute {
            reply.ledger.finish();
        }
        self.expect = reply.expect().unwrap_or_default();
        if let Some(after) = after {
            self.tell(CallEvent::Interrupted {
                epoch: reply.epoch,
                heard: reply.ledger.heard(self.config.pace).into(),
                after,
            });
        }
        self.close_reply(&reply, false);
    }

    /// Ends the reply for the end of the call.
    pub(super) fn cut_reply(&mut self) {
        if let Some(reply) = self.revoke_reply() {
            self.interruption = None;
            self.close_reply(&reply, false);
        }
    }

    /// A tool the brain started is done.
    pub(super) fn tool_done(&mut self, epoch: Epoch) {
        if let Some(reply) = self.reply_of(epoch) {
            reply.tool_done = true; // Faster than its announcement.
        } else if self.tool == Some(epoch) {
            let epoch = self.fresh_epoch();
            self.generate(epoch, Cause::Tool);
        }
    }
}
