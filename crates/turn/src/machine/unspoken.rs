//! What the caller says without a voice: typed text, and nothing at all.

use std::sync::Arc;

use tom_base::Span;

use crate::hearing::Hearing;
use crate::{CallEvent, Cause, EndReason, Floor, Input, Probability, Turn, Why};

impl Turn {
    /// The caller typed.
    pub(super) fn typed(&mut self, text: Arc<str>) {
        let trimmed = text.trim();
        if trimmed.is_empty() || self.in_final_words() {
            return;
        }
        if self.must_hold_input() {
            self.hold(Input::Typed(text));
            return;
        }
        let text: Arc<str> = trimmed.into();
        self.take_over(true);
        self.silences = 0;
        let epoch = self.fresh_epoch();
        self.tell(CallEvent::Committed { epoch, text: text.clone(), wait: Span::ZERO });
        self.remember_caller(epoch, &text);
        self.hearing = Some(Hearing::typed(epoch, self.now, text.clone()));
        let confidence = Probability::ONE;
        self.generate(epoch, Cause::Said { text, confidence });
    }

    /// The caller has said nothing for too long.
    pub(super) fn caller_silent(&mut self) {
        if self.floor != Floor::Listening {
            return;
        }
        let epoch = self.fresh_epoch();
        if self.silences >= self.config.reprompts {
            self.closing = Some(EndReason::Silence);
            self.generate(epoch, Cause::Goodbye(Why::Silence));
        } else {
            self.silences += 1;
            self.tell(CallEvent::Reprompt(self.silences));
            self.generate(epoch, Cause::Silence(self.silences));
        }
    }
}
