//! The call as text: its journal, and the timeline that people read.

use std::sync::Arc;

use tom_base::{CallId, Lang, MediaTime};
use tom_turn::{Input, Output, TurnConfig};

pub(crate) struct Recorder {
    journal: String,
}

impl Recorder {
    pub(crate) fn new(_id: &CallId, _lang: Lang, _variant: &str, _config: &TurnConfig) -> Self {
        Self { journal: String::new() }
    }

    pub(crate) fn input(&mut self, _at: MediaTime, _input: &Input) {}

    pub(crate) fn output(&mut self, _at: MediaTime, _output: &Output) {}

    pub(crate) fn texts(&self) -> (Arc<str>, Arc<str>) {
        (self.journal.as_str().into(), "".into())
    }
}
