//! How the dialogue goes on after the caller pressed keys.

use super::{Dialogue, Mode, Out};
use crate::lexicon::lexicon;
use crate::model::Step;
use crate::phrases::Phrase;
use crate::slot::{Filled, Kind};

impl Dialogue {
    pub(super) fn keyed(&mut self, keys: &str, out: &mut Out) {
        let keys = keys.trim_end_matches('#');
        if lexicon(self.lang).emergency_numbers.exact(&[keys.to_owned()]).is_some()
            || keys == self.flow.emergency.number
        {
            let instead = match &self.here().step {
                Step::Slot(slot) if self.is_asking() => slot.kind.keyed(keys, self.lang),
                _ => None,
            };
            return self.emergency(instead.is_none(), instead, out);
        }
        match self.session.mode.clone() {
            Mode::Confirm(pending) => match keys {
                "1" => self.confirmed(pending, out),
                "2" => self.denied(out),
                other => self.common_key(other, Phrase::WrongKey, out),
            },
            Mode::EmergencyAsk { instead } => match keys {
                "1" => self.emergency_answered(true, instead, out),
                "2" => self.emergency_answered(false, instead, out),
                other => self.common_key(other, Phrase::WrongKey, out),
            },
            _ => self.keyed_answer(keys, out),
        }
    }

    fn keyed_answer(&mut self, keys: &str, out: &mut Out) {
        let slot = match &self.here().step {
            Step::Menu(menu) => {
                let chosen = menu.choices.iter().position(|c| keys.len() == 1 && keys.starts_with(c.key));
                return match chosen {
                    Some(index) => {
                        self.understood();
                        self.choose(self.session.at, index, out);
                    }
                    None => self.common_key(keys, Phrase::WrongKey, out),
                };
            }
            Step::Slot(slot) => slot,
            Step::Hold(_) => return self.keyed_on_hold(keys, out),
            Step::Go(_) | Step::HangUp | Step::Transfer(_) | Step::Llm => {
                return self.common_key(keys, Phrase::WrongKey, out);
            }
        };
        match slot.kind {
            Kind::YesNo { .. } => match keys {
                "1" | "2" => {
                    self.understood();
                    self.say_yes_no(keys == "1", out);
                }
                other => self.common_key(other, Phrase::WrongKey, out),
            },
            Kind::Free { .. } => match keys {
                "0" | "*" => self.common_key(keys, Phrase::WrongKey, out),
                // The caller is done, or does not want to say anything.
                _ => {
                    self.understood();
                    self.keep(Filled::plain(""), out);
                }
            },
            // A lone zero calls a person, unless one digit is what is asked for.
            kind if keys == "0" && !kind.takes_digits(1) => self.common_key(keys, Phrase::WrongEntry, out),
            kind => match kind.keyed(keys, self.lang) {
                Some(value) => self.give(value, true, true, out),
                None => self.common_key(keys, Phrase::WrongEntry, out),
            },
        }
    }

    /// Keys that mean the same everywhere; any other one is wrong.
    fn common_key(&mut self, keys: &str, otherwise: Phrase, out: &mut Out) {
        match keys {
            "0" => self.hand_over("asked", out),
            keys if keys.contains('*') => self.repeat(out),
            _ => self.not_understood(Some(otherwise), out),
        }
    }
}
