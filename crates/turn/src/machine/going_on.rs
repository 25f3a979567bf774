//! The caller goes on: in a pause, or before the reply is heard. Is that the same utterance, another, another turn?

use tom_base::Span;

use crate::hearing::Hearing;
use crate::{Onset, Output, Turn};

impl Turn {
    /// The same turn goes on with another utterance.
    pub(super) fn next_utterance(&mut self) {
        self.newest = self.newest.next_revision();
        let epoch = self.newest;
        let Some(hearing) = &mut self.hearing else {
            return;
        };
        let joined = match self.config.join {
            Span::ZERO => None,
            gap => hearing.join(epoch, self.now, gap),
        };
        if let Some(after) = joined {
            self.no_more_awaited();
            self.emit(Output::ListenOn { epoch, after });
            return;
        }
        hearing.go_on(epoch, self.now);
        self.emit(Output::Listen { epoch });
    }

    /// Voice in a pause of the caller's.
    pub(super) fn go_on_in_pause(&mut self) {
        if let Some(last) = self.hearing.as_ref().and_then(Hearing::last_voice) {
            self.endpointer.paused(self.now.since(last), &self.config);
        }
        self.next_utterance();
        self.caller_speaks();
    }

    /// The caller speaks before the reply is heard.
    pub(super) fn speech_while_thinking(&mut self, onset: Onset) {
        let Some(reply) = &self.reply else {
            self.begin_turn(); // A tool is awaited.
            return;
        };
        if reply.kind.is_final() || onset == Onset::Weak {
            return;
        }
        if reply.kind.holds() {
            // Heard, but the reply comes all the same; who still speaks then interrupts it.
            if self.hearing.is_none() {
                self.open_utterance();
            }
            return;
        }
        let Some(committed) = self.committed.take() else {
            self.abandon_reply();
            self.begin_turn();
            return;
        };
        self.revoke_reply();
        if let Some(last) = committed.last_voice() {
            self.endpointer.cut_off(self.now.since(last), &self.config);
        }
        self.hearing = Some(committed);
        self.next_utterance();
        self.caller_speaks();
    }
}
