//! Text from speech: which local recognisers there are.

mod sphinx;
mod whisper;
mod worker;

pub use sphinx::{SphinxOptions, SphinxStt};
pub use whisper::{Hearing, WhisperOptions, WhisperStt};
