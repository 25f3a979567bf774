//! What is left of a call when it is over?

use std::sync::Arc;

use tom_base::{CallId, Span};
use tom_turn::EndReason;

use crate::brain::Action;

/// What is left of a call when it is over.
#[derive(Clone, Debug)]
pub struct CallReport {
    /// Its name.
    pub id: CallId,
    /// Why it ended.
    pub reason: EndReason,
    /// How long it lasted, in media time.
    pub duration: Span,
    /// Exchanges begun, the opening included.
    pub turns: u32,
    /// Times the caller interrupted for good.
    pub interruptions: u32,
    /// Times the reply was paused for nothing.
    pub false_interruptions: u32,
    /// Onsets that were only the agent's own voice.
    pub echoes: u32,
    /// Failures of an engine: those the caller met, and those a retry or another voice made good.
    pub failures: u32,
    /// What the brain asked to be done, in order.
    pub actions: Vec<Action>,
    /// The journal: every input of the turn core with its time, numbers masked.
    pub journal: Arc<str>,
    /// The call as text.
    pub timeline: Arc<str>,
    /// Replies begun before the caller's turn was sure to be over.
    pub drafts: u32,
    /// Those of them that were wanted.
    pub drafts_used: u32,
    /// How the judge of ends of turns fared.
    pub end_of_turn: EndOfTurnCounters,
    /// Counters of the media path.
    pub media: MediaCounters,
}

/// How often the judge of ends of turns was asked, and what came of it. Where it gave no opinion in time the words
/// and the pause decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndOfTurnCounters {
    /// Questions put.
    pub asked: u32,
    /// Opinions in time.
    pub answered: u32,
    /// Opinions after the decision.
    pub late: u32,
    /// No opinion: too busy, or broken.
    pub failed: u32,
}

/// What the media path of a call had to put up with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaCounters {
    /// 20 ms frames of caller audio processed, concealed ones included.
    pub frames_in: u64,
    /// Frames of silence that stood in for late audio.
    pub concealed: u64,
    /// Samples dropped because the call task was late, or a burst ran ahead of real time.
    pub dropped_in: u64,
    /// 20 ms agent frames sent.
    pub frames_out: u64,
    /// Agent frames dropped because the transport did not take them.
    pub dropped_out: u64,
    /// Times a reply's audio ran dry while it played.
    pub underruns: u64,
}

/// What the report counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) turns: u32,
    pub(crate) interruptions: u32,
    pub(crate) false_interruptions: u32,
    pub(crate) failures: u32,
    pub(crate) drafts: u32,
    pub(crate) drafts_used: u32,
    pub(crate) actions: Vec<Action>,
}
