//! While the caller is connected with a person: nobody listens, and the call goes on only if that fails.

use crate::timers::Timer;
use crate::{Cause, EndReason, Floor, Input, Output, Turn};

impl Turn {
    /// The caller is to go to a person at once, whatever is being said; where the line cannot say how that goes, nothing
    /// happens. What must not be lost is said first.
    pub(super) fn connect(&mut self) {
        if self.connecting || self.in_final_words() || self.config.handover == tom_base::Span::ZERO {
            return;
        }
        if self.must_hold_input() {
            return self.hold(Input::Connect);
        }
        self.take_over(false);
        self.hand_over();
    }

    /// The caller is to go to a person. Where the line can say how that goes, the call waits for it.
    pub(super) fn hand_over(&mut self) {
        self.emit(Output::Transfer);
        if self.config.handover == tom_base::Span::ZERO {
            return self.end(EndReason::Transferred);
        }
        self.connecting = true;
        self.set_floor(Floor::Thinking);
        self.arm(Timer::Tool, self.config.handover);
    }

    /// An input that means nothing while the caller is connected. Voice is noted: the caller may speak still when the
    /// agent is back.
    pub(super) fn while_connecting(&mut self, input: &Input) {
        match input {
            Input::SpeechStart(onset) => self.voice = Some(*onset),
            Input::SpeechEnd | Input::Echo => self.voice = None,
            _ => {}
        }
    }

    /// Nobody took the call: the agent goes on with it.
    pub(super) fn not_connected(&mut self) {
        if self.connecting {
            self.connecting = false;
            self.timers.clear(Timer::Tool);
            let epoch = self.fresh_epoch();
            self.generate(epoch, Cause::NotConnected);
        }
    }
}
