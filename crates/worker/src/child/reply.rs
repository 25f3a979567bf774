//! How does a worker tell the results of a request?

use super::link::{Link, LinkError};
use crate::{Event, Job};

/// Samples in the longest piece of speech that goes into one event: a second.
const PIECE: usize = 16_000;

/// Where the results of one request go. They carry the request's job by themselves.
#[derive(Debug)]
pub struct Reply<'a> {
    link: &'a mut Link,
    stream: u32,
    job: Job,
    /// [`heard`](Self::heard) was called.
    pub(super) heard: bool,
}

impl<'a> Reply<'a> {
    pub(super) const fn new(link: &'a mut Link, stream: u32, job: Job) -> Self {
        Self { link, stream, job, heard: false }
    }
}

impl Reply<'_> {
    /// What the request is about.
    #[must_use]
    pub const fn job(&self) -> Job {
        self.job
    }

    /// What the utterance sounds like so far.
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn partial(&mut self, text: &str) -> Result<(), LinkError> {
        let (job, text) = (self.job, text.to_owned());
        self.link.send(self.stream, &Event::Partial { job, text })
    }

    /// What the utterance probably is so far, words included that may still change: nobody is shown it. Engines that settle
    /// words tell it before each [`partial`](Self::partial).
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn guess(&mut self, text: &str) -> Result<(), LinkError> {
        let (job, text) = (self.job, text.to_owned());
        self.link.hold(self.stream, &Event::Guess { job, text })
    }

    /// What was said, and how sure that is, 0 to 1. To be called once, from [`Handler::finish`](super::Handler::finish).
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn heard(&mut self, text: &str, confidence: f32) -> Result<(), LinkError> {
        self.heard = true;
        let event = Event::Final {
            job: self.job,
            text: text.to_owned(),
            confidence: if confidence.is_nan() { 0.0 } else { confidence.clamp(0.0, 1.0) },
        };
        self.link.send(self.stream, &event)
    }

    /// Speech, 16 kHz mono, any length.
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn pcm(&mut self, samples: &[i16]) -> Result<(), LinkError> {
        for piece in samples.chunks(PIECE) {
            let event = Event::Pcm { job: self.job, samples: piece.to_vec() };
            self.link.send(self.stream, &event)?;
        }
        Ok(())
    }

    /// A word begins: its byte offset in the clause's text, and the sample of the clause it begins at. To be told
    /// before the speech it belongs to, or the result, and sent with that.
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn word(&mut self, offset: u32, at: u64) -> Result<(), LinkError> {
        let job = self.job;
        self.link.hold(self.stream, &Event::Word { job, offset, at })
    }

    /// How the clause is pronounced: byte offsets in its text, each with the sounds that begin there. To be called once.
    ///
    /// # Errors
    /// When TOM cannot be reached, or these are more than fit a frame.
    pub fn phonemes(&mut self, words: Vec<(u32, String)>) -> Result<(), LinkError> {
        self.link.send(self.stream, &Event::Phonemes { job: self.job, words })
    }

    /// Whether the request is wanted still: false once TOM has taken it back. For engines that take long over
    /// a clause, to be asked between its parts.
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn wanted(&mut self) -> Result<bool, LinkError> {
        self.link.look()?;
        Ok(!self.link.takes_back(self.stream))
    }

    /// Whether there is time for work that nobody waits for yet: false once any stream has asked for a result, or this one has
    /// taken its request back. For engines that work ahead, to be asked before and in between.
    ///
    /// # Errors
    /// When TOM cannot be reached.
    pub fn idle(&mut self) -> Result<bool, LinkError> {
        Ok(self.wanted()? && !self.link.is_urgent())
    }
}
