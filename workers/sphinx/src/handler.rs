//! How do TOM's requests reach the recogniser?

use std::collections::HashMap;

use tom_worker::Fault;
use tom_worker::child::{Handler, Reply, Trouble};

use crate::recogniser::{Call, Recogniser};

/// The recogniser and the calls of this worker.
pub struct Listener {
    recogniser: Recogniser,
    calls: HashMap<u32, Call>,
}

impl Listener {
    /// A worker's ear, without calls yet.
    #[must_use]
    pub fn new(recogniser: Recogniser) -> Self {
        Self { recogniser, calls: HashMap::new() }
    }
}

impl Handler for Listener {
    fn open(&mut self, stream: u32, _options: &str) -> Result<(), Fault> {
        self.calls.insert(stream, Call::default());
        Ok(())
    }

    fn begin(&mut self, stream: u32, _: &str, context: &str, _: &mut Reply<'_>) -> Result<(), Trouble> {
        let call = self.calls.entry(stream).or_default();
        let grammar = Some(context).filter(|grammar| !grammar.is_empty());
        Ok(self.recogniser.begin(call, grammar)?)
    }

    fn audio(&mut self, stream: u32, pcm: &[i16], reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let call = self.calls.entry(stream).or_default();
        if let Some(text) = self.recogniser.audio(call, pcm)? {
            reply.partial(&text)?;
        }
        Ok(())
    }

    fn finish(&mut self, stream: u32, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let call = self.calls.entry(stream).or_default();
        let heard = self.recogniser.finish(call)?;
        Ok(reply.heard(&heard.text, heard.confidence)?)
    }

    fn cancel(&mut self, stream: u32) {
        if let Some(call) = self.calls.get_mut(&stream) {
            self.recogniser.cancel(call);
        }
    }

    fn close(&mut self, stream: u32) {
        if let Some(mut call) = self.calls.remove(&stream) {
            self.recogniser.cancel(&mut call);
        }
    }
}
