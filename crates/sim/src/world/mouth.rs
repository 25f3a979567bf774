//! When does the agent's text become audio, and where do its words lie?

use std::sync::Arc;

use tom_base::{Epoch, MediaTime, Span};
use tom_turn::{Input, Phrase, Stage};

use super::player::Player;
use super::settings::Settings;
use crate::script::Health;

/// The synthesiser and the player of a call.
#[derive(Debug, Default)]
pub(crate) struct Mouth {
    epoch: Option<Epoch>,
    clauses: Vec<Clause>,
    /// Clauses that are audio already.
    spoken: usize,
    text_len: usize,
    audio_len: Span,
    /// Until when the synthesiser is busy.
    busy: MediaTime,
    ended: bool,
    /// Counts the times it was cleared, so that what was asked for before is not taken for what is asked
    /// for now.
    generation: u64,
    pub(crate) player: Player,
}

#[derive(Debug)]
struct Clause {
    text: Arc<str>,
    /// Where its text begins in the reply's.
    offset: usize,
}

/// What comes of asking the synthesiser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The clause is audio then.
    Audio(MediaTime),
    /// It is given up then.
    Failed(MediaTime),
}

impl Mouth {
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Nobody wants the reply any more.
    pub(crate) fn clear(&mut self) {
        *self = Self { generation: self.generation + 1, ..Self::default() };
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// That the reply cannot be spoken.
    pub(crate) fn failed(&self) -> Option<Input> {
        self.epoch.map(|epoch| Input::Failed { epoch, stage: Stage::Tts })
    }

    /// The next clause of a reply.
    pub(crate) fn speak(
        &mut self,
        epoch: Epoch,
        text: Arc<str>,
        now: MediaTime,
        settings: &Settings,
    ) -> Asked {
        if self.epoch != Some(epoch) {
            self.clear();
            self.epoch = Some(epoch);
        }
        if !self.clauses.is_empty() {
            self.text_len += 1; // the blank that joins the pieces
        }
        let offset = self.text_len;
        self.text_len += text.len();
        self.clauses.push(Clause { text, offset });
        let tts = settings.engine(Stage::Tts);
        let asked = self.busy.max(now);
        match tts.health {
            Health::Fails => Asked::Failed(now),
            Health::Hangs => Asked::Failed(asked + tts.deadline),
            Health::Works if tts.delay > tts.deadline => Asked::Failed(asked + tts.deadline),
            Health::Works => {
                self.busy = asked + tts.delay;
                Asked::Audio(self.busy)
            }
        }
    }

    /// No more clauses follow.
    pub(crate) fn end(&mut self) {
        self.ended = true;
        self.complete();
    }

    /// The next clause is audio: where its words lie in the reply's, and how long it is.
    pub(crate) fn audio(&mut self, settings: &Settings) -> (Vec<Input>, Span) {
        let (Some(clause), Some(epoch)) = (self.clauses.get(self.spoken), self.epoch) else {
            return (Vec::new(), Span::ZERO);
        };
        let time = |chars: usize| Span::from_millis(settings.pace.as_millis() * chars as u64);
        let mut marks = Vec::new();
        let mut mark = |offset: usize, at| marks.push(Input::TextMark { epoch, offset: offset as u32, at });
        let mut after_blank = false;
        for (chars, (byte, c)) in clause.text.char_indices().enumerate() {
            if after_blank && c != ' ' {
                mark(clause.offset + byte, self.audio_len + time(chars));
            }
            after_blank = c == ' ';
        }
        let length = time(clause.text.chars().count());
        self.audio_len += length;
        mark(clause.offset + clause.text.len(), self.audio_len);
        self.spoken += 1;
        (marks, length)
    }

    /// Tells the player if that was all of the reply.
    pub(crate) fn complete(&mut self) {
        if self.ended && self.spoken == self.clauses.len() {
            self.player.complete();
        }
    }
}

/// What the owner says without a brain. Only the length matters here.
pub(crate) fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Apology => "Sorry, that did not work. Please say it again.",
        Phrase::Failure => "I am sorry, we cannot go on. Goodbye.",
        Phrase::Drain => "I am sorry, I have to end the call. Goodbye.",
        Phrase::Silence => "I cannot hear you. Goodbye.",
        Phrase::TooLong => "We have talked for a long time. Goodbye.",
    }
}
