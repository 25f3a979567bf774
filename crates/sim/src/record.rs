//! What is kept of a call while it is played?

use tom_base::MediaTime;
use tom_turn::journal::Journal;
use tom_turn::{Input, Output, Timeline, TurnConfig};

/// The timeline and the journal of a call under way.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) timeline: Timeline,
    pub(crate) journal: Journal,
}

impl Record {
    pub(crate) fn new(config: &TurnConfig) -> Self {
        Self { timeline: Timeline::new(), journal: Journal::new(config, &[]) }
    }

    pub(crate) fn input(&mut self, now: MediaTime, input: &Input) {
        self.journal.input(now, input);
        self.timeline.input(now, input);
    }

    pub(crate) fn output(&mut self, now: MediaTime, output: &Output) {
        self.timeline.output(now, output);
    }
}
