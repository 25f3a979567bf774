//! How are callers understood while they speak, and soon after?
//!
//! While somebody speaks, what was said so far is looked at again and again. Two looks that agree settle words; and the last
//! look is the guess from which the end is understood: only what it did not foresee is found token by token. Looks are
//! given up as soon as anybody's utterance is over, and take a quarter of the time at most.

use std::collections::HashMap;

use serde::Deserialize;
use tom_worker::Fault;
use tom_worker::child::{Handler, Reply, Trouble};

use super::Whisper;
use super::looks::{Utterance, joined, understand};
use super::understand::{Manner, Stretch};
use crate::clock;

/// Samples a second.
pub(super) const RATE: usize = 16_000;
/// Samples after which an utterance is first looked at, and again.
const LOOK: usize = RATE * 6 / 10;
/// Longest stretch that is looked at as one: what the window holds, less some silence.
const LONGEST: usize = RATE * 28;
/// Longest prompt in characters.
const LONGEST_PROMPT: usize = 4_000;

/// What a stream is opened with, as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// `de`; none: it is to be heard.
    language: Option<String>,
    /// Words to expect.
    #[serde(default)]
    prompt: String,
    /// Whether to tell when each word begins.
    #[serde(default)]
    words: bool,
    /// On how many threads, at most all; none: on all.
    threads: Option<usize>,
}

/// A caller.
#[derive(Default)]
pub(super) struct Call {
    pub(super) manner: Manner,
    pub(super) words: bool,
    pub(super) utterance: Option<Utterance>,
    /// What was understood last, also of the utterance before: a caller who goes on says it again.
    pub(super) draft: Vec<u32>,
}

/// A model that listens to all calls.
pub struct Ear {
    pub(super) whisper: Whisper,
    pub(super) window_s: usize,
    pub(super) calls: HashMap<u32, Call>,
    /// Nobody is looked at before this time.
    pub(super) rest: u64,
    pub(super) pace: Option<f32>,
    pub(super) looks: u32,
}

impl Ear {
    /// A model without calls yet, whose windows have at least so many seconds.
    #[must_use]
    pub fn new(whisper: Whisper, window_s: usize) -> Self {
        Self { whisper, window_s, calls: HashMap::new(), rest: 0, pace: None, looks: 0 }
    }

    /// Hears so many made-up words a second whatever is said: for measurements with made-up weights.
    #[must_use]
    pub fn pacing(mut self, tokens_a_second: f32) -> Self {
        self.pace = Some(tokens_a_second);
        self
    }

    /// How often somebody was looked at while speaking.
    #[must_use]
    pub fn looks(&self) -> u32 {
        self.looks
    }
}

impl Handler for Ear {
    fn open(&mut self, stream: u32, options: &str) -> Result<(), Fault> {
        let options: Options = serde_json::from_str(options)
            .map_err(|e| Fault::bad_request(format!("whisper does not know these options: {e}")))?;
        let config = &self.whisper.config;
        let language = match options.language.as_deref() {
            Some(tag) if config.languages.is_empty() => {
                let english = tag.split('-').next() == Some("en");
                let what = || Fault::bad_request(format!("this Whisper understands English only, not {tag}"));
                english.then_some(None).ok_or_else(what)?
            }
            Some(tag) => {
                let what = || Fault::bad_request(format!("this Whisper does not understand {tag}"));
                Some(config.language(tag).ok_or_else(what)?)
            }
            None => None,
        };
        if options.prompt.len() > LONGEST_PROMPT {
            return Err(Fault::bad_request(format!("the prompt is longer than {LONGEST_PROMPT} bytes")));
        }
        let prompt = options.prompt.trim();
        let before =
            if prompt.is_empty() { Vec::new() } else { self.whisper.tokens.encode(&format!(" {prompt}")) };
        let manner = Manner { language, before, threads: options.threads };
        self.calls.insert(stream, Call { manner, words: options.words, ..Call::default() });
        Ok(())
    }

    fn begin(&mut self, stream: u32, _: &str, _: &str, _: &mut Reply<'_>) -> Result<(), Trouble> {
        let call = self.calls.get_mut(&stream).ok_or_else(unopened)?;
        call.utterance = Some(Utterance::default());
        Ok(())
    }

    fn audio(&mut self, stream: u32, pcm: &[i16], reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let call = self.calls.get_mut(&stream).ok_or_else(unopened)?;
        let Some(utterance) = &mut call.utterance else { return Ok(()) };
        utterance.wave.extend_from_slice(pcm);
        utterance.loudness.hear(pcm);
        if utterance.wave.len() >= LONGEST {
            return self.cut(stream);
        }
        let due = utterance.wave.len() >= utterance.seen + LOOK && clock::now() >= self.rest;
        if due && !utterance.loudness.falls_silent() && reply.idle()? {
            self.look(stream, reply)?;
        }
        Ok(())
    }

    fn finish(&mut self, stream: u32, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let call = self.calls.get_mut(&stream).ok_or_else(unopened)?;
        let Some(mut utterance) = call.utterance.take() else {
            return Err(Fault::bad_request("nothing was said").into());
        };
        let call = &self.calls[&stream];
        let forced = self.forced(utterance.wave.len());
        let stretch = Stretch {
            wave: &utterance.wave,
            window_s: self.window_s,
            timed: false,
            draft: &call.draft,
            forced: forced.as_deref(),
        };
        let manner = self.manner(call, &utterance);
        let understood = understand(&mut self.whisper, stretch, &manner, || reply.wanted())?;
        let Some(understood) = understood else {
            // It was taken back: what is said of it goes nowhere.
            return Ok(reply.heard("", 0.0)?);
        };
        if self.calls[&stream].words
            && let Some(states) = &understood.states
        {
            utterance.time(&self.whisper, states, &understood.prompt, &understood.found.tokens)?;
        }
        let said = self.whisper.tokens.text(&understood.found.tokens);
        let text = joined(&utterance.done, said.trim());
        let confidence = if text.is_empty() { 0.0 } else { understood.found.confidence() };
        if let Some(call) = self.calls.get_mut(&stream) {
            call.draft.clone_from(&understood.found.tokens);
        }
        for (offset, at) in utterance.words.into_iter().filter(|(offset, _)| *offset < text.len()) {
            reply.word(u32::try_from(offset).unwrap_or(u32::MAX), at)?;
        }
        Ok(reply.heard(&text, confidence)?)
    }

    fn cancel(&mut self, stream: u32) {
        if let Some(call) = self.calls.get_mut(&stream) {
            call.utterance = None;
        }
    }

    fn close(&mut self, stream: u32) {
        self.calls.remove(&stream);
    }
}

fn unopened() -> Fault {
    Fault::bad_request("this stream was not opened")
}
