//! What do the synthesiser's events mean for a reply's audio?

use tom_base::Span;

/// How far a reply's audio is, in samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// What is there, sent or not.
    pub(crate) appended: u64,
    /// What the far end has.
    pub(crate) sent: u64,
}

impl Progress {
    /// What the far end does not have yet.
    pub(super) fn waiting(self) -> u64 {
        self.appended.saturating_sub(self.sent)
    }
}

/// What the session is to do about an event of the synthesiser.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// Append this to the reply's audio. `first`: since asking, for the reply's first audio.
    Audio { pcm: Vec<i16>, first: Option<Span> },
    /// From this byte of the reply's text on, the audio begins at this sample.
    Word { offset: u32, at: u64 },
    /// A clause is complete: the reply's text up to here is in the audio before this sample.
    ClauseDone { offset: u32, at: u64, last: bool },
    /// A clause broke off and is said again: what is there beyond this sample is to be dropped.
    Again { keep: u64 },
    /// The rest of the reply cannot be spoken.
    Failed,
}
