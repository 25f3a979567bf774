//! Whisper: text from speech, by the exports that are widely published in ONNX.
//!
//! A model is a folder: encoder, decoder (in one file or two), and the JSON files that describe them. It is loaded once and
//! serves all calls, one after the other.

mod align;
mod config;
mod decode;
mod decoder;
mod ear;
mod encoder;
mod exact;
mod export;
mod files;
mod looks;
mod mel;
mod rules;
mod settle;
mod tokens;
mod understand;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use rten::ThreadPool;
use tom_worker::{Fault, FaultKind, Hello};

pub use align::Word;
pub use config::{Config, ConfigError};
pub use decode::{Found, Task, decode};
pub use decoder::{Decoder, Memory, Scores};
pub use ear::Ear;
pub use encoder::Encoder;
pub use mel::{HOP, Mel};
pub use rules::{Choice, Rules, share};
pub use tokens::{Tokens, TokensError};
pub use understand::{Manner, Stretch, Understood};

use crate::clock;
use crate::graph::ModelError;
use encoder::WHOLE;
use export::{Export, Half};
use files::Files;

/// Samples a second.
const RATE: usize = 16_000;

/// A model, loaded and tried.
pub struct Whisper {
    /// What its files say of it.
    pub config: Config,
    /// Its tokens.
    pub tokens: Tokens,
    /// Spectrum to states.
    pub encoder: Encoder,
    /// States to tokens.
    pub decoder: Decoder,
    /// Speech to spectrum.
    pub mel: Mel,
    /// Whether its weights are whole numbers.
    pub quantised: bool,
    threads: usize,
    /// Threads of callers who are to have fewer, and how many these are.
    fewer: Option<(usize, Arc<ThreadPool>)>,
    /// All threads.
    pool: Arc<ThreadPool>,
}

impl Whisper {
    /// Loads the model of a folder, to be computed on so many threads, and tries it on a little of nothing.
    ///
    /// # Errors
    /// When a file is not there, or is not what it should be; the text says which and what to do.
    pub fn load(folder: &Path, threads: usize) -> Result<Self, Fault> {
        // Files that nobody made with good intent may trip over anything.
        let loaded = catch_unwind(AssertUnwindSafe(|| load(folder, threads)));
        let broken =
            || format!("{} holds no Whisper that can be computed; {}", folder.display(), remedy(folder));
        loaded.unwrap_or_else(|_| Err(broken())).map_err(|what| Fault::new(FaultKind::Missing, what))
    }

    /// Computes on so many threads from now on, at least one and at most those it was loaded for; `None`: on all.
    pub(super) fn compute_on(&mut self, threads: Option<usize>) {
        let pool = match threads.map(|threads| threads.max(1)).filter(|threads| *threads < self.threads) {
            None => &self.pool,
            Some(threads) => {
                if self.fewer.as_ref().is_none_or(|(count, _)| *count != threads) {
                    self.fewer = Some((threads, Arc::new(ThreadPool::with_num_threads(threads))));
                }
                self.fewer.as_ref().map_or(&self.pool, |(_, pool)| pool)
            }
        };
        (self.encoder.pool, self.decoder.pool) = (Arc::clone(pool), Arc::clone(pool));
    }

    /// The window for so many samples: frames of 10 ms, at least so many seconds.
    #[must_use]
    pub fn window(&self, samples: usize, least_s: usize) -> usize {
        if !self.encoder.is_free() {
            return WHOLE;
        }
        // Half a second of silence behind the last word, and steps that keep windows few.
        let seconds = (samples + 8_000).div_ceil(16_000);
        (seconds.max(least_s).div_ceil(5) * 5 * 100).min(WHOLE)
    }
}

/// Loads the model of a folder, understands a little of nothing with it, and says who it is. The shortest window has so many
/// seconds.
///
/// # Errors
/// As [`Whisper::load`].
pub fn load_ear(folder: &Path, threads: usize, window_s: usize) -> Result<(Hello, Ear), Fault> {
    let mut whisper = Whisper::load(folder, threads)?;
    // As loud as speech, so that it is computed and all memory is there.
    let hum: Vec<i16> = (0..RATE).map(|n| (n % 100) as i16 * 20).collect();
    let stretch = Stretch { wave: &hum, window_s, ..Stretch::default() };
    let before = clock::used();
    let manner =
        Manner { language: whisper.config.languages.first().map(|(_, id)| *id), ..Manner::default() };
    whisper.understand::<String>(stretch, &manner, || Ok(true)).map_err(|what| {
        Fault::new(FaultKind::Missing, format!("{} cannot be computed: {what}", folder.display()))
    })?;
    let details = serde_json::json!({
        "languages": whisper.config.languages.len().max(1),
        "whole_numbers": whisper.quantised,
        "window": if whisper.encoder.is_free() { "as long as needed" } else { "always 30 s: the export is fixed to it" },
        "word_times": if whisper.decoder.tells_looks() { "model" } else { "none: the export has no attentions" },
        "threads": threads,
        "warm_ms": (clock::used() - before) as f64 / 1e6,
    });
    let name =
        folder.file_name().map_or_else(|| "whisper".into(), |name| name.to_string_lossy().into_owned());
    let hello = Hello { engine: "whisper".into(), version: name, details: details.to_string() };
    Ok((hello, Ear::new(whisper, window_s)))
}

/// What brings a folder's files.
fn remedy(folder: &Path) -> String {
    let name = folder.file_name().map_or_else(|| "NAME".into(), std::ffi::OsStr::to_string_lossy);
    format!("`tom models pull {name}` brings it if it is one of `tom models list`")
}

fn load(folder: &Path, threads: usize) -> Result<Whisper, String> {
    let files = Files::find(folder).map_err(|what| format!("{what}; {}", remedy(folder)))?;
    let wrong = |path: &Path, e: ModelError| {
        format!("{} is no Whisper of ONNX: {e}; fetch it again: {}", path.display(), remedy(folder))
    };
    let preprocessor = files.preprocessor.as_deref();
    let config = Config::read(&files.model, &files.generation, preprocessor).map_err(|e| {
        format!("the Whisper in {} is not described: {e}; {}", folder.display(), remedy(folder))
    })?;
    let tokens = Tokens::read(&files.tokens).map_err(|e| {
        format!("{} has no tokens: {e}; {}", folder.join("tokenizer.json").display(), remedy(folder))
    })?;
    let pool = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
    let export = |path: &Path| Export::read(path).map_err(|e| wrong(path, e));
    let of_encoder = |e: ModelError| wrong(&files.encoder, e);
    let free = Encoder::load(export(&files.encoder)?, &config, Arc::clone(&pool), true);
    let encoder = match free {
        Ok(encoder) if encoder.try_out().is_ok() => encoder,
        _ => Encoder::load(export(&files.encoder)?, &config, Arc::clone(&pool), false).map_err(of_encoder)?,
    };
    let states = encoder.try_out().map_err(|what| of_encoder(ModelError::Another(what)))?;
    let of_decoder = |e: ModelError| wrong(&files.decoder, e);
    let read = |path: &Path, half: Half| {
        let export = export(path)?;
        if export.is_merged() { export.half(half).map_err(of_decoder) } else { Ok(export) }
    };
    let first = read(&files.decoder, Half::First)?;
    let next = match &files.next {
        Some(path) => export(path)?,
        None => read(&files.decoder, Half::Next)?,
    };
    let decoder = Decoder::load(first, next, &config, Arc::clone(&pool)).map_err(of_decoder)?;
    let tried = decoder.begin(&states, &[config.start, config.untimed]).and_then(|(_, mut memory)| {
        let scores = decoder.step(&states, &mut memory, config.end)?;
        let finite = scores.row(0).iter().all(|score| score.is_finite());
        finite.then_some(()).ok_or_else(|| "what it scores is no number".to_owned())
    });
    tried.map_err(|what| of_decoder(ModelError::Another(what)))?;
    let mel = Mel::new(config.bands);
    let (threads, quantised) = (threads.max(1), files.quantised);
    Ok(Whisper { config, tokens, encoder, decoder, mel, quantised, threads, fewer: None, pool })
}
