//! What is kept of a call while it is played?

use tom_base::MediaTime;
use tom_turn::check::Checker;
use tom_turn::journal::Journal;
use tom_turn::{Input, Output, Timeline, TurnConfig};

/// The timeline, the journal and the broken promises of a call under way.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) timeline: Timeline,
    pub(crate) journal: Journal,
    pub(crate) checker: Checker,
}

impl Record {
    pub(crate) fn new(config: &TurnConfig) -> Self {
        Self {
            timeline: Timeline::new(),
            journal: Journal::new(config, &[]),
            checker: Checker::new(config.clone()),
        }
    }

    pub(crate) fn input(&mut self, now: MediaTime, input: &Input) {
        self.checker.input(now, input);
        self.journal.input(now, input);
        self.timeline.input(now, input);
    }

    pub(crate) fn output(&mut self, now: MediaTime, output: &Output) {
        self.checker.output(now, output);
        self.timeline.output(now, output);
    }
}
