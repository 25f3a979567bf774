//! Layer: pure. What the tests of flows share.

pub(crate) mod jsgf;
pub(crate) mod spoil;

use std::sync::Arc;

use tom_base::{CallPlan, Lang};
use tom_flow::{Dialogue, Flow, FlowCause, FlowReply, Recognition};

/// A flow from its text, which must be right.
pub(crate) fn flow(text: &str) -> Arc<Flow> {
    match Flow::parse("test.toml", text) {
        Ok(flow) => Arc::new(flow),
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// A dialogue that has greeted.
pub(crate) fn opened(flow: &Arc<Flow>, lang: Lang, ears: Recognition) -> (Dialogue, FlowReply) {
    let mut dialogue = Dialogue::new(Arc::clone(flow), lang, CallPlan::default(), ears);
    let greeting = dialogue.reply(&FlowCause::Opening);
    (dialogue, greeting)
}

pub(crate) fn said(text: &str) -> FlowCause {
    said_with(text, 900)
}

pub(crate) fn said_with(text: &str, confidence: u16) -> FlowCause {
    FlowCause::Said { text: text.into(), confidence, spoken_ms: None }
}

pub(crate) fn keyed(keys: &str) -> FlowCause {
    FlowCause::Keyed(keys.into())
}

/// A small random number generator (xorshift, Marsaglia 2003), so that seeds are printed and repeatable.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}
