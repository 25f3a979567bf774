//! What may a model read while the caller still speaks?
//!
//! All that it will be asked, as far as that is known: the conversation as it was heard, and the caller's words so far.
//! When the turn is over only the last of them are new.

use tom_base::{Epoch, TurnId};
use tom_engine::{LlmMessage, LlmRequest};
use tom_turn::Said;

use super::LlmBrain;
use super::closing::Closing;
use crate::memory::prune;

impl LlmBrain {
    /// Lets a model that reads ahead know what it may be asked: these words of the caller's, or what begins with them.
    pub(super) fn read_ahead(&mut self, turn: TurnId, history: &[Said], words: &str) {
        if self.answering.is_some() || !self.lines.reads_ahead() {
            return;
        }
        let known = |(at, text): &(TurnId, String)| *at == turn && text == words;
        let state = match &self.before {
            Some((same, state)) if *same == turn => state,
            _ => &self.state,
        };
        // A rating is asked of nobody else, and after a goodbye nothing.
        if state.closing != Closing::No || self.overheard.as_ref().is_some_and(known) {
            return;
        }
        let mut past = state.memory.messages(history, turn, words, self.texts);
        let current = past.len().saturating_sub(1);
        prune(&mut past, current, self.agent.limits.history);
        let mut messages = vec![LlmMessage::System(self.system().into())];
        messages.extend(past);
        self.overheard = Some((turn, words.to_owned()));
        self.lines.read_ahead(LlmRequest {
            epoch: Epoch::new(turn.0, 0),
            messages,
            tools: self.agent.tools.specs(),
            max_tokens: self.agent.limits.max_tokens,
        });
    }

    /// What the model is told to be.
    pub(super) fn system(&self) -> String {
        self.texts.system(&self.agent.system_prompt, &self.plan, self.lang)
    }
}
