//! What does each wish of the turn core mean for engines, queue and transport?

use std::sync::Arc;
use std::time::Instant;

use tom_base::Epoch;
use tom_turn::{CallEvent, Cause, Input, Output, Probability, Stage};

use crate::api::{NoticeKind, Outbound};
use crate::brain::{Action, Answer, BrainError, BrainEvent, Reply, Request};
use crate::draft::before;
use crate::ears::Heard;
use crate::session::Session;

/// Actions kept for the report. A dialogue that asks for more goes in circles.
const MOST_ACTIONS: usize = 1_000;

/// What the brain has asked to be done with a reply of which nothing was heard yet.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// The last reply the brain was asked for.
    epoch: Option<Epoch>,
    /// It has words.
    said: bool,
    actions: Vec<Action>,
}

impl Promises {
    fn begin(&mut self, epoch: Epoch) {
        self.epoch = Some(epoch);
        self.said = false;
    }

    fn of(&self, epoch: Epoch) -> bool {
        self.epoch.is_some_and(|asked| asked.turn == epoch.turn)
    }
}

impl Session {
    pub(crate) fn carry_out(&mut self, output: Output, wall: Instant) {
        match output {
            Output::Listen { epoch } => {
                self.ears.listen(epoch, self.grammar.as_ref());
                // Where a turn goes on, what was said and guessed in it was told as it came.
                if self.turn.words().is_empty() {
                    self.overhear("");
                }
            }
            Output::ListenOn { epoch, after } => self.ears.listen_on(epoch, after, self.grammar.as_ref()),
            Output::Finish { epoch } => self.finish_utterance(epoch, wall),
            Output::Forget { epoch } => self.ears.forget(epoch),
            Output::Peek { epoch } => self.ears.peek(epoch),
            Output::Prepare { epoch, cause } => self.prepare(epoch, &cause, wall),
            Output::Discard { epoch } => self.discard(epoch),
            Output::Generate { epoch, cause } => self.generate(epoch, &cause, wall),
            Output::Speak { epoch, text } => {
                self.stopwatch.reply_text(wall);
                if self.spoken_ahead > 0 {
                    self.spoken_ahead -= 1; // The synthesiser has it already.
                    return;
                }
                self.open_reply(epoch, wall);
                self.speak(epoch, text, wall);
            }
            Output::SpeakEnd { epoch } => self.speak_end(epoch),
            Output::Say { epoch, phrase } => self.say(epoch, phrase, wall),
            Output::Pause => self.playout.pause(),
            Output::Duck => self.playout.duck(),
            Output::Resume => self.playout.resume(),
            Output::Cancel { epoch } => {
                self.brain.cancel(epoch);
                self.silence();
            }
            Output::Flush => {
                self.silence();
                self.ears.echo.flushed();
                self.teller.outbox.send(Outbound::Clear);
            }
            Output::Transfer => self.connect(),
            Output::Hold(hold) => self.hold(hold),
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
        self.ears.turn_over();
        self.back();
        if self.promises.of(epoch) {
            self.promises.actions.clear(); // The caller went on: this reply replaces that one.
        } else {
            self.tally.turns += 1;
        }
        self.keep_promises();
        self.promises.begin(epoch);
        self.teller.reply_void();
        self.spoken_ahead = 0;
        if self.claim(epoch) {
            return;
        }
        self.stopwatch.brain_asked(wall, matches!(cause, Cause::Said { .. }));
        let history = before(self.turn.history(), epoch);
        match self.brain.reply(Request { epoch, cause, history, committed: true }) {
            Ok(Answer::Now(reply)) => self.brain_end(epoch, reply),
            Ok(Answer::Later) => {}
            Err(error) => self.brain_failed(epoch, &error),
        }
    }

    /// The brain says something of a reply that comes by and by. What it says of another than the one that is
    /// being made is stale.
    pub(crate) fn brain(&mut self, event: BrainEvent, wall: Instant) {
        let epoch = match &event {
            BrainEvent::Text { epoch, .. }
            | BrainEvent::Act { epoch, .. }
            | BrainEvent::End { epoch, .. }
            | BrainEvent::Failed { epoch, .. } => *epoch,
        };
        if self.drafting(epoch) {
            match event {
                BrainEvent::Text { text, .. } => self.draft_text(text, wall),
                BrainEvent::Act { action, .. } => {
                    tracing::warn!(call = %self.id, kind = action.kind, "the brain acts too early: left out");
                }
                BrainEvent::End { rest, .. } => self.draft_end(Ok(rest), wall),
                BrainEvent::Failed { error, .. } => self.draft_end(Err(error), wall),
            }
            return;
        }
        if self.promises.epoch != Some(epoch) {
            return;
        }
        self.mark(wall);
        match event {
            BrainEvent::Text { text, .. } => self.brain_text(epoch, text),
            BrainEvent::Act { action, .. } => {
                self.promises.actions.push(action);
                if self.reply_heard(epoch) {
                    self.keep_promises();
                }
            }
            BrainEvent::End { rest, .. } => self.brain_end(epoch, rest),
            BrainEvent::Failed { error, .. } => self.brain_failed(epoch, &error),
        }
        self.settle(wall);
    }

    /// The next words of the reply.
    pub(crate) fn brain_text(&mut self, epoch: Epoch, text: Arc<str>) {
        self.promises.said |= !text.trim().is_empty();
        self.pending.push_back(Input::ReplyText { epoch, text });
    }

    /// The rest of the reply.
    pub(crate) fn brain_end(&mut self, epoch: Epoch, rest: Reply) {
        self.grammar = rest.grammar;
        self.promises.actions.extend(rest.actions);
        for text in rest.text {
            self.brain_text(epoch, text.into());
        }
        if self.reply_heard(epoch) || !self.promises.said {
            self.keep_promises();
        }
        self.pending.push_back(Input::ReplyEnd { epoch, then: rest.then });
    }

    /// Whether the caller has begun to hear the reply.
    fn reply_heard(&self, epoch: Epoch) -> bool {
        self.playout.epoch() == Some(epoch) && self.playout.started()
    }

    /// The rest of the reply is lost.
    pub(crate) fn brain_failed(&mut self, epoch: Epoch, error: &BrainError) {
        tracing::warn!(call = %self.id, "the brain failed: {error}");
        self.pending.push_back(Input::Failed { epoch, stage: Stage::Llm });
    }

    /// The caller wants the conversation to begin anew: what is being said stops, what was said is forgotten.
    pub(crate) fn forget(&mut self, wall: Instant) {
        self.mark(wall);
        if self.playout.started() {
            self.stopwatch.told_to_stop(wall);
        }
        self.feed(Input::BargeIn, wall);
        self.stirred = true;
        self.drop_draft();
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
            // Where words are guessed that come after these, those were told already.
            CallEvent::Partial { epoch, .. } if self.guessed == Some(*epoch) => {}
            CallEvent::Partial { .. } => self.overhear(&self.turn.words()),
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
