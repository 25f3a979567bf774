//! What of a call must not be readable where it is kept?
//!
//! Telephone numbers: those written or spoken in one text, those keyed digit by digit, and, once the agent has
//! asked for a number that long, every digit from then on, since callers say it in pieces.

mod keys;
mod mask;

use std::borrow::Cow;

use tom_base::{Epoch, Key, MediaTime};

use crate::{Expect, Input, Then};

pub(crate) use mask::digits;
pub use mask::{mask_digits, mask_numbers};

/// A number asked for with at least so many digits may be a telephone number.
const LONG: u8 = 7;

/// Hides numbers in one text that grows: a journal or a timeline. Journal, timeline and the timeline of the
/// replayed journal hide alike, because it depends on nothing but the inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hide {
    keys: keys::KeyRun,
    /// A long number was asked for. It stays so: what was said is repeated later.
    asked: bool,
    /// The latest reply whose end came, and the keys (by their numbers) that end a hold after it.
    holds: (Epoch, u16),
    /// The latest key is such a one.
    spared: bool,
}

impl Hide {
    /// An input comes, whatever it is.
    pub(crate) fn input(&mut self, input: &Input) {
        if let Input::ReplyEnd { then: Then::Listen(Expect::Digits { max }), .. } = input {
            self.asked |= *max == 0 || *max >= LONG;
        }
        if let Input::ReplyEnd { epoch, then } = input
            && *epoch >= self.holds.0
        {
            let before = if *epoch == self.holds.0 { self.holds.1 } else { 0 };
            let key = if let Then::Hold(hold) = then { hold.key } else { None };
            self.holds = (*epoch, before | key.map_or(0, bit));
        }
    }

    /// The text as it may be kept.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.asked { mask::mask_digits(text) } else { mask_numbers(text) }
    }

    /// A key comes: the key as it may be kept, `0` for a hidden one, so that a replay goes the same way. When
    /// it makes those before it a number, they are hidden where they stand in `kept`.
    pub(crate) fn key(&mut self, now: MediaTime, key: Key, kept: &mut String) -> Key {
        self.spared = self.holds.1 & bit(key) != 0;
        if self.spared {
            // It is no part of a number, and a replay must find it: once, then the hold is over.
            self.holds.1 &= !bit(key);
            return key;
        }
        self.keys.key(now, key, self.asked, kept)
    }

    /// A key, as it was given to be kept, stands at that place.
    pub(crate) fn key_stands(&mut self, place: usize, key: char) {
        if !std::mem::take(&mut self.spared) {
            self.keys.kept(place, key);
        }
    }

    /// Keys that form an answer, as they may be kept.
    pub(crate) fn keyed(&self, keys: &str) -> String {
        if self.asked || self.keys.hides() {
            keys.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
        } else {
            mask_numbers(keys).into_owned()
        }
    }
}

const fn bit(key: Key) -> u16 {
    1 << key.event()
}
