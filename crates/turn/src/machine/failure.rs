//! What happens when a part of the chain fails or is late? The call goes on, or ends with a word.

use tom_base::Epoch;

use crate::reply::{After, Kind};
use crate::timers::Timer;
use crate::{CallEvent, Floor, Output, Phrase, Stage, Then, Turn};

impl Turn {
    /// A stage failed for good.
    pub(super) fn failed(&mut self, epoch: Epoch, stage: Stage) {
        match stage {
            Stage::Stt => {
                let news =
                    self.floor != Floor::Thinking && self.hearing.as_mut().is_some_and(|h| h.fail(epoch));
                if news {
                    self.tell(CallEvent::Failed { epoch, stage });
                    self.recogniser_failed();
                }
            }
            Stage::Llm => {
                let awaited = |r: &crate::reply::Reply| r.epoch == epoch && r.after.is_none();
                if self.reply.as_ref().is_some_and(awaited) {
                    self.brain_failed();
                } else if self.tool == Some(epoch) {
                    self.tool_late();
                }
            }
            Stage::Tts => {
                if let Some(reply) = self.reply.as_mut().filter(|r| r.epoch == epoch && !r.mute) {
                    reply.mute = true;
                    let (started, text_ends) = (reply.started, reply.after.is_some());
                    self.timers.clear(Timer::FirstAudio);
                    self.tell(CallEvent::Failed { epoch, stage });
                    match (text_ends, started) {
                        (true, true) => self.sign_of_life(),
                        (true, false) => self.finish_reply(false),
                        (false, _) => {} // The text still goes out, for those who read.
                    }
                }
            }
        }
    }

    /// Nothing more comes from the recogniser for an utterance.
    fn recogniser_failed(&mut self) {
        self.no_more_awaited();
        match self.floor {
            Floor::Agent => self.judge_interruption(),
            _ => self.judge_end_of_turn(),
        }
    }

    /// The recogniser's deadline has passed.
    pub(super) fn recognition_late(&mut self) {
        let Some(hearing) = &mut self.hearing else {
            return;
        };
        let awaited: Vec<_> = hearing.awaited().collect();
        for epoch in awaited {
            hearing.fail(epoch);
            self.out.push_back(Output::Event(CallEvent::Failed { epoch, stage: Stage::Stt }));
        }
        self.recogniser_failed();
    }

    /// The brain's deadline has passed.
    pub(super) fn brain_late(&mut self) {
        if self.reply.as_ref().is_some_and(|r| r.after.is_none()) {
            self.brain_failed();
        }
    }

    /// The brain failed: what it said so far is spoken, then an apology; the second time, goodbye.
    fn brain_failed(&mut self) {
        let Some(reply) = &mut self.reply else {
            return;
        };
        let epoch = reply.epoch;
        self.brain_failures += 1;
        let phrase = match reply.kind.stand_in() {
            Some(goodbye) => goodbye,
            None if self.brain_failures >= 2 => Phrase::Failure,
            None => Phrase::Apology,
        };
        reply.after = Some(After::Say(phrase));
        let audible = reply.started || (reply.spoke && !reply.mute);
        self.timers.clear(Timer::Think);
        self.tell(CallEvent::Failed { epoch, stage: Stage::Llm });
        // A dead brain would leave the caller in silence once more for each of them.
        self.held.clear();
        if audible {
            self.emit(Output::SpeakEnd { epoch });
            self.sign_of_life();
        } else {
            self.emit(Output::Cancel { epoch });
            self.finish_reply(false);
        }
    }

    /// No audio in time, although there is text.
    pub(super) fn first_audio_late(&mut self) {
        self.synthesiser_dead();
    }

    /// No audio in time since the answer, or since the caller's turn: an apology, whoever was too slow.
    pub(super) fn reply_late(&mut self) {
        let Some(reply) = &mut self.reply else {
            return;
        };
        if matches!(reply.kind, Kind::Phrase(_)) {
            self.synthesiser_dead();
        } else if reply.mute || !reply.spoke {
            self.brain_late();
        } else {
            let phrase = reply.kind.stand_in().unwrap_or(Phrase::Apology);
            reply.after = Some(After::Say(phrase));
            self.synthesiser_dead();
        }
    }

    /// The reply is under way but nothing moves.
    pub(super) fn reply_stalled(&mut self) {
        let Some(reply) = &self.reply else {
            return;
        };
        if self.interruption_quiets() {
            self.sign_of_life();
        } else if reply.after.is_none() {
            self.brain_failed();
        } else {
            self.synthesiser_dead();
        }
    }

    /// The synthesiser gave no sign: the reply is dropped, and the call goes on as if it had been said.
    fn synthesiser_dead(&mut self) {
        let Some(reply) = &mut self.reply else {
            return;
        };
        let epoch = reply.epoch;
        let last = reply.kind.stand_in().is_some();
        let news = !reply.mute;
        reply.mute = true;
        reply.after.get_or_insert(After::Then(if last { Then::HangUp } else { Then::Listen(self.expect) }));
        if news {
            self.tell(CallEvent::Failed { epoch, stage: Stage::Tts });
        }
        self.emit(Output::Cancel { epoch });
        self.emit(Output::Flush);
        self.finish_reply(false);
    }

    /// The tool's deadline has passed, or it failed: an apology.
    pub(super) fn tool_late(&mut self) {
        let Some(epoch) = self.tool.take() else {
            return;
        };
        self.brain_failures += 1;
        self.timers.clear(Timer::Tool);
        self.tell(CallEvent::Failed { epoch, stage: Stage::Llm });
        self.say(if self.brain_failures >= 2 { Phrase::Failure } else { Phrase::Apology });
    }
}
