//! What do the JSON files beside a Whisper model say of it?

use std::collections::HashMap;

use serde::Deserialize;

/// Numbers of a network's shape that no Whisper comes near.
const MOST_SIZE: u64 = 8_192;
/// Layers, the same.
const MOST_LAYERS: u64 = 128;
/// Tokens, the same.
const MOST_TOKENS: u64 = 262_144;

/// Why the files describe no model that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is no JSON, or a field has another kind.
    #[error("{0}: {1}")]
    Json(&'static str, serde_json::Error),
    /// A field that is needed is not there, or null.
    #[error("{0}: {1} is missing or null")]
    Missing(&'static str, &'static str),
    /// A field makes no sense.
    #[error("{0}: {1}")]
    Wrong(&'static str, String),
}

/// A Whisper model, as far as it is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Bands of its spectrum: 80 or 128.
    pub bands: usize,
    /// Numbers of a state.
    pub states: usize,
    /// Positions of the encoder, half as many as frames: 1500.
    pub positions: usize,
    /// Longest row of tokens.
    pub longest: usize,
    /// How many tokens there are.
    pub tokens: usize,
    /// Layers of the decoder.
    pub layers: usize,
    /// Heads of each.
    pub heads: usize,
    /// Ends a text.
    pub end: u32,
    /// Begins the instructions.
    pub start: u32,
    /// Stands before what was said before.
    pub previous: Option<u32>,
    /// Asks for the text in the language that is spoken.
    pub transcribe: Option<u32>,
    /// Asks for a text without times.
    pub untimed: u32,
    /// Tags and their tokens; empty: the model knows English only and is not told.
    pub languages: Vec<(String, u32)>,
    /// Never said.
    pub suppressed: Vec<u32>,
    /// Never said first.
    pub not_first: Vec<u32>,
    /// Latest first time, in steps of 20 ms.
    pub first_time: u32,
    /// Layers and heads that look where the words are.
    pub aligned: Vec<(usize, usize)>,
}

#[derive(Deserialize)]
struct Model {
    num_mel_bins: Option<u64>,
    d_model: Option<u64>,
    max_source_positions: Option<u64>,
    max_target_positions: Option<u64>,
    vocab_size: Option<u64>,
    decoder_layers: Option<u64>,
    decoder_attention_heads: Option<u64>,
    decoder_start_token_id: Option<u64>,
    eos_token_id: Option<u64>,
    suppress_tokens: Option<Vec<Option<i64>>>,
    begin_suppress_tokens: Option<Vec<Option<i64>>>,
}

#[derive(Deserialize)]
struct Generation {
    is_multilingual: Option<bool>,
    lang_to_id: Option<HashMap<String, Option<u64>>>,
    task_to_id: Option<HashMap<String, Option<u64>>>,
    no_timestamps_token_id: Option<u64>,
    prev_sot_token_id: Option<u64>,
    suppress_tokens: Option<Vec<Option<i64>>>,
    begin_suppress_tokens: Option<Vec<Option<i64>>>,
    max_initial_timestamp_index: Option<u64>,
    alignment_heads: Option<Vec<Option<(u64, u64)>>>,
}

#[derive(Deserialize)]
struct Preprocessor {
    feature_size: Option<u64>,
    hop_length: Option<u64>,
    n_fft: Option<u64>,
    sampling_rate: Option<u64>,
}

const MODEL: &str = "config.json";
const GENERATION: &str = "generation_config.json";
const PREPROCESSOR: &str = "preprocessor_config.json";

impl Config {
    /// Reads the bytes of `config.json`, `generation_config.json` and, where there is one, `preprocessor_config.json`.
    ///
    /// # Errors
    /// When a field is missing, null, of another kind, or makes no sense.
    pub fn read(model: &[u8], generation: &[u8], preprocessor: Option<&[u8]>) -> Result<Self, ConfigError> {
        let m: Model = serde_json::from_slice(model).map_err(|e| ConfigError::Json(MODEL, e))?;
        let g: Generation =
            serde_json::from_slice(generation).map_err(|e| ConfigError::Json(GENERATION, e))?;
        let bands = size("num_mel_bins", m.num_mel_bins, 80..=128)?;
        check_preprocessor(preprocessor, bands)?;
        let tokens = size("vocab_size", m.vocab_size, 300..=MOST_TOKENS)?;
        let token = |file: &'static str, name: &'static str, id: Option<u64>| {
            id.map(|id| within(file, name, id, tokens)).transpose()
        };
        let needed = |file, name, id: Option<u64>| {
            token(file, name, id).and_then(|id| id.ok_or(ConfigError::Missing(file, name)))
        };
        let multilingual = g.is_multilingual.unwrap_or(g.lang_to_id.is_some());
        let mut languages = Vec::new();
        for (tag, id) in g.lang_to_id.filter(|_| multilingual).unwrap_or_default() {
            let id = needed(GENERATION, "a token of lang_to_id", id)?;
            languages.push((tag.trim_matches(['<', '|', '>']).to_lowercase(), id));
        }
        languages.sort_by_key(|(_, id)| *id);
        if multilingual && languages.is_empty() {
            return Err(ConfigError::Missing(GENERATION, "lang_to_id"));
        }
        let tasks = g.task_to_id.filter(|_| multilingual).unwrap_or_default();
        let transcribe = tasks.get("transcribe").copied().flatten();
        let transcribe = token(GENERATION, "task_to_id.transcribe", transcribe)?;
        if multilingual && transcribe.is_none() {
            return Err(ConfigError::Missing(GENERATION, "task_to_id.transcribe"));
        }
        let list = |lists: [Option<Vec<Option<i64>>>; 2]| {
            let listed = lists.into_iter().flatten().next().unwrap_or_default();
            let id = |id: Option<i64>| id.and_then(|id| u32::try_from(id).ok());
            listed.into_iter().filter_map(id).filter(|id| (*id as usize) < tokens).collect::<Vec<u32>>()
        };
        let layers = size("decoder_layers", m.decoder_layers, 1..=MOST_LAYERS)?;
        let heads = size("decoder_attention_heads", m.decoder_attention_heads, 1..=MOST_LAYERS)?;
        let mut aligned = Vec::new();
        for pair in g.alignment_heads.unwrap_or_default() {
            let pair = pair.map(|(layer, head)| (layer as usize, head as usize));
            let pair = pair.filter(|(layer, head)| *layer < layers && *head < heads);
            let wrong = || {
                ConfigError::Wrong(
                    GENERATION,
                    "alignment_heads names a layer or head that is not there".into(),
                )
            };
            aligned.push(pair.ok_or_else(wrong)?);
        }
        Ok(Self {
            bands,
            states: size("d_model", m.d_model, 1..=MOST_SIZE)?,
            positions: size("max_source_positions", m.max_source_positions, 100..=MOST_SIZE)?,
            longest: size("max_target_positions", m.max_target_positions, 16..=MOST_SIZE)?,
            tokens,
            layers,
            heads,
            end: needed(MODEL, "eos_token_id", m.eos_token_id)?,
            start: needed(MODEL, "decoder_start_token_id", m.decoder_start_token_id)?,
            previous: token(GENERATION, "prev_sot_token_id", g.prev_sot_token_id)?,
            transcribe,
            untimed: needed(GENERATION, "no_timestamps_token_id", g.no_timestamps_token_id)?,
            languages,
            suppressed: list([g.suppress_tokens, m.suppress_tokens]),
            not_first: list([g.begin_suppress_tokens, m.begin_suppress_tokens]),
            first_time: g.max_initial_timestamp_index.unwrap_or(50).min(MOST_SIZE) as u32,
            aligned,
        })
    }

    /// The token of the first time, 0 s. All behind it are times, 20 ms apart.
    #[must_use]
    pub fn times(&self) -> u32 {
        self.untimed + 1
    }

    /// The token of a language.
    #[must_use]
    pub fn language(&self, tag: &str) -> Option<u32> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        self.languages.iter().find(|(known, _)| known == primary).map(|(_, id)| *id)
    }
}

fn size(
    name: &'static str,
    n: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<usize, ConfigError> {
    let n = n.ok_or(ConfigError::Missing(MODEL, name))?;
    if range.contains(&n) {
        return Ok(n as usize);
    }
    let (least, most) = range.into_inner();
    Err(ConfigError::Wrong(MODEL, format!("{name} is {n}, not {least} to {most}")))
}

fn within(file: &'static str, name: &'static str, id: u64, tokens: usize) -> Result<u32, ConfigError> {
    let wrong = || ConfigError::Wrong(file, format!("{name} is {id}, and there are {tokens} tokens"));
    u32::try_from(id).ok().filter(|id| (*id as usize) < tokens).ok_or_else(wrong)
}

/// The spectrum is made in one way only.
fn check_preprocessor(json: Option<&[u8]>, bands: usize) -> Result<(), ConfigError> {
    let Some(json) = json else { return Ok(()) };
    let p: Preprocessor = serde_json::from_slice(json).map_err(|e| ConfigError::Json(PREPROCESSOR, e))?;
    for (name, value, known) in [
        ("feature_size", p.feature_size, bands as u64),
        ("hop_length", p.hop_length, 160),
        ("n_fft", p.n_fft, 400),
        ("sampling_rate", p.sampling_rate, 16_000),
    ] {
        if value.is_some_and(|value| value != known) {
            let what = format!("{name} is not {known}, and no other spectrum can be made");
            return Err(ConfigError::Wrong(PREPROCESSOR, what));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "config_tests.rs"]
pub(super) mod tests;
