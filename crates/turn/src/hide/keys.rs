//! How is a telephone number hidden that is keyed digit by digit?

use tom_base::{Key, MediaTime, Span};

/// Keys further apart than this do not belong together.
const APART: Span = Span::from_millis(15_000);
/// So many digits keyed together are a number.
const FEWEST: usize = 7;

/// Digits keyed one after the other. What was written of them is remembered, so that all of them can be
/// hidden when they turn out to be a number: `0` stands for each, so that a replay goes the same way.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyRun {
    last: Option<MediaTime>,
    digits: usize,
    /// Hidden however short it is.
    all: bool,
    /// Where in the text the digits of this run stand.
    places: Vec<usize>,
}

impl KeyRun {
    /// A key comes: the key to write. Hides those before it if it makes them a number. With `all` each is
    /// hidden anyway.
    pub(super) fn key(&mut self, now: MediaTime, key: Key, all: bool, text: &mut String) -> Key {
        if self.last.is_none_or(|last| now.since(last) > APART) {
            *self = Self::default();
        }
        self.last = Some(now);
        if key.digit().is_none() {
            return key;
        }
        self.digits += 1;
        self.all |= all;
        if !self.hides() {
            return key;
        }
        for place in self.places.drain(..) {
            text.replace_range(place..=place, "0");
        }
        Key::from_char('0').unwrap_or(key)
    }

    /// Whether the run is long enough to be hidden.
    pub(super) fn hides(&self) -> bool {
        self.all || self.digits >= FEWEST
    }

    /// A key of the run was written at that place of the text.
    pub(super) fn kept(&mut self, place: usize, key: char) {
        if key.is_ascii_digit() && !self.hides() {
            self.places.push(place);
        }
    }
}
