//! What went into the turn core and what came out of it, in one call?

use tom_base::MediaTime;
use tom_turn::{Input, Output};

/// One exchange with the turn core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    In(Input),
    Out(Output),
}

/// Everything that went in and out, with its time.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) entries: Vec<(MediaTime, Entry)>,
}

impl Record {
    pub(crate) fn input(&mut self, now: MediaTime, input: &Input) {
        self.entries.push((now, Entry::In(input.clone())));
    }

    pub(crate) fn output(&mut self, now: MediaTime, output: &Output) {
        self.entries.push((now, Entry::Out(output.clone())));
    }
}
