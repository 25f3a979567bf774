//! What does a stretch of speech say, as far as it goes?

use rten::Value;

use super::Whisper;
use super::decode::{Found, Task, decode};
use super::rules::share;

/// Below this share of the loudest number nothing is speech: -60 dB.
const QUIET: f32 = 32.0;
/// Nobody spoke if that is as likely as this ...
const SILENT: f32 = 0.6;
/// ... and what was found instead as unlikely as that (mean logarithm): as the published models were measured.
const UNLIKELY: f32 = -1.0;

/// How a caller is to be understood.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// The language's token; none: it is to be heard, or the model knows one only.
    pub language: Option<u32>,
    /// What was said before, or words to expect, in tokens.
    pub before: Vec<u32>,
    /// Threads to compute on, at most those it was loaded for; none: all.
    pub threads: Option<usize>,
}

/// What was understood.
#[derive(Clone, Debug, Default)]
pub struct Understood {
    /// Its tokens and how likely they are.
    pub found: Found,
    /// The language that was told or heard.
    pub language: Option<u32>,
    /// The tokens before the text.
    pub prompt: Vec<u32>,
    /// The states that were looked at; none: it was silent.
    pub states: Option<Value>,
}

/// What is looked at, and how far it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stretch<'s> {
    /// 16 kHz.
    pub wave: &'s [i16],
    /// Seconds of the shortest window.
    pub window_s: usize,
    /// Whether the text is to have times.
    pub timed: bool,
    /// What is guessed to be said.
    pub draft: &'s [u32],
    /// Takes these tokens whatever is likely, for measurements.
    pub forced: Option<&'s [u32]>,
}

impl Whisper {
    /// Understands a stretch of speech. `wanted` is asked between tokens; `None`: nobody wants it any more.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn understand<E: From<String>>(
        &mut self,
        stretch: Stretch<'_>,
        manner: &Manner,
        wanted: impl FnMut() -> Result<bool, E>,
    ) -> Result<Option<Understood>, E> {
        let wave = stretch.wave;
        if is_quiet(wave) {
            let silent = Found { silence: 1.0, ..Found::default() };
            return Ok(Some(Understood {
                found: silent,
                language: manner.language,
                ..Understood::default()
            }));
        }
        self.compute_on(manner.threads);
        let frames = self.window(wave.len(), stretch.window_s);
        let spectrum = self.mel.spectrum(wave, frames);
        let states = self.encoder.encode(&spectrum, frames)?;
        let language = match manner.language {
            None if !self.config.languages.is_empty() => Some(self.hear_language(&states)?.0),
            told => told,
        };
        let (prompt, start) = self.prompt(manner, language, stretch.timed);
        let task = Task {
            prompt: &prompt,
            start,
            timed: stretch.timed,
            seconds: wave.len() as f32 / 16_000.0,
            draft: stretch.draft,
            forced: stretch.forced,
        };
        let found = decode(&self.decoder, &self.config, &states, &task, wanted)?;
        Ok(found.map(|mut found| {
            if found.silence > SILENT && found.log < UNLIKELY && stretch.forced.is_none() {
                found.tokens.clear();
            }
            Understood { found, language, prompt, states: Some(states) }
        }))
    }

    /// The likeliest language of some states, and how likely it is among all.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn hear_language(&self, states: &Value) -> Result<(u32, f32), String> {
        let (scores, _) = self.decoder.begin(states, &[self.config.start])?;
        let row = scores.row(0);
        let languages = self.config.languages.iter().map(|(_, id)| *id);
        let score = |id: u32| row.get(id as usize).copied().unwrap_or(f32::NEG_INFINITY);
        let best = languages.clone().max_by(|a, b| score(*a).total_cmp(&score(*b)));
        let best = best.ok_or("the model knows no languages")?;
        let all: Vec<f32> = languages.clone().map(score).collect();
        let place = languages.clone().position(|id| id == best).unwrap_or_default();
        Ok((best, share(&all, place as u32)))
    }

    /// The tokens before a text, and where the start is in them.
    fn prompt(&self, manner: &Manner, language: Option<u32>, timed: bool) -> (Vec<u32>, usize) {
        let config = &self.config;
        let mut prompt = Vec::new();
        if let Some(previous) = config.previous.filter(|_| !manner.before.is_empty()) {
            prompt.push(previous);
            // Half of the longest row, as the models were trained; the latest counts.
            let most = config.longest / 2 - 1;
            prompt.extend_from_slice(&manner.before[manner.before.len().saturating_sub(most)..]);
        }
        let start = prompt.len();
        prompt.push(config.start);
        prompt.extend(language);
        prompt.extend(config.transcribe.filter(|_| language.is_some()));
        if !timed {
            prompt.push(config.untimed);
        }
        (prompt, start)
    }
}

/// Whether there is nothing to understand: no 20 ms are louder than -60 dB.
fn is_quiet(wave: &[i16]) -> bool {
    wave.chunks(320).all(|frame| {
        let squares: f32 = frame.iter().map(|x| f32::from(*x) * f32::from(*x)).sum();
        squares / frame.len() as f32 <= QUIET * QUIET
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_quiet_and_speech_is_not() {
        assert!(is_quiet(&[]) && is_quiet(&[20; 16_000]));
        let mut wave = vec![0; 16_000];
        wave[8_000..8_400].fill(900);
        assert!(!is_quiet(&wave));
    }
}
