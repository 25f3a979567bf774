//! How do PBXs and carriers carry a call to us? One shape for all their dialects.
//!
//! A [`PhoneSession`] is one call in one dialect, sans IO: it reads what the far end sends, and writes what is to be
//! sent into a [`PhoneSink`]. Audio goes in and out as samples at the line's [`rate`](PhoneSession::rate). Nothing of
//! a frame is allocated once a call runs, apart from what a dialect's JSON cannot do without.

mod coding;
mod dialect;
mod marks;
mod metadata;

pub use coding::Coding;
pub use dialect::{Detected, PhoneDialect};
pub(crate) use marks::Marks;

use std::collections::BTreeMap;

use tom_base::Key;

use crate::{ErrorCode, WireError};

/// What a message of the far end means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneEvent {
    /// Nothing to do.
    Nothing,
    /// The call begins.
    Started(PhoneStart),
    /// Caller audio was appended to the buffer given.
    Audio,
    /// A key.
    Key(Key),
    /// The caller has heard everything up to this tag (the one given to [`PhoneSession::mark`]).
    Heard(u64),
    /// The call is over.
    Stopped,
}

/// What the far end tells of a call when it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneStart {
    /// Its own name of the call; empty where it has none.
    pub call: String,
    /// The caller's number, where it is told. Must not be logged.
    pub cli: Option<String>,
    /// What the dialplan or the answer document hands over: `token`, `lang`, `skill`, `cli`.
    pub parameters: BTreeMap<String, String>,
}

/// Where a session writes.
pub trait PhoneSink {
    /// A text message that carries agent audio: it may be dropped when the far end does not read.
    fn audio_text(&mut self, text: &str);
    /// A binary message that carries agent audio: it may be dropped when the far end does not read.
    fn audio_bytes(&mut self, bytes: &[u8]);
    /// A text message that must arrive.
    fn text(&mut self, text: &str);
}

/// One call in one dialect.
pub trait PhoneSession: Send {
    /// Reads a text message; caller audio in it is appended to `pcm`, at [`rate`](Self::rate).
    ///
    /// # Errors
    /// [`ErrorCode::BadEvent`] for what the dialect does not have or what comes at the wrong time,
    /// [`ErrorCode::BadAudio`] for audio that cannot be read.
    fn text(&mut self, text: &str, pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError>;

    /// Reads a binary message, in the same way.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    fn binary(&mut self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError>;

    /// Samples a second, both ways; certain once the call has begun.
    fn rate(&self) -> u32;

    /// Writes agent audio: 20 ms at [`rate`](Self::rate).
    fn audio(&mut self, pcm: &[i16], sink: &mut dyn PhoneSink);

    /// A reply's audio is complete. Where the dialect can tell when it was played, [`PhoneEvent::Heard`] comes back
    /// with `tag`.
    fn mark(&mut self, tag: u64, sink: &mut dyn PhoneSink);

    /// Makes the far end throw away what is not played, where the dialect can. Marks on their way are void.
    fn clear(&mut self, sink: &mut dyn PhoneSink);

    /// Asks the far end to end the call; the connection is closed right after.
    fn hang_up(&mut self, _sink: &mut dyn PhoneSink) {}
}

pub(crate) fn bad(message: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadEvent, message)
}

pub(crate) fn bad_audio(message: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadAudio, message)
}
