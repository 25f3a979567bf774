//! May a telephone number have been said in pieces in a call?

use tom_turn::{Expect, Input, Then, journal};

/// A number asked for with at least so many digits may be a telephone number; the journal's own measure.
const LONG: u8 = 7;

/// Whether the agent asked for a number that long. A journal that cannot be read to its end does not say no.
pub(crate) fn may_hold_a_number(journal: &str) -> bool {
    let Ok(kept) = journal::read(journal) else { return true };
    kept.gap.is_some()
        || kept.inputs.iter().any(|(_, input)| {
            matches!(input, Input::ReplyEnd { then: Then::Listen(Expect::Digits { max }), .. }
                if *max == 0 || *max >= LONG)
        })
}
