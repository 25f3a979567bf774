//! How failures, emergencies, the rating and the end of a call are handled.

use std::sync::Arc;

use super::{ActionKind, Dialogue, FlowCause, Mode, Out, Pending, Stage, Then, Why};
use crate::lexicon::{Command, lexicon};
use crate::model::Step;
use crate::phrases::{self, Phrase};
use crate::rating::{self, Answer};
use crate::slot::Filled;

/// Failures of recognition after which prompts lead by keys.
const STT_FAILURES: u32 = 2;

impl Dialogue {
    /// Something was understood: a failure is forgiven.
    pub(super) fn understood(&mut self) {
        self.session.failures = self.session.failures.saturating_sub(1);
        self.session.tries = 0;
        self.session.lost = false;
    }

    /// Nothing was understood. `phrase` says so in other words than usual.
    pub(super) fn not_understood(&mut self, phrase: Option<Phrase>, out: &mut Out) {
        if self.escalates(out) {
            return;
        }
        let again = self.session.tries >= 2;
        let flow = Arc::clone(&self.flow);
        let retry = flow.states[self.session.at].question().and_then(|q| q.retry.as_ref());
        match (phrase, retry) {
            (Some(phrase), _) => self.phrase(phrase, out),
            (None, Some(retry)) if self.is_asking() && !again => self.question(Some(retry), 0, out),
            (None, _) => {
                self.phrase(if again { Phrase::NotUnderstoodAgain } else { Phrase::NotUnderstood }, out);
            }
        }
        self.ask_again(again, out);
    }

    /// Counts a failure; true if a person (or the end) took over.
    pub(super) fn escalates(&mut self, out: &mut Out) -> bool {
        self.session.tries += 1;
        self.session.outcome.repeats += 1;
        self.fails("not_understood", Phrase::HandoverFailures, out)
    }

    fn fails(&mut self, reason: &'static str, why: Phrase, out: &mut Out) -> bool {
        self.session.failures = self.session.failures.saturating_add(1);
        if self.session.failures < self.plan.escalation_threshold.max(1) {
            return false;
        }
        if self.session.lost {
            // The hand-over came to nothing, and not a word was understood since: there is nobody else to turn to.
            self.phrase(Phrase::Failure, out);
            self.end(Then::HangUp, out);
        } else {
            self.session.outcome.escalation = true;
            self.session.lost = true;
            self.session.failures = 0;
            self.phrase(why, out);
            self.hand_over(reason, out);
        }
        true
    }

    /// An engine failed.
    pub(super) fn failed(&mut self, stage: Stage, out: &mut Out) {
        if stage == Stage::Stt {
            self.session.stt_failures += 1;
        }
        if self.fails("engine", Phrase::HandoverTrouble, out) {
            return;
        }
        self.phrase(Phrase::Trouble, out);
        match stage {
            Stage::Stt => {
                if self.session.stt_failures >= STT_FAILURES {
                    self.session.spoken = false;
                }
                self.ask_again(true, out);
            }
            // What was to be said got lost: it may have held an answer.
            Stage::Llm | Stage::Tts => out.text.extend(self.session.last.iter().cloned()),
        }
    }

    /// The caller wants a person, or needs one.
    pub(super) fn hand_over(&mut self, reason: &'static str, out: &mut Out) {
        self.session.handover_reason = Some(reason);
        self.enter(self.flow.handover, out);
    }

    /// Someone may be in danger. If it is not certain, it is asked.
    pub(super) fn emergency(&mut self, certain: bool, instead: Option<Filled>, out: &mut Out) {
        let spelt: Vec<String> = self.flow.emergency.number.chars().map(String::from).collect();
        self.phrase_with(Phrase::Emergency, "{number}", &spelt.join(" "), out);
        if !certain {
            out.worth_repeating = true;
            self.phrase(Phrase::EmergencyAsk, out);
            self.yes_no_keys(false, out);
            self.session.mode = Mode::EmergencyAsk { instead };
            return;
        }
        self.session.outcome.emergency = true;
        let flow = Arc::clone(&self.flow);
        out.act(ActionKind::Emergency, [("number", &flow.emergency.number)]);
        let handover = match &flow.states[flow.handover].step {
            Step::Transfer(handover) => Some(&handover.to),
            _ => None,
        };
        match flow.emergency.transfer.as_ref().or(handover) {
            Some(to) => {
                self.phrase(Phrase::EmergencyTransfer, out);
                self.transfer(to, None, "emergency", out);
            }
            // During the rating there is nothing left to ask.
            None if self.here().question().is_none() && self.holding().is_none() => {
                self.end(Then::HangUp, out)
            }
            None => {
                self.session.mode = Mode::Ask;
                self.ask_again(false, out);
            }
        }
    }

    pub(super) fn emergency_answered(&mut self, yes: bool, instead: Option<Filled>, out: &mut Out) {
        self.session.mode = Mode::Ask;
        match (yes, instead) {
            (true, _) => self.emergency(true, None, out),
            (false, Some(value)) => self.confirm(Pending::Value { value, keyed: true }, out),
            (false, None) => self.ask_again(false, out),
        }
    }

    /// "Pardon?"
    pub(super) fn repeat(&mut self, out: &mut Out) {
        self.session.outcome.repeats += 1;
        if self.session.last.is_empty() {
            self.ask_again(true, out);
        } else {
            out.text.extend(self.session.last.iter().cloned());
        }
    }

    pub(super) fn help(&mut self, out: &mut Out) {
        let spelt: Vec<String> = self.flow.emergency.number.chars().map(String::from).collect();
        self.phrase_with(Phrase::Help, "{number}", &spelt.join(" "), out);
        self.ask_again(false, out);
        self.phrase(Phrase::StarKey, out);
    }

    /// The caller is done.
    pub(super) fn goodbye(&mut self, out: &mut Out) {
        match self.flow.goodbye {
            Some(at) => self.enter(at, out),
            None if self.rating_due() => self.ask_rating(None, out),
            None => self.farewell(None, out),
        }
    }

    /// The agent ends the call of its own accord.
    pub(super) fn farewell_because(&mut self, why: Why, out: &mut Out) {
        let phrase = match why {
            Why::Silence => Phrase::Silence,
            Why::TooLong => Phrase::TooLong,
            Why::Drain => Phrase::Drain,
        };
        self.phrase(phrase, out);
        self.end(Then::HangUp, out);
    }

    /// Once per call, and never after failures or an emergency.
    pub(super) fn rating_due(&self) -> bool {
        let outcome = &self.session.outcome;
        self.flow.rating && !self.session.rating_asked && !outcome.escalation && !outcome.emergency
    }

    pub(super) fn ask_rating(&mut self, farewell: Option<usize>, out: &mut Out) {
        self.session.rating_asked = true;
        self.session.mode = Mode::Rating { asked_again: false, farewell };
        out.worth_repeating = true;
        out.text.push(phrases::rating_question(self.lang, &self.plan.variant).into());
        if !self.session.spoken {
            self.phrase(Phrase::RatingKeys, out);
        }
    }

    /// The answer to the rating question; silence and trouble are answers too.
    pub(super) fn rating(&mut self, cause: &FlowCause, out: &mut Out) {
        let Mode::Rating { asked_again, farewell } = self.session.mode else { return };
        let answer = match cause {
            FlowCause::Keyed(keys) if keys.contains('*') => return self.repeat(out),
            FlowCause::Keyed(keys)
                if lexicon(self.lang).emergency_numbers.exact(std::slice::from_ref(keys)).is_some() =>
            {
                return self.emergency(true, None, out);
            }
            FlowCause::Keyed(keys) => rating::parse_keys(keys),
            FlowCause::Said { text, confidence, .. } => {
                let said = lexicon(self.lang).listen(text);
                match self.command(&said) {
                    _ if self.is_emergency(&said) => return self.emergency(true, None, out),
                    _ if *confidence < self.ears.reject => None,
                    Some(Command::Person) => return self.hand_over("asked", out),
                    Some(Command::Repeat) => return self.repeat(out),
                    Some(Command::Help) => {
                        self.repeat(out);
                        return self.phrase(Phrase::RatingKeys, out);
                    }
                    Some(Command::Goodbye) => rating::parse(text, self.lang).or(Some(Answer::OptOut)),
                    _ => rating::parse(text, self.lang).or_else(|| self.declines(&said)),
                }
            }
            _ => return self.farewell(farewell, out),
        };
        match answer {
            Some(Answer::Rating(value)) => {
                self.session.outcome.rating = Some(value);
                out.act(ActionKind::Rating, [("value", &value.to_string())]);
                self.phrase(Phrase::RatingThanks, out);
                self.farewell(farewell, out);
            }
            Some(Answer::OptOut) => {
                out.act(ActionKind::RatingDeclined, []);
                self.phrase(Phrase::RatingSkipped, out);
                self.farewell(farewell, out);
            }
            Some(Answer::AskScale) | None if !asked_again => {
                self.session.mode = Mode::Rating { asked_again: true, farewell };
                self.phrase(Phrase::RatingAgain, out);
            }
            Some(Answer::AskScale) | None => self.farewell(farewell, out),
        }
    }

    /// Ways to say no that name no rating.
    fn declines(&self, said: &[String]) -> Option<Answer> {
        let skips = !lexicon(self.lang).skip.spot(said).is_empty();
        (skips || self.yes_or_no(said) == Some(false)).then_some(Answer::OptOut)
    }

    fn farewell(&mut self, state: Option<usize>, out: &mut Out) {
        let flow = Arc::clone(&self.flow);
        match state.and_then(|at| flow.states.get(at)) {
            Some(state) if state.say.is_some() => self.tell(state, out),
            _ => self.phrase(Phrase::Goodbye, out),
        }
        self.end(Then::HangUp, out);
    }

    pub(super) fn end(&mut self, then: Then, out: &mut Out) {
        out.worth_repeating = true;
        let outcome = self.outcome();
        let truth = |t: bool| if t { "true" } else { "false" };
        let repeats = outcome.repeats.to_string();
        out.act(
            ActionKind::Resolution,
            [
                ("resolved", truth(outcome.resolution)),
                ("handover", truth(outcome.handover)),
                ("repeats", &repeats),
            ],
        );
        self.session.mode = Mode::Over(then);
    }

    /// It is over already. Words that were lost on the way are said once more.
    pub(super) fn over(&mut self, cause: &FlowCause, out: &mut Out) {
        if matches!(cause, FlowCause::Failed(_)) {
            out.text.append(&mut self.session.last);
        }
    }
}
