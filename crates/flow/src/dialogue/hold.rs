//! How does a dialogue keep a caller on hold, and go on after it?

use std::sync::Arc;

use super::hear::Heard;
use super::{Back, Dialogue, FlowCause, Out, Then};
use crate::lexicon::{Command, lexicon};
use crate::model::{Hold, Step};
use crate::phrases::Phrase;

impl Hold {
    pub(super) fn then(&self) -> Then {
        Then::Hold { seconds: self.seconds, key: self.key, music: self.music }
    }
}

/// What is said to a caller whom somebody outside of the dialogue kept on hold.
pub(super) const fn back_phrase(back: Back) -> Phrase {
    match back {
        Back::Resumed | Back::Keyed => Phrase::Back,
        Back::TimedOut => Phrase::KeptWaiting,
    }
}

impl Dialogue {
    /// How the present state keeps callers on hold, if it does.
    pub(super) fn holding(&self) -> Option<&Hold> {
        match &self.here().step {
            Step::Hold(hold) => Some(hold),
            _ => None,
        }
    }

    /// The caller is on hold, or hears that this will be. Only what cannot wait is answered.
    pub(super) fn on_hold(&mut self, cause: &FlowCause, out: &mut Out) {
        let flow = Arc::clone(&self.flow);
        let Step::Hold(hold) = &flow.states[self.session.at].step else { return };
        match cause {
            FlowCause::HoldOver(Back::Resumed) => self.enter(hold.go, out),
            FlowCause::HoldOver(Back::Keyed) => self.enter(hold.pressed, out),
            FlowCause::HoldOver(Back::TimedOut) => self.enter(hold.otherwise, out),
            FlowCause::NotConnected => {
                self.phrase(Phrase::NotConnected, out);
                self.enter(hold.otherwise, out);
            }
            FlowCause::Said { text, confidence, .. } => {
                let said = lexicon(self.lang).listen(text);
                if self.is_emergency(&said) {
                    self.emergency(*confidence >= self.ears.sure, None, out);
                } else if *confidence >= self.ears.reject
                    && let Some(command @ (Command::Person | Command::Goodbye)) = self.command(&said)
                {
                    self.act_on(Heard::Command(command), *confidence, out);
                }
            }
            FlowCause::Keyed(keys) => self.keyed(keys, out),
            FlowCause::Failed(_) => out.text.extend(self.session.last.iter().cloned()),
            FlowCause::Opening | FlowCause::Silence(_) | FlowCause::Tool | FlowCause::Goodbye(_) => {}
        }
    }

    /// Keys while that is said: the one that would end the hold, and the one for a person.
    pub(super) fn keyed_on_hold(&mut self, keys: &str, out: &mut Out) {
        let Some(hold) = self.holding() else { return };
        let (pressed, meant) = (hold.pressed, hold.key.is_some_and(|key| keys == key.to_string()));
        match keys {
            _ if meant => self.enter(pressed, out),
            "0" => self.hand_over("asked", out),
            _ => {}
        }
    }
}
