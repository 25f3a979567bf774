//! How does a call look as text? (Until the turn core has a text form of its own.)

use std::fmt::Write as _;

use tom_turn::{Input, Output};

use crate::record::{Entry, Record};

pub(crate) fn timeline(record: &Record) -> String {
    let mut out = String::new();
    for (at, entry) in &record.entries {
        let _ = match entry {
            Entry::In(Input::Timeout | Input::PlayoutMark { .. } | Input::TextMark { .. })
            | Entry::Out(Output::Wait(_)) => Ok(()),
            Entry::In(input) => writeln!(out, "{at} < {input:?}"),
            Entry::Out(output) => writeln!(out, "{at}   > {output:?}"),
        };
    }
    out
}
