//! What does each wish of the turn core mean in this world?

use tom_base::{Epoch, Span};
use tom_turn::{CallEvent, Input, Output, Stage};

use super::ears::Results;
use super::mouth::{self, Asked};
use super::{Event, SOON, World, WorldError};

impl World<'_> {
    pub(super) fn carry_out(&mut self, output: Output) {
        match output {
            Output::Listen { epoch } => self.ears.listen(epoch, self.now),
            Output::ListenOn { epoch, after } => self.ears.listen_on(epoch, after, self.now),
            Output::Finish { epoch } => {
                let results = self.ears.finish(epoch, self.now, &self.settings);
                self.expect(Stage::Stt, results);
            }
            Output::Forget { epoch } => self.ears.forget(epoch),
            Output::Generate { epoch, cause } => {
                match self.brain.generate(epoch, &cause, self.now, &self.settings) {
                    Ok(results) => self.expect(Stage::Llm, results),
                    Err(cause) => self.error = Some(WorldError::NoReply { at: self.now, cause: cause.0 }),
                }
            }
            Output::Speak { epoch, text } => self.speak(epoch, text),
            Output::SpeakEnd { epoch } => self.speak_end(epoch),
            Output::Say { epoch, phrase } => {
                self.mouth.clear();
                self.speak(epoch, mouth::phrase(phrase).into());
                self.speak_end(epoch);
            }
            Output::Pause => {
                self.mouth.player.pause(self.settings.lead, self.now);
                self.player_changed();
            }
            Output::Resume => {
                let first = self.mouth.player.resume(self.now);
                self.started(first);
                self.player_changed();
            }
            Output::Cancel { epoch } => self.cancel(epoch),
            Output::Flush => {
                self.mouth.clear();
                self.player_changed();
            }
            Output::HangUp(reason) => self.ended = Some(reason),
            Output::Event(CallEvent::Ended(reason)) => self.ended = Some(reason),
            Output::Peek { .. } | Output::Prepare { .. } | Output::Discard { .. } => {}
            Output::Duck | Output::Transfer | Output::Hold(_) | Output::Event(_) | Output::Wait(_) => {}
        }
    }

    /// Results that will come. What comes at once still comes after the outputs that are due now.
    fn expect(&mut self, stage: Stage, results: Results) {
        for (at, input) in results {
            self.schedule(at, Event::Result(stage, input));
        }
    }

    fn speak(&mut self, epoch: Epoch, text: std::sync::Arc<str>) {
        let (at, audio) = match self.mouth.speak(epoch, text, self.now, &self.settings) {
            Asked::Audio(at) => (at, true),
            Asked::Failed(at) => (at, false),
        };
        self.schedule(at, Event::Mouth(self.mouth.generation(), audio));
    }

    fn speak_end(&mut self, epoch: Epoch) {
        if self.mouth.epoch() == Some(epoch) {
            self.mouth.end();
            self.player_changed();
        } else {
            // A reply without any text has been heard as soon as it is made.
            self.pending.push_back(Input::PlayoutStarted { epoch });
            self.pending.push_back(Input::PlayoutDone { epoch });
        }
    }

    fn cancel(&mut self, epoch: Epoch) {
        self.brain.cancel(epoch);
        if self.mouth.epoch() != Some(epoch) {
            return;
        }
        if self.settings.engine(Stage::Tts).ignores_cancel {
            let heard = Span::from_millis(3_600_000);
            self.schedule(self.now + SOON, Event::Late(Input::PlayoutMark { epoch, heard }));
            self.schedule(self.now + SOON + SOON, Event::Late(Input::PlayoutDone { epoch }));
        }
        self.mouth.clear();
        self.player_changed();
    }

    /// A clause is audio.
    pub(super) fn audio(&mut self, generation: u64) {
        let (marks, length) = self.mouth.audio(&self.settings);
        for mark in marks {
            self.feed(mark);
        }
        // A mark may have made the core change its mind.
        if self.mouth.generation() == generation {
            let first = self.mouth.player.append(length, self.now);
            self.mouth.complete();
            self.started(first);
            self.player_changed();
        }
    }

    fn started(&mut self, first: bool) {
        if first && let Some(epoch) = self.mouth.epoch() {
            self.pending.push_back(Input::PlayoutStarted { epoch });
        }
    }

    /// Tells the core how much was heard, and whether that is all.
    pub(super) fn mark(&mut self) {
        let Some(epoch) = self.mouth.epoch() else { return };
        if let Some(heard) = self.mouth.player.mark(self.now) {
            self.feed(Input::PlayoutMark { epoch, heard });
        }
    }

    /// The player moves otherwise than it did: look again when it matters.
    pub(super) fn player_changed(&mut self) {
        self.player_version += 1;
        let (Some(epoch), now) = (self.mouth.epoch(), self.now) else { return };
        if self.mouth.player.done(now) {
            if let Some(heard) = self.mouth.player.mark(now) {
                self.pending.push_back(Input::PlayoutMark { epoch, heard });
            }
            self.mouth.clear();
            self.pending.push_back(Input::PlayoutDone { epoch });
        } else if let Some(at) = self.mouth.player.next(now) {
            self.schedule(at, Event::Player(self.player_version));
        }
    }
}
