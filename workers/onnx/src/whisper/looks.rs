//! What is made of an utterance while it goes on?

use std::ops::RangeInclusive;

use rten::Value;
use tom_worker::child::{LinkError, Reply, Trouble};
use tom_worker::{Fault, FaultKind};

use super::Whisper;
use super::ear::{Call, Ear, RATE};
use super::settle::Settling;
use super::understand::{Manner, Stretch, Understood};
use crate::clock;

/// How many times as long as a look took nobody is looked at.
const REST: u64 = 3;

/// Power of what counts as silence, of the loudest piece's: 26 dB below it.
const FAR_BELOW: f32 = 0.0025;
/// Samples of silence within which the result is likely to be asked for: 40 to 200 ms. A call asks after 64 ms and some.
const SILENT: RangeInclusive<usize> = RATE / 25..=RATE / 5;

/// What is being said.
#[derive(Default)]
pub(super) struct Utterance {
    /// What is not understood for good.
    pub(super) wave: Vec<i16>,
    /// What is, with its tokens and how many samples it took.
    pub(super) done: String,
    pub(super) before: Vec<u32>,
    pub(super) passed: usize,
    /// Where words begin, if that is wanted: bytes of the text, samples.
    pub(super) words: Vec<(usize, u64)>,
    /// Samples of the wave at the last look.
    pub(super) seen: usize,
    pub(super) loudness: Loudness,
    pub(super) settling: Settling,
}

/// How loud the caller was, and is.
#[derive(Debug, Default)]
pub(super) struct Loudness {
    /// Mean square of the loudest piece of audio.
    most: f32,
    /// Samples since a piece that was not far below it.
    quiet: usize,
}

impl Loudness {
    /// The next piece.
    pub(super) fn hear(&mut self, pcm: &[i16]) {
        let square = |sample: &i16| f32::from(*sample) * f32::from(*sample);
        let mean = pcm.iter().map(square).sum::<f32>() / pcm.len().max(1) as f32;
        self.most = self.most.max(mean);
        self.quiet = if mean > FAR_BELOW * self.most { 0 } else { self.quiet + pcm.len() };
    }

    /// Whether the caller has just fallen silent: the result is likely to be asked for within a moment, and whoever asks
    /// should not have to wait for a look.
    pub(super) fn falls_silent(&self) -> bool {
        SILENT.contains(&self.quiet)
    }
}

impl Utterance {
    /// Notes when the words of tokens begin that come after what is understood for good.
    pub(super) fn time(
        &mut self,
        whisper: &Whisper,
        states: &Value,
        prompt: &[u32],
        tokens: &[u32],
    ) -> Result<(), Trouble> {
        let words = whisper.words(states, prompt, tokens, self.wave.len());
        let before = if self.done.is_empty() { 0 } else { self.done.len() + 1 };
        for word in words.map_err(|what| Failure::from(what).0)? {
            self.words.push((before + word.offset, self.passed as u64 + word.at));
        }
        Ok(())
    }
}

impl Ear {
    /// The tokens that a wave is said to hold, for measurements.
    pub(super) fn forced(&self, samples: usize) -> Option<Vec<u32>> {
        let count = self.pace? * samples as f32 / RATE as f32;
        // " the", " a", " w" and " s" of a made-up model's tokens; anything of a real one's.
        Some([258, 262, 264, 268].into_iter().cycle().take(count as usize).collect())
    }

    /// Looks at what was said so far, while nobody waits.
    pub(super) fn look(&mut self, stream: u32, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let Some(call) = self.calls.get(&stream) else { return Ok(()) };
        let Some(utterance) = &call.utterance else { return Ok(()) };
        let began = clock::now();
        let forced = self.forced(utterance.wave.len());
        let stretch = Stretch {
            wave: &utterance.wave,
            window_s: self.window_s,
            timed: false,
            draft: &call.draft,
            forced: forced.as_deref(),
        };
        let manner = self.manner(call, utterance);
        let understood = understand(&mut self.whisper, stretch, &manner, || reply.idle())?;
        let now = clock::now();
        self.rest = now + REST * (now - began);
        self.looks += 1;
        let Some(call) = self.calls.get_mut(&stream) else { return Ok(()) };
        let (Some(utterance), Some(understood)) = (&mut call.utterance, understood) else { return Ok(()) };
        utterance.seen = utterance.wave.len();
        call.draft.clone_from(&understood.found.tokens);
        let guess = self.whisper.tokens.text(&understood.found.tokens);
        reply.guess(&joined(&utterance.done, guess.trim()))?;
        if let Some(settled) = utterance.settling.look(understood.found.tokens, &self.whisper.tokens) {
            reply.partial(&joined(&utterance.done, &settled))?;
        }
        Ok(())
    }

    /// Understands the first part of what is too long for one window for good, up to its last time.
    pub(super) fn cut(&mut self, stream: u32) -> Result<(), Trouble> {
        let Some(call) = self.calls.get(&stream) else { return Ok(()) };
        let Some(utterance) = &call.utterance else { return Ok(()) };
        let forced = self.forced(utterance.wave.len());
        let stretch = Stretch {
            wave: &utterance.wave,
            window_s: self.window_s,
            timed: forced.is_none(),
            draft: &[],
            forced: forced.as_deref(),
        };
        let manner = self.manner(call, utterance);
        let understood = understand(&mut self.whisper, stretch, &manner, || Ok(true))?;
        let (times, tokens) = (self.whisper.config.times(), &self.whisper.tokens);
        let Some(call) = self.calls.get_mut(&stream) else { return Ok(()) };
        let (Some(utterance), Some(understood)) = (&mut call.utterance, understood) else { return Ok(()) };
        let found = understood.found.tokens;
        let last = found.iter().rposition(|token| *token >= times).filter(|at| *at > 1);
        let seconds = last.map(|at| (found[at] - times) as usize).map(|steps| steps * RATE / 50);
        // Where no time says where a sentence ended, all of it counts.
        let whole = utterance.wave.len();
        let (count, samples) = match (last, seconds) {
            (Some(at), Some(samples)) if samples >= RATE => (at, samples.min(whole)),
            _ => (found.len(), whole),
        };
        let text: Vec<u32> = found[..count].iter().copied().filter(|token| *token < times).collect();
        if call.words
            && let Some(states) = &understood.states
        {
            // As if it had been found without times.
            let prompt: Vec<u32> = understood.prompt.iter().copied().chain([times - 1]).collect();
            utterance.time(&self.whisper, states, &prompt, &text)?;
        }
        utterance.done = joined(&utterance.done, tokens.text(&text).trim());
        utterance.before.extend(text);
        utterance.wave.drain(..samples);
        utterance.passed += samples;
        utterance.seen = 0;
        utterance.settling = Settling::default();
        call.draft.clear();
        Ok(())
    }

    /// How a caller is to be understood, after what is understood for good.
    pub(super) fn manner(&self, call: &Call, utterance: &Utterance) -> Manner {
        let before = if utterance.before.is_empty() { &call.manner.before } else { &utterance.before };
        Manner { language: call.manner.language, before: before.clone(), threads: call.manner.threads }
    }
}

/// Two texts with a blank between.
pub(super) fn joined(a: &str, b: &str) -> String {
    if a.is_empty() || b.is_empty() { format!("{a}{b}") } else { format!("{a} {b}") }
}

/// Why something is not understood.
struct Failure(Trouble);

impl From<String> for Failure {
    fn from(what: String) -> Self {
        let what = format!("Whisper cannot compute this: {what}");
        Self(Fault::new(FaultKind::Protocol, what).into())
    }
}

pub(super) fn understand(
    whisper: &mut Whisper,
    stretch: Stretch<'_>,
    manner: &Manner,
    mut wanted: impl FnMut() -> Result<bool, LinkError>,
) -> Result<Option<Understood>, Trouble> {
    let wanted = || wanted().map_err(|error| Failure(error.into()));
    whisper.understand(stretch, manner, wanted).map_err(|Failure(trouble)| trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_looked_at_who_has_just_fallen_silent() {
        let mut heard = Loudness::default();
        let (speech, silence) = ([3_000_i16; 320], [40_i16; 320]);
        (0..20).for_each(|_| heard.hear(&speech));
        assert!(!heard.falls_silent());
        let silent: Vec<bool> = (0..20)
            .map(|_| {
                heard.hear(&silence);
                heard.falls_silent()
            })
            .collect();
        assert_eq!(silent, (1..=20).map(|frame| (2..=10).contains(&frame)).collect::<Vec<_>>());
        heard.hear(&speech);
        assert!(!heard.falls_silent(), "the caller goes on");
    }
}
