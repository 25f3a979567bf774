//! The call as text: its journal, and the timeline that people read.

use std::sync::Arc;

use tom_base::{CallId, MediaTime};
use tom_turn::journal::Journal;
use tom_turn::{Input, Output, Timeline, TurnConfig};

/// Writes down what went into the turn core, and what that was to look at. Both hide numbers as they write.
#[derive(Debug)]
pub(crate) struct Recorder {
    journal: Journal,
    timeline: Timeline,
}

impl Recorder {
    pub(crate) fn new(id: &CallId, variant: &str, config: &TurnConfig) -> Self {
        let facts = [("call", id.as_str()), ("variant", variant)];
        Self { journal: Journal::new(config, &facts), timeline: Timeline::new() }
    }

    pub(crate) fn input(&mut self, now: MediaTime, input: &Input) {
        self.journal.input(now, input);
        self.timeline.input(now, input);
    }

    pub(crate) fn output(&mut self, now: MediaTime, output: &Output) {
        self.timeline.output(now, output);
    }

    /// Journal and timeline so far.
    pub(crate) fn texts(&self) -> (Arc<str>, Arc<str>) {
        (self.journal.text().into(), self.timeline.text().into())
    }
}
