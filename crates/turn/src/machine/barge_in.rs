//! The caller speaks over the reply: quiet it at once, then decide.

use tom_base::Span;

use crate::fillers::Made;
use crate::interruption::{Interruption, Level, Verdict};
use crate::timers::Timer;
use crate::{CallEvent, Expect, Floor, Input, Onset, Output, Turn, fillers};

/// More keys and typed texts than this do not wait for a reply.
const MOST_HELD: usize = 64;

impl Turn {
    /// Voice over the reply.
    pub(super) fn speech_over_reply(&mut self, onset: Onset) {
        let Some(reply) = &self.reply else {
            return;
        };
        let noisy = reply.false_stops >= self.config.noisy_after;
        if reply.kind.is_final() || (noisy && onset == Onset::Weak) {
            return;
        }
        let words_only = noisy || self.now < reply.guarded_until;
        if onset == Onset::Weak {
            self.hush();
        }
        let before = self.level();
        let another = self.interruption.as_ref().map(Interruption::ended);
        if let Some(interruption) = &mut self.interruption {
            interruption.onset(self.now, onset);
        } else {
            self.interruption = Some(Interruption::new(self.now, onset, words_only));
        }
        self.quiet(before);
        self.hush_is_speech();
        match another {
            // The caller began before the reply did, and has been heard since.
            None if self.hearing.is_some() => {}
            None => self.open_utterance(),
            Some(true) => self.next_utterance(),
            Some(false) => {}
        }
        self.judge_interruption();
    }

    /// The voice over the reply ends.
    pub(super) fn speech_over_reply_ends(&mut self) {
        if self.interruption.as_ref().is_none_or(Interruption::ended) {
            return;
        }
        self.ask_recogniser();
        if let Some(interruption) = &mut self.interruption {
            interruption.speech_end(self.now);
        }
        self.judge_interruption();
    }

    /// How loud the reply is.
    fn level(&self) -> Level {
        if self.hushed.is_some() { Level::Paused } else { self.interruption_level() }
    }

    /// How loud it is by what is known of the interruption.
    pub(super) fn interruption_level(&self) -> Level {
        self.interruption.as_ref().map_or(Level::Full, |i| i.level)
    }

    /// Whether a possible interruption, or what may become one, keeps the reply quiet.
    pub(super) fn interruption_quiets(&self) -> bool {
        self.level() != Level::Full
    }

    /// Makes the reply as quiet as the interruption wants it.
    fn quiet(&mut self, before: Level) {
        let (level, Some(reply)) = (self.interruption_level(), &self.reply) else {
            return;
        };
        if level <= before {
            return;
        }
        let epoch = reply.epoch;
        let ducked = level == Level::Ducked;
        self.emit(if ducked { Output::Duck } else { Output::Pause });
        self.tell(CallEvent::Paused { epoch, ducked });
        self.note_state();
    }

    /// Decides whether the caller takes the floor.
    pub(super) fn judge_interruption(&mut self) {
        let (Some(interruption), Some(hearing), Some(reply)) =
            (&self.interruption, &self.hearing, &self.reply)
        else {
            return;
        };
        let asked = matches!(reply.expect(), Some(Expect::YesNo | Expect::Choice | Expect::Rating));
        let answers = asked && reply.ledger.half_heard(self.config.pace);
        let made = fillers::made_of(&hearing.text(), self.config.lang, answers);
        let verdict = interruption.verdict(self.now, made, hearing.settled(), &self.config);
        let over = reply.played_out;
        match verdict {
            Verdict::Takeover => self.take_floor(),
            Verdict::Undecided => {
                self.peek();
                self.arm_overlap(made);
            }
            Verdict::GoOn | Verdict::Dismiss => {
                self.resume(made == Made::Fillers);
                if verdict == Verdict::Dismiss {
                    self.interruption = None;
                    self.forget_hearing();
                }
                self.arm_overlap(made);
                if over {
                    self.finish_reply(true);
                }
            }
        }
    }

    /// Asks what the caller is saying over the reply, when it is time.
    fn peek(&mut self) {
        if let (Some(interruption), Some(hearing)) = (&mut self.interruption, &self.hearing)
            && interruption.peek(self.now, &self.config)
        {
            let epoch = hearing.epoch();
            self.emit(Output::Peek { epoch });
        }
    }

    fn arm_overlap(&mut self, made: Made) {
        let deadline = self.interruption.as_ref().and_then(|i| i.deadline(made, &self.config));
        match deadline {
            Some(at) => self.timers.arm(Timer::Overlap, at),
            None => self.timers.clear(Timer::Overlap),
        }
    }

    /// It was nothing so far: the reply goes on.
    pub(super) fn resume(&mut self, backchannel: bool) {
        let (Some(interruption), Some(reply)) = (&mut self.interruption, &mut self.reply) else {
            return;
        };
        if interruption.level == Level::Full {
            return;
        }
        let paused = interruption.quiet_for(self.now);
        interruption.go_on();
        reply.false_stops += 1;
        let epoch = reply.epoch;
        self.forget_hush();
        self.emit(Output::Resume);
        self.tell(CallEvent::FalseInterruption { epoch, paused, backchannel });
        self.note_state();
        self.sign_of_life();
    }

    /// The caller takes the floor; what was said over the reply begins the turn.
    fn take_floor(&mut self) {
        let after = self.interruption.as_ref().map_or(Span::ZERO, |i| self.now.since(i.began));
        self.interrupt_reply(Some(after));
        self.adopt_utterance();
    }

    /// What was said over the reply becomes the caller's turn.
    pub(super) fn adopt_utterance(&mut self) {
        let Some(hearing) = &self.hearing else {
            return;
        };
        let over = hearing.last_voice().is_some();
        let results: Vec<_> =
            hearing.results().map(|(epoch, text, sure)| (epoch, text.clone(), sure)).collect();
        if over {
            self.set_floor(Floor::Pause);
        } else {
            self.caller_speaks();
        }
        for (epoch, text, sure) in results {
            self.tell(match sure {
                Some(confidence) => CallEvent::Final { epoch, text, confidence },
                None => CallEvent::Partial { epoch, text },
            });
        }
        self.judge_end_of_turn();
    }

    /// The caller's client wants the agent to stop.
    pub(super) fn barge_in(&mut self) {
        let Some(reply) = &self.reply else {
            return;
        };
        let kind = reply.kind;
        match self.floor {
            _ if kind.is_final() => {}
            Floor::Agent if self.interruption.is_some() => self.take_floor(),
            Floor::Agent => {
                self.interrupt_reply(Some(Span::ZERO));
                self.listen_again();
            }
            Floor::Thinking if !kind.holds() => {
                self.abandon_reply();
                self.listen_again();
            }
            _ => {}
        }
    }

    /// The agent speaks its last words: nothing the caller does changes that.
    pub(super) fn in_final_words(&self) -> bool {
        self.reply.as_ref().is_some_and(|r| r.kind.is_final())
    }

    /// Keys and typed text come before the reply that tells what they answer.
    pub(super) fn must_hold_input(&self) -> bool {
        self.floor == Floor::Thinking
            && self.reply.as_ref().is_some_and(|r| r.kind.holds() && r.after.is_none())
    }

    /// Keeps a key, a typed text or somebody's order until the reply is known.
    pub(super) fn hold(&mut self, input: Input) {
        if self.held.len() < MOST_HELD {
            self.held.push_back(input);
        }
    }

    /// Deals with what was kept.
    pub(super) fn release_held(&mut self) {
        for input in std::mem::take(&mut self.held) {
            match input {
                Input::Dtmf(key) if self.away.is_some() => self.key_while_away(key),
                Input::Dtmf(key) => self.take_key(key),
                Input::Typed(text) if self.away.is_none() => self.typed(text),
                other => self.outside(other),
            }
        }
    }

    /// Whatever is under way gives way to the caller's keys or typed text, or to a goodbye. The voice that goes
    /// on counts no more.
    pub(super) fn take_over(&mut self, by_caller: bool) {
        self.voice = None;
        match self.floor {
            Floor::Agent => {
                self.interrupt_reply(by_caller.then_some(Span::ZERO));
                self.forget_hearing();
            }
            Floor::Thinking => self.abandon_reply(),
            _ => self.forget_hearing(),
        }
        self.keys.clear();
        self.tool = None;
        self.away = None;
        for timer in [Timer::Keys, Timer::Tool, Timer::Silence] {
            self.timers.clear(timer);
        }
    }
}
