//! A pause may be the end of the turn: what is begun before that is sure?

use std::sync::Arc;

use tom_base::Epoch;

use crate::hearing::Hearing;
use crate::{Cause, Expect, Output, Turn, fillers};

impl Turn {
    /// What is understood so far of the caller's turn under way; empty where none is.
    #[must_use]
    pub fn words(&self) -> String {
        self.hearing.as_ref().map(Hearing::text).unwrap_or_default()
    }

    /// The same if the utterance that is being spoken were these words, as a recogniser guesses; `None`: no such utterance is
    /// being spoken.
    #[must_use]
    pub fn words_with(&self, epoch: Epoch, guess: &str) -> Option<String> {
        self.hearing.as_ref()?.text_with(epoch, guess)
    }

    /// Has the reply begun, if the caller may well be through: the words are in, they do not trail off, and the
    /// end-of-turn model does not deny it. Dictation is waited for too long to be worth it.
    pub(super) fn prepare(&mut self, text: String) {
        let Some(hearing) = &self.hearing else {
            return;
        };
        let text: Arc<str> = text.into();
        let dictated = matches!(self.expect, Expect::Digits { .. } | Expect::Spelling | Expect::Message);
        let denied = hearing.over.is_some_and(|p| u32::from(p.millis()) <= self.config.unsure);
        if dictated || denied || text.is_empty() || fillers::trails_off(&text, self.config.lang) {
            return;
        }
        let epoch = hearing.epoch();
        let cause = Cause::Said { text, confidence: hearing.confidence() };
        if self.ahead.as_ref().is_some_and(|(was, of)| *was == epoch && *of == cause) {
            return;
        }
        self.discard();
        self.ahead = Some((epoch, cause.clone()));
        self.emit(Output::Prepare { epoch, cause });
    }

    /// What was begun is not wanted, if anything was.
    pub(super) fn discard(&mut self) {
        if let Some((epoch, _)) = self.ahead.take() {
            self.emit(Output::Discard { epoch });
        }
    }

    /// What was begun is wanted if it answers just this; else it is not wanted.
    pub(super) fn claim(&mut self, epoch: Epoch, cause: &Cause) {
        if self.ahead.as_ref().is_some_and(|(was, of)| *was == epoch && of == cause) {
            self.ahead = None;
        } else {
            self.discard();
        }
    }
}
