//! What does each wish of the turn core mean for engines, queue and transport?

use std::time::Instant;

use tom_base::Epoch;
use tom_turn::{CallEvent, Cause, Input, Output, Probability, Stage};

use crate::api::{NoticeKind, Outbound};
use crate::brain::{Action, Request};
use crate::ears::Heard;
use crate::session::Session;

/// Actions kept for the report. A dialogue that asks for more goes in circles.
const MOST_ACTIONS: usize = 1_000;

/// What the brain has asked to be done with a reply of which nothing was heard yet.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// The last reply the brain was asked for.
    epoch: Option<Epoch>,
    actions: Vec<Action>,
}

impl Promises {
    fn of(&self, epoch: Epoch) -> bool {
        self.epoch.is_some_and(|asked| asked.turn == epoch.turn)
    }
}

impl Session {
    pub(crate) fn carry_out(&mut self, output: Output, wall: Instant) {
        match output {
            Output::Listen { epoch } => self.ears.listen(epoch, self.grammar.as_ref()),
            Output::Finish { epoch } => self.finish_utterance(epoch, wall),
            Output::Forget { epoch } => self.ears.forget(epoch),
            Output::Generate { epoch, cause } => self.generate(epoch, &cause, wall),
            Output::Speak { epoch, text } => {
                self.stopwatch.reply_text(wall);
                self.open_reply(epoch, wall);
                self.speak(epoch, text, wall);
            }
            Output::SpeakEnd { epoch } => self.speak_end(epoch),
            Output::Say { epoch, phrase } => self.say(epoch, phrase, wall),
            Output::Pause => self.playout.pause(),
            Output::Duck => self.playout.duck(),
            Output::Resume => self.playout.resume(),
            Output::Cancel { .. } => self.silence(),
            Output::Flush => {
                self.silence();
                self.teller.outbox.send(Outbound::Clear);
            }
            Output::Transfer => tracing::info!(call = %self.id, "handing over to a person"),
            Output::HangUp(reason) => self.ended = Some(reason),
            Output::Event(event) => self.event(event),
            Output::Wait(_) => {}
        }
    }

    fn finish_utterance(&mut self, epoch: Epoch, wall: Instant) {
        let input = match self.ears.finish(epoch, wall) {
            Heard::Asked => return,
            Heard::Deaf => Input::Final { epoch, text: "".into(), confidence: Probability::default() },
            Heard::Failed(error) => {
                tracing::warn!(call = %self.id, kind = error.kind.as_str(), "recognition failed: {error}");
                Input::Failed { epoch, stage: Stage::Stt }
            }
        };
        self.pending.push_back(input);
    }

    fn generate(&mut self, epoch: Epoch, cause: &Cause, wall: Instant) {
        if self.promises.of(epoch) {
            self.promises.actions.clear(); // The caller went on: this reply replaces that one.
        } else {
            self.tally.turns += 1;
        }
        self.keep_promises();
        self.promises.epoch = Some(epoch);
        self.stopwatch.brain_asked(wall, matches!(cause, Cause::Said { .. }));
        self.teller.reply_void();
        let history = self.turn.history();
        match self.brain.reply(Request { epoch, cause, history }) {
            Ok(reply) => {
                self.grammar = reply.grammar;
                self.promises.actions = reply.actions;
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
                self.pending.push_back(Input::Failed { epoch, stage: Stage::Llm });
            }
        }
    }

    /// The caller wants the conversation to begin anew: what is being said stops, what was said is forgotten.
    pub(crate) fn forget(&mut self, wall: Instant) {
        self.mark(wall);
        if self.playout.started() {
            self.stopwatch.told_to_stop(wall);
        }
        self.feed(Input::BargeIn, wall);
        self.turn.forget_history();
        self.grammar = self.brain.forget();
    }

    fn event(&mut self, event: CallEvent) {
        let now = self.clock.now();
        match &event {
            CallEvent::Committed { wait, .. } => self.stopwatch.committed(*wait),
            CallEvent::Paused { .. } => self.stopwatch.quieted(),
            CallEvent::FalseInterruption { .. } => {
                self.tally.false_interruptions += 1;
                self.stopwatch.resumed();
            }
            CallEvent::Interrupted { after, .. } => {
                self.tally.interruptions += 1;
                self.stopwatch.interrupted(*after);
            }
            CallEvent::Failed { .. } => self.tally.failures += 1,
            CallEvent::TurnEnd { epoch, .. } => {
                // Unheard or not, the dialogue goes on from this reply: what it decided is done.
                if self.promises.of(*epoch) {
                    self.keep_promises();
                }
                let timing = self.stopwatch.take();
                self.teller.turn_end(now, event, timing);
                return;
            }
            CallEvent::Ended(reason) => {
                // A caller who has left a message and hangs up does not wait to hear that it was taken.
                self.keep_promises();
                self.ended = Some(*reason);
            }
            _ => {}
        }
        self.teller.event(now, self.turn.epoch(), event);
    }

    /// What the brain asked for is done.
    pub(crate) fn keep_promises(&mut self) {
        let now = self.clock.now();
        let epoch = self.promises.epoch.unwrap_or_default();
        for action in self.promises.actions.drain(..) {
            if self.tally.actions.len() >= MOST_ACTIONS {
                tracing::warn!(call = %self.id, "the dialogue asks for too many actions: one is left out");
                continue;
            }
            self.teller.tell(now, epoch, NoticeKind::Action(action.clone()));
            self.tally.actions.push(action);
        }
    }
}
