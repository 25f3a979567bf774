//! A reply that is made while the caller may still go on: what is kept of it until it is wanted?

use std::sync::Arc;
use std::time::Instant;

use tom_base::Epoch;
use tom_turn::{Cause, Floor, Input, Stage};

use crate::brain::{Answer, BrainError, Hearing, Reply, Request};
use crate::session::Session;

/// Clauses that are synthesised before anybody wants them: what is heard first, and what must be ready when that
/// ends.
const SPOKEN_AHEAD: usize = 2;

/// A reply nobody may hear yet.
#[derive(Debug)]
pub(crate) struct Draft {
    epoch: Epoch,
    /// Its text so far.
    texts: Vec<Arc<str>>,
    /// How many of these the synthesiser was given.
    spoken: usize,
    /// How it ended, once it has.
    end: Option<Result<Reply, BrainError>>,
    /// What the core would have been told of its sound.
    inputs: Vec<Input>,
}

impl Session {
    /// The recogniser guesses words that may still change.
    pub(crate) fn guessed(&mut self, epoch: Epoch, words: &str) {
        if let Some(words) = self.turn.words_with(epoch, words) {
            self.guessed = Some(epoch);
            self.overhear(&words);
        }
    }

    /// The brain may get ready for what the caller is saying, which is this so far.
    pub(crate) fn overhear(&mut self, words: &str) {
        if self.draft.is_none() && matches!(self.turn.floor(), Floor::User | Floor::Pause) {
            let epoch = self.turn.epoch();
            let history = before(self.turn.history(), epoch);
            self.brain.hears(Hearing { epoch, words, history });
        }
    }

    /// Begins with a reply that may not be wanted.
    pub(crate) fn prepare(&mut self, epoch: Epoch, cause: &Cause, wall: Instant) {
        self.tally.drafts += 1;
        self.stopwatch.brain_asked(wall, true);
        let history = before(self.turn.history(), epoch);
        let answer = self.brain.reply(Request { epoch, cause, history, committed: false });
        self.draft = Some(Draft { epoch, texts: Vec::new(), spoken: 0, end: None, inputs: Vec::new() });
        match answer {
            Ok(Answer::Later) => {}
            Ok(Answer::Now(reply)) => self.draft_end(Ok(reply), wall),
            Err(error) => self.draft_end(Err(error), wall),
        }
    }

    /// It is not wanted.
    pub(crate) fn discard(&mut self, epoch: Epoch) {
        if self.drafting(epoch) {
            self.drop_draft();
        }
    }

    /// Whatever was prepared is worthless. If it is wanted all the same, the brain is asked anew.
    pub(crate) fn drop_draft(&mut self) {
        if let Some(draft) = self.draft.take() {
            self.brain.cancel(draft.epoch);
            self.silence();
        }
    }

    /// It is wanted, if there is one of that epoch: what was kept of it happens now.
    pub(crate) fn claim(&mut self, epoch: Epoch) -> bool {
        let Some(draft) = self.draft.take_if(|draft| draft.epoch == epoch) else {
            self.drop_draft();
            return false;
        };
        self.tally.drafts_used += 1;
        self.spoken_ahead = draft.spoken;
        self.playout.release();
        self.brain.commit(epoch);
        for text in draft.texts {
            self.brain_text(epoch, text);
        }
        self.pending.extend(draft.inputs);
        match draft.end {
            None => {}
            Some(Ok(rest)) => self.brain_end(epoch, rest),
            Some(Err(error)) => self.brain_failed(epoch, &error),
        }
        true
    }

    /// Whether a reply of that epoch is only a draft.
    pub(crate) fn drafting(&self, epoch: Epoch) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.epoch == epoch)
    }

    /// The next words of it.
    pub(crate) fn draft_text(&mut self, text: Arc<str>, wall: Instant) {
        let Some(draft) = &mut self.draft else { return };
        if text.trim().is_empty() {
            return;
        }
        self.stopwatch.reply_text(wall);
        let epoch = draft.epoch;
        draft.texts.push(text.clone());
        if draft.spoken + 1 < draft.texts.len() || draft.spoken >= SPOKEN_AHEAD || self.mouth.mute() {
            return;
        }
        draft.spoken += 1;
        if self.mouth.epoch() != Some(epoch) {
            self.open_reply(epoch, wall);
            self.playout.hold();
        }
        if !self.mouth.speak(text, self.playout.progress(), wall) {
            self.draft_input(Input::Failed { epoch, stage: Stage::Tts });
        }
    }

    /// It is complete, or the rest of it is lost.
    pub(crate) fn draft_end(&mut self, end: Result<Reply, BrainError>, wall: Instant) {
        let end = end.map(|mut reply| {
            for text in std::mem::take(&mut reply.text) {
                self.draft_text(text.into(), wall);
            }
            reply
        });
        if let Some(draft) = &mut self.draft {
            draft.end = Some(end);
        }
    }

    /// What the core is to learn of its sound once it is wanted.
    pub(crate) fn draft_input(&mut self, input: Input) {
        if let Some(draft) = &mut self.draft {
            draft.inputs.push(input);
        }
    }
}

/// The conversation without what is being answered.
pub(crate) fn before(history: &[tom_turn::Said], epoch: Epoch) -> &[tom_turn::Said] {
    match history {
        [rest @ .., last] if last.who == tom_turn::Who::Caller && last.epoch.turn == epoch.turn => rest,
        all => all,
    }
}
