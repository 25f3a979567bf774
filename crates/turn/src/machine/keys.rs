//! Keys: one is an answer, several are a number.

use tom_base::{Key, Span};

use crate::timers::Timer;
use crate::{CallEvent, Cause, Expect, Floor, Input, Turn};

/// A number has no more keys than this, whatever was asked for.
const MOST_KEYS: usize = 64;

impl Turn {
    /// A key was pressed.
    pub(super) fn key(&mut self, key: Key) {
        self.tell(CallEvent::Dtmf(key));
        if self.must_hold_input() && !self.in_final_words() {
            self.hold(Input::Dtmf(key));
        } else {
            self.take_key(key);
        }
    }

    /// A key counts: it stops speech, the agent's and the caller's.
    pub(super) fn take_key(&mut self, key: Key) {
        if self.in_final_words() {
            return;
        }
        if self.must_hold_input() {
            self.hold(Input::Dtmf(key));
            return;
        }
        let dictating = matches!(self.floor, Floor::User | Floor::Pause);
        if dictating && self.expect == Expect::Message && key.as_char() == '#' {
            self.end_message();
            return;
        }
        let before = std::mem::take(&mut self.keys);
        self.take_over(true);
        self.silences = 0;
        self.set_floor(Floor::Listening);
        let Expect::Digits { max } = self.expect else {
            self.keys.push(key.as_char());
            self.commit_keys();
            return;
        };
        self.keys = before;
        match key.as_char() {
            '#' if !self.keys.is_empty() => {
                self.commit_keys();
                return;
            }
            '*' => self.keys.clear(),
            c => self.keys.push(c),
        }
        let most = match usize::from(max) {
            0 => MOST_KEYS,
            max => max.min(MOST_KEYS),
        };
        if self.keys.len() >= most || self.keys == "#" {
            self.commit_keys();
        } else if self.keys.is_empty() {
            self.arm(Timer::Silence, self.longest_silence());
        } else {
            self.arm(Timer::Keys, self.config.key_gap);
        }
    }

    /// The keys are complete.
    pub(super) fn commit_keys(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if !keys.is_empty() {
            let epoch = self.fresh_epoch();
            self.generate(epoch, Cause::Keyed(keys.into()));
        }
    }

    /// The `#` that ends a spoken message: nothing of it is lost, and nobody waits for more.
    fn end_message(&mut self) {
        self.silences = 0;
        if self.floor == Floor::User {
            self.voice = None;
            self.end_utterance();
        }
        if let Some(hearing) = &mut self.hearing {
            hearing.close();
        }
        self.judge_end_of_turn();
    }

    /// How long the caller may stay silent before something is said.
    pub(super) fn longest_silence(&self) -> Span {
        match self.expect {
            Expect::Rating => self.config.rating_silence,
            _ => self.config.silence,
        }
    }
}
