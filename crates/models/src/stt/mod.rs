//! Text from speech: which local recognisers there are.

mod sphinx;

pub use sphinx::{SphinxOptions, SphinxStt};
