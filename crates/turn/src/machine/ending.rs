//! The end of the call: goodbyes, and the last output.

use crate::timers::Timer;
use crate::{CallEvent, Cause, EndReason, Floor, Output, Turn, Why, floor::Life};

impl Turn {
    /// The server stops.
    pub(super) fn drain(&mut self) {
        if matches!(self.life, Life::Idle | Life::Ringing) {
            self.end(EndReason::Drain);
        } else {
            self.goodbye(Why::Drain, EndReason::Drain);
        }
    }

    /// The call has lasted too long.
    pub(super) fn too_long(&mut self) {
        self.goodbye(Why::TooLong, EndReason::TooLong);
    }

    fn goodbye(&mut self, why: Why, reason: EndReason) {
        if self.in_final_words() {
            return; // It ends already, and within the same time.
        }
        self.take_over(false);
        self.closing = Some(reason);
        self.arm(Timer::Closing, self.config.goodbye);
        let epoch = self.fresh_epoch();
        self.generate(epoch, Cause::Goodbye(why));
    }

    /// The call is over, at once.
    pub(super) fn end(&mut self, reason: EndReason) {
        if self.floor == Floor::Ended {
            return;
        }
        self.forget_hearing();
        self.cut_reply();
        self.interruption = None;
        self.committed = None;
        self.timers.clear_all();
        self.held.clear();
        self.keys.clear();
        self.set_floor(Floor::Ended);
        self.emit(Output::HangUp(reason));
        self.tell(CallEvent::Ended(reason));
    }
}
