//! A borrowed piece of audio and the moment it belongs to.

use tom_base::{MediaTime, Rate};

/// Mono PCM, usually 20 ms of it, at the moment its first sample was heard.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When the first sample belongs.
    pub at: MediaTime,
    /// Samples per second.
    pub rate: Rate,
    /// The samples.
    pub pcm: &'a [i16],
}
