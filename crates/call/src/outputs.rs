//! What each wish of the turn core means for engines, queue and transport.

use std::sync::Arc;
use std::time::Instant;

use tom_base::{Epoch, MediaTime};
use tom_flow::phrases;
use tom_turn::{CallEvent, Cause, Input, Output, Phrase, Probability, Stage};

use crate::api::{NoticeKind, Outbound};
use crate::brain::Request;
use crate::ears::Heard;
use crate::session::Session;

impl Session {
    pub(crate) fn carry_out(&mut self, output: Output, wall: Instant) {
        match output {
            Output::Listen { epoch } => self.ears.listen(epoch, self.grammar.as_ref()),
            Output::Finish { epoch } => self.finish_utterance(epoch, wall),
            Output::Forget { .. } => self.ears.forget(),
            Output::Generate { epoch, cause } => self.generate(epoch, &cause, wall),
            Output::Speak { epoch, text } => {
                self.stopwatch.reply_text(wall);
                self.open_reply(epoch);
                self.speak(epoch, text, wall);
            }
            Output::SpeakEnd { epoch } => self.speak_end(epoch),
            Output::Say { epoch, phrase } => self.say(epoch, phrase, wall),
            Output::Pause => self.playout.pause(),
            Output::Duck => self.playout.duck(),
            Output::Resume => self.playout.resume(),
            Output::Cancel { .. } => {
                self.mouth.cancel();
                self.playout.flush();
                self.marks.clear();
                self.promised.clear();
            }
            Output::Flush => {
                self.playout.flush();
                self.marks.clear();
                self.outbox.send(Outbound::Clear);
            }
            Output::Transfer => tracing::info!(call = %self.id, "handing over to a person"),
            Output::HangUp(reason) => self.ended = Some(reason),
            Output::Event(event) => self.event(event),
            Output::Wait(_) => {}
        }
    }

    fn finish_utterance(&mut self, epoch: Epoch, wall: Instant) {
        match self.ears.finish(epoch, wall) {
            Heard::Asked => {}
            Heard::Deaf => self.pending.push_back(Input::Final {
                epoch,
                text: "".into(),
                confidence: Probability::default(),
            }),
            Heard::Failed(error) => {
                tracing::warn!(call = %self.id, kind = error.kind.as_str(), "recognition failed: {error}");
                let input = self.failed(epoch, Stage::Stt);
                self.pending.push_back(input);
            }
        }
    }

    fn generate(&mut self, epoch: Epoch, cause: &Cause, wall: Instant) {
        if epoch.revision.0 == 0 {
            self.tally.turns += 1;
        }
        self.stopwatch.brain_asked(wall);
        self.mouth.recover();
        self.promised.clear();
        let history = self.turn.history();
        match self.brain.reply(Request { epoch, cause, history }) {
            Ok(reply) => {
                self.grammar = reply.grammar;
                self.promised = reply.actions;
                if reply.text.is_empty() {
                    self.keep_promises();
                }
                for text in reply.text {
                    self.pending.push_back(Input::ReplyText { epoch, text: text.into() });
                }
                self.pending.push_back(Input::ReplyEnd { epoch, then: reply.then });
            }
            Err(error) => {
                tracing::warn!(call = %self.id, "the brain failed: {error}");
                let input = self.failed(epoch, Stage::Llm);
                self.pending.push_back(input);
            }
        }
    }

    /// Makes the queue the reply's, if it is not yet.
    fn open_reply(&mut self, epoch: Epoch) {
        if self.mouth.epoch() != Some(epoch) {
            self.mouth.open(epoch);
            self.playout.open(epoch);
            self.marks.clear();
        }
    }

    fn speak(&mut self, epoch: Epoch, text: Arc<str>, wall: Instant) {
        if !self.mouth.mute() && !self.mouth.speak(text, wall) {
            let input = self.failed(epoch, Stage::Tts);
            self.pending.push_back(input);
        }
    }

    fn speak_end(&mut self, epoch: Epoch) {
        let now = self.clock.now();
        self.outbox.notice(now, epoch, NoticeKind::ReplyComplete);
        if self.mouth.mute() {
            // Without a voice the text is the reply: whoever reads it has it at once.
            self.keep_promises();
            self.pending.push_back(Input::PlayoutStarted { epoch });
            self.pending.push_back(Input::PlayoutDone { epoch });
        } else if self.mouth.end() {
            self.playout.complete(epoch);
        }
    }

    fn say(&mut self, epoch: Epoch, phrase: Phrase, wall: Instant) {
        let text: Arc<str> = phrases::get(self.lang, phrase_id(phrase)).into();
        self.mouth.cancel();
        self.playout.flush();
        self.open_reply(epoch);
        let now = self.clock.now();
        let reply = CallEvent::Reply { epoch, text: text.clone() };
        self.outbox.notice(now, epoch, NoticeKind::Call(reply));
        self.speak(epoch, text, wall);
        self.speak_end(epoch);
    }

    fn event(&mut self, event: CallEvent) {
        let now = self.clock.now();
        let mut epoch = self.turn.epoch();
        let mut timing = false;
        match &event {
            CallEvent::Committed { wait, .. } => self.stopwatch.committed(*wait),
            CallEvent::Interrupted { epoch: reply, .. } => {
                epoch = *reply;
                self.tally.interruptions += 1;
                self.stopwatch.interrupted();
            }
            CallEvent::FalseInterruption { .. } => self.tally.false_interruptions += 1,
            CallEvent::TurnEnd { epoch: turn, .. } => {
                epoch = *turn;
                timing = true;
            }
            _ => {}
        }
        self.outbox.notice(now, epoch, NoticeKind::Call(event));
        if timing {
            let timing = self.stopwatch.take();
            self.outbox.notice(now, epoch, NoticeKind::TurnTiming(timing));
        }
    }

    /// The caller begins to hear the reply: what it promised is done.
    pub(crate) fn keep_promises(&mut self) {
        let now = self.clock.now();
        let epoch = self.turn.epoch();
        for action in self.promised.drain(..) {
            self.outbox.notice(now, epoch, NoticeKind::Action(action.clone()));
            self.tally.actions.push(action);
        }
    }

    /// The reply's last frame is on its way.
    pub(crate) fn reply_sent(&mut self, epoch: Epoch, wall: Instant) {
        let (mark, frames) = self.marks.sent(wall);
        let now: MediaTime = self.clock.now();
        self.outbox.send(Outbound::Mark(mark));
        self.outbox.notice(now, epoch, NoticeKind::SpeechComplete { frames });
    }

    /// If the caller has heard all of the reply, the core learns it.
    pub(crate) fn finish_reply(&mut self, wall: Instant) {
        if self.playout.done(wall)
            && self.marks.done(wall)
            && let Some(epoch) = self.playout.epoch()
        {
            let heard = self.playout.heard(wall);
            self.mouth.cancel();
            self.playout.flush();
            self.marks.clear();
            self.feed(Input::PlayoutMark { epoch, heard }, wall);
            self.feed(Input::PlayoutDone { epoch }, wall);
        }
    }
}

fn phrase_id(phrase: Phrase) -> phrases::Phrase {
    match phrase {
        Phrase::Apology => phrases::Phrase::Apology,
        Phrase::Failure => phrases::Phrase::Failure,
        Phrase::Drain => phrases::Phrase::Drain,
        Phrase::Silence => phrases::Phrase::Silence,
        Phrase::TooLong => phrases::Phrase::TooLong,
    }
}
