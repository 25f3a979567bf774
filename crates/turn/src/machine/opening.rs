//! From the ringing to the greeting.

use crate::floor::Life;
use crate::timers::Timer;
use crate::{Cause, Turn};

impl Turn {
    /// A call is offered.
    pub(super) fn ringing(&mut self) {
        if self.life == Life::Idle {
            self.life = Life::Ringing;
            self.arm(Timer::Ring, self.config.ring);
            self.note_state();
        }
    }

    /// The call was answered: greet.
    pub(super) fn answered(&mut self) {
        if !matches!(self.life, Life::Idle | Life::Ringing) {
            return;
        }
        self.life = Life::Connected;
        self.timers.clear(Timer::Ring);
        self.arm(Timer::Call, self.config.longest_call);
        self.generate(self.newest, Cause::Opening);
    }
}
