//! How does a reply get from its text to the far end, and when has it been heard?

use std::sync::Arc;
use std::time::Instant;

use tom_base::{Epoch, Span};
use tom_engine::TtsEvent;
use tom_flow::phrases;
use tom_turn::{CallEvent, Input, Phrase, Stage};

use crate::api::{NoticeKind, Outbound};
use crate::ears::RATE;
use crate::mouth::Said;
use crate::session::Session;

impl Session {
    /// Makes the queue the reply's, if it is not yet.
    pub(crate) fn open_reply(&mut self, epoch: Epoch, wall: Instant) {
        if self.mouth.epoch() != Some(epoch) {
            self.mouth.open(epoch, wall);
            self.playout.open(epoch);
            self.marks.clear();
        }
    }

    pub(crate) fn speak(&mut self, epoch: Epoch, text: Arc<str>, wall: Instant) {
        if !self.mouth.mute() && !self.mouth.speak(text, self.playout.progress(), wall) {
            self.pending.push_back(Input::Failed { epoch, stage: Stage::Tts });
        }
    }

    pub(crate) fn speak_end(&mut self, epoch: Epoch) {
        self.teller.reply_complete(self.clock.now());
        if self.mouth.mute() {
            // Without a voice the text is the reply: whoever reads it has it at once.
            self.keep_promises();
            self.pending.push_back(Input::PlayoutStarted { epoch });
            self.pending.push_back(Input::PlayoutDone { epoch });
        } else if self.mouth.end() && (self.playout.started() || !self.mouth.failed()) {
            self.playout.complete(epoch);
        }
    }

    pub(crate) fn say(&mut self, epoch: Epoch, phrase: Phrase, wall: Instant) {
        let text: Arc<str> = phrases::get(self.lang, phrase_id(phrase)).into();
        self.open_reply(epoch, wall);
        let reply = CallEvent::Reply { epoch, text: text.clone() };
        self.teller.event(self.clock.now(), epoch, reply);
        self.speak(epoch, text, wall);
        self.speak_end(epoch);
    }

    /// Nobody wants the reply any more.
    pub(crate) fn silence(&mut self) {
        self.mouth.cancel();
        self.playout.flush();
        self.marks.clear();
    }

    /// The synthesiser says something.
    pub(crate) fn tts(&mut self, event: TtsEvent, wall: Instant) {
        if let Some(said) = self.mouth.event(event, self.playout.progress(), wall) {
            self.said(said, wall);
        }
    }

    pub(crate) fn said(&mut self, said: Said, wall: Instant) {
        let Some(epoch) = self.mouth.epoch() else { return };
        match said {
            Said::Audio { pcm, first } => {
                if let Some(took) = first {
                    self.stopwatch.speech(took);
                }
                self.playout.append(epoch, pcm);
                self.play(wall);
            }
            Said::Word { offset, at } => self.text_mark(epoch, offset, at, wall),
            Said::Again { keep } => self.playout.truncate(keep),
            Said::ClauseDone { offset, at, last } => {
                self.text_mark(epoch, offset, at, wall);
                if last {
                    self.playout.complete(epoch);
                    self.play(wall);
                } else if !self.mouth.ask_more(self.playout.progress(), wall) {
                    self.voice_lost(epoch, wall);
                }
            }
            Said::Failed => self.voice_lost(epoch, wall),
        }
    }

    /// Nothing more of the reply can be spoken. What is there already is still played, and then the reply is
    /// over; those who read have its text.
    fn voice_lost(&mut self, epoch: Epoch, wall: Instant) {
        if self.drafting(epoch) {
            return self.draft_input(Input::Failed { epoch, stage: Stage::Tts });
        }
        self.feed(Input::Failed { epoch, stage: Stage::Tts }, wall);
        if self.mouth.epoch() != Some(epoch) {
            return;
        }
        if !self.playout.started() {
            self.silence();
        } else if self.mouth.ended() {
            self.playout.complete(epoch);
        }
    }

    fn text_mark(&mut self, epoch: Epoch, offset: u32, at: u64, wall: Instant) {
        let at = Span::from_samples(at, RATE);
        let mark = Input::TextMark { epoch, offset, at };
        if self.drafting(epoch) {
            self.draft_input(mark);
        } else {
            self.feed(mark, wall);
        }
    }

    /// Sends the frames that are due.
    pub(crate) fn play(&mut self, wall: Instant) {
        self.play_music(wall);
        while let Some((due, pcm)) = self.playout.due(wall) {
            if due.first {
                self.feed(Input::PlayoutStarted { epoch: due.epoch }, wall);
                if self.playout.epoch() != Some(due.epoch) {
                    return; // Something that waited for the reply has stopped it: not a sample of it is sent.
                }
                self.keep_promises();
            }
            self.stopwatch.frame(wall);
            self.ears.echo.sent(&pcm);
            self.teller.outbox.frame(due.epoch, pcm);
            self.marks.frame();
        }
        if let Some(epoch) = self.playout.epoch()
            && self.playout.sent_all()
            && !self.marks.out()
        {
            let (mark, frames) = self.marks.sent(wall);
            self.teller.outbox.send(Outbound::Mark(mark));
            self.teller.tell(self.clock.now(), epoch, NoticeKind::SpeechComplete { frames });
        }
    }

    /// If the caller has heard all of the reply, the core learns it.
    pub(crate) fn finish_reply(&mut self, wall: Instant) {
        if self.playout.done(wall)
            && self.marks.done(wall)
            && let Some(epoch) = self.playout.epoch()
        {
            let heard = self.playout.heard(wall);
            self.silence();
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
