//! How do TOM's questions reach the network?
//!
//! A question is an utterance: its context is the time by which the answer has to be there, in nanoseconds of the
//! machine's monotonic clock; then comes the end of the turn's audio, 8 s at most, all at once. The answer's
//! confidence is the probability, and its text says how many milliseconds of computing it took. Nothing is kept
//! from one question to the next, so a worker that was started again answers like any other.

use std::collections::HashMap;

use tom_worker::child::{Handler, Reply, Trouble};
use tom_worker::{Fault, FaultKind};

use crate::clock;
use crate::features::{Features, WINDOW};
use crate::network::Network;

/// What computes the network: ours, or another library in its place.
pub trait Runtime {
    /// How likely it is, 0 to 1, that the speaker has finished, by a spectrum of [`Features`].
    ///
    /// # Errors
    /// When it cannot be computed.
    fn judge(&mut self, spectrum: &[f32]) -> Result<f32, String>;

    /// What computes, for the greeting.
    fn name(&self) -> String;
}

impl Runtime for Network {
    fn judge(&mut self, spectrum: &[f32]) -> Result<f32, String> {
        Self::judge(self, spectrum).map_err(|e| e.to_string())
    }

    fn name(&self) -> String {
        self.kernel()
    }
}

/// A question that is being asked.
struct Question {
    until: u64,
    wave: Vec<i16>,
}

/// Answers questions one after the other.
pub struct Judge<R> {
    runtime: R,
    features: Features,
    questions: HashMap<u32, Question>,
    /// The computing time that was told so far.
    told: u64,
}

impl<R: Runtime> Judge<R> {
    /// A judge without questions yet.
    #[must_use]
    pub fn new(runtime: R) -> Self {
        Self { runtime, features: Features::default(), questions: HashMap::new(), told: clock::used() }
    }

    /// The probability for the end of a wave (16 kHz).
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn judge(&mut self, wave: &[i16]) -> Result<f32, Fault> {
        let spectrum = self.features.spectrum(wave);
        self.runtime.judge(spectrum).map_err(|what| {
            Fault::new(FaultKind::Unavailable, format!("smart-turn cannot be computed: {what}"))
        })
    }

    /// Judges silence, so that all memory is there, then a second time, and says how many milliseconds of
    /// computing that took: what it takes on a machine that has time.
    ///
    /// # Errors
    /// When the runtime fails.
    pub fn warm_up(&mut self) -> Result<f64, Fault> {
        self.judge(&[])?;
        let wave: Vec<i16> = (0..WINDOW).map(|n| (n % 251) as i16).collect();
        let before = clock::used();
        self.judge(&wave)?;
        self.told = clock::used();
        Ok((self.told - before) as f64 / 1e6)
    }

    /// What computes.
    pub fn runtime(&self) -> String {
        self.runtime.name()
    }
}

impl<R: Runtime> Handler for Judge<R> {
    fn begin(&mut self, stream: u32, _: &str, until: &str, _: &mut Reply<'_>) -> Result<(), Trouble> {
        let until = until.parse().map_err(|_| {
            Fault::bad_request("a question to smart-turn begins with the time by which it has to be answered")
        })?;
        self.questions.insert(stream, Question { until, wave: Vec::new() });
        Ok(())
    }

    fn audio(&mut self, stream: u32, pcm: &[i16], _: &mut Reply<'_>) -> Result<(), Trouble> {
        if let Some(question) = self.questions.get_mut(&stream) {
            let excess = (question.wave.len() + pcm.len()).saturating_sub(WINDOW).min(question.wave.len());
            question.wave.drain(..excess);
            question.wave.extend_from_slice(pcm);
        }
        Ok(())
    }

    fn finish(&mut self, stream: u32, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let Some(question) = self.questions.remove(&stream) else {
            return Err(Fault::bad_request("nothing was asked").into());
        };
        // Whoever asked goes by something else by now; others wait for an answer in time.
        if clock::now() >= question.until {
            return Err(Fault::new(FaultKind::Timeout, "smart-turn came too late to the question").into());
        }
        let p = self.judge(&question.wave)?;
        let used = clock::used();
        let cost = (used - self.told) as f64 / 1e6;
        self.told = used;
        Ok(reply.heard(&format!("{cost:.2}"), p)?)
    }

    fn cancel(&mut self, stream: u32) {
        self.questions.remove(&stream);
    }

    fn close(&mut self, stream: u32) {
        self.questions.remove(&stream);
    }
}
