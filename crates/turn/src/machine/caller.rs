//! The caller's turn: from the first voice to the commit.

use std::sync::Arc;

use tom_base::Epoch;

use super::{Said, Who};
use crate::endpointer::Known;
use crate::hearing::{Heard, Hearing};
use crate::timers::Timer;
use crate::{CallEvent, Cause, Expect, Floor, Onset, Output, Probability, Stage, Turn};

impl Turn {
    /// Voice activity begins, or becomes clear.
    pub(super) fn speech_start(&mut self, onset: Onset) {
        self.voice = Some(match self.voice {
            Some(Onset::Clear) => Onset::Clear,
            _ => onset,
        });
        if !self.keys.is_empty() {
            return; // A number is being keyed: keys win.
        }
        match self.floor {
            Floor::Listening => self.begin_turn(),
            Floor::Pause => self.go_on_in_pause(),
            Floor::Thinking => self.speech_while_thinking(onset),
            Floor::Agent => self.speech_over_reply(onset),
            Floor::User | Floor::Ended => {}
        }
    }

    /// Voice activity ends.
    pub(super) fn speech_end(&mut self) {
        self.voice = None;
        match self.floor {
            Floor::User => self.end_utterance(),
            Floor::Agent => self.speech_over_reply_ends(),
            // It was over before the reply was heard: the reply answers it.
            Floor::Thinking => self.forget_hearing(),
            _ => {}
        }
    }

    /// A new turn of the caller's, in silence.
    pub(super) fn begin_turn(&mut self) {
        self.open_utterance();
        self.caller_speaks();
    }

    /// The caller is heard.
    pub(super) fn open_utterance(&mut self) {
        let epoch = self.fresh_epoch();
        self.hearing = Some(Hearing::new(epoch, self.now));
        self.emit(Output::Listen { epoch });
    }

    /// The caller has the floor and speaks.
    pub(super) fn caller_speaks(&mut self) {
        for timer in [Timer::Endpoint, Timer::Tool] {
            self.timers.clear(timer);
        }
        self.tool = None;
        let longest = match self.expect {
            Expect::Message => self.config.longest_message,
            _ => self.config.longest_utterance,
        };
        self.arm(Timer::Utterance, longest);
        self.set_floor(Floor::User);
    }

    /// The utterance is over: ask what it was, and wait for the end of the turn.
    pub(super) fn end_utterance(&mut self) {
        self.timers.clear(Timer::Utterance);
        self.ask_recogniser();
        self.set_floor(Floor::Pause);
        self.judge_end_of_turn();
    }

    /// The latest utterance has ended: the recogniser is asked.
    pub(super) fn ask_recogniser(&mut self) {
        let last_voice = self.now - self.config.hangover;
        let Some(hearing) = &mut self.hearing else {
            return;
        };
        let epoch = hearing.epoch();
        if hearing.end(last_voice) {
            self.arm(Timer::Recognition, self.config.recognition);
            self.emit(Output::Finish { epoch });
        } else {
            self.emit(Output::Forget { epoch }); // The recogniser has failed for it already.
        }
    }

    /// Takes an utterance that does not end as it is. The voice that goes on counts no more: it may be noise.
    pub(super) fn utterance_too_long(&mut self) {
        if self.floor == Floor::User {
            self.voice = None;
            self.end_utterance();
        }
    }

    /// The recogniser's view.
    pub(super) fn partial(&mut self, epoch: Epoch, text: &Arc<str>) {
        let Some(hearing) = &mut self.hearing else {
            return;
        };
        if hearing.partial(epoch, text) && self.floor != Floor::Thinking {
            self.after_partial(epoch, text);
        }
    }

    fn after_partial(&mut self, epoch: Epoch, text: &Arc<str>) {
        if self.floor == Floor::Agent {
            if let Some(interruption) = self.interruption.as_mut().filter(|_| text.trim().is_empty()) {
                interruption.nothing_in_it();
            }
            self.judge_interruption();
            return;
        }
        self.tell(CallEvent::Partial { epoch, text: text.clone() });
        self.judge_end_of_turn();
    }

    /// The recogniser's last word.
    pub(super) fn final_text(&mut self, epoch: Epoch, text: &Arc<str>, confidence: Probability) {
        let Some(hearing) = &mut self.hearing else {
            return;
        };
        match hearing.finals(epoch, text, confidence) {
            Heard::Stale => {}
            // Said before a reply that comes all the same: it counts if the caller still speaks then.
            _ if self.floor == Floor::Thinking => {}
            Heard::View => self.after_partial(epoch, text),
            Heard::Last => {
                self.no_more_awaited();
                if self.floor == Floor::Agent {
                    self.judge_interruption();
                } else {
                    self.tell(CallEvent::Final { epoch, text: text.clone(), confidence });
                    self.judge_end_of_turn();
                }
            }
        }
    }

    /// Stops the recogniser's deadline when nothing is awaited of it.
    pub(super) fn no_more_awaited(&mut self) {
        if self.hearing.as_ref().is_none_or(|h| h.awaited().next().is_none()) {
            self.timers.clear(Timer::Recognition);
        }
    }

    /// The end-of-turn model's opinion.
    pub(super) fn end_of_turn(&mut self, epoch: Epoch, p: Probability) {
        match &mut self.hearing {
            Some(hearing) if hearing.epoch() == epoch => hearing.over = Some(p),
            _ => return,
        }
        self.judge_end_of_turn();
    }

    /// Commits the turn if the pause is long enough and all words are in; else waits for that.
    pub(super) fn judge_end_of_turn(&mut self) {
        if self.floor != Floor::Pause {
            return;
        }
        let Some(hearing) = &self.hearing else {
            return;
        };
        let Some(last) = hearing.last_voice() else {
            return;
        };
        let text = hearing.text();
        let known =
            Known { expect: self.expect, text: &text, settled: hearing.settled(), over: hearing.over };
        let wait = match hearing.closed() {
            true => tom_base::Span::ZERO,
            false => self.endpointer.wait(known, &self.config),
        };
        let due = last + wait;
        if due > self.now {
            self.timers.arm(Timer::Endpoint, due);
            if known.settled {
                self.prepare(text);
            }
        } else {
            self.timers.clear(Timer::Endpoint);
            if hearing.settled() {
                self.commit(&text);
            }
        }
    }

    /// The caller's turn is over.
    pub(super) fn commit(&mut self, text: &str) {
        let Some(hearing) = &self.hearing else {
            return;
        };
        let epoch = hearing.epoch();
        if text.is_empty() {
            if hearing.failed() {
                self.generate(epoch, Cause::Failed(Stage::Stt));
                return;
            }
            if hearing.voiced() < self.config.cough {
                self.dismiss_utterance();
                return;
            }
        }
        let wait = hearing.last_voice().map(|last| self.now.since(last)).unwrap_or_default();
        let confidence = hearing.confidence();
        let text: Arc<str> = text.into();
        self.silences = 0;
        self.tell(CallEvent::Committed { epoch, text: text.clone(), wait });
        self.remember_caller(epoch, &text);
        self.generate(epoch, Cause::Said { text, confidence });
    }

    /// Keeps the caller's words; a later revision of a turn replaces the earlier.
    pub(super) fn remember_caller(&mut self, epoch: Epoch, text: &Arc<str>) {
        self.history.pop_if(|s| s.who == Who::Caller && s.epoch.turn == epoch.turn);
        if !text.is_empty() {
            self.remember(Said { epoch, who: Who::Caller, text: text.clone(), complete: true });
        }
    }

    /// It was a cough: as if nothing had been said. The silence counts on, with a second's grace.
    fn dismiss_utterance(&mut self) {
        self.forget_hearing();
        self.set_floor(Floor::Listening);
        let grace = self.now + tom_base::Span::from_millis(1_000);
        let due = self.timers.get(Timer::Silence).unwrap_or(grace);
        self.timers.arm(Timer::Silence, due.max(grace));
    }

    /// Drops the caller's utterances.
    pub(super) fn forget_hearing(&mut self) {
        let Some(hearing) = self.hearing.take() else {
            return;
        };
        let latest = hearing.epoch();
        for epoch in hearing.open().filter(|e| *e != latest) {
            self.emit(Output::Forget { epoch });
        }
        if !hearing.dropped() {
            self.emit(Output::Forget { epoch: latest });
        }
        for timer in [Timer::Endpoint, Timer::Recognition, Timer::Utterance] {
            self.timers.clear(timer);
        }
    }
}
