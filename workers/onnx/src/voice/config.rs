//! What does the JSON file beside a voice say?

use std::collections::HashMap;

use serde::Deserialize;

/// Symbols and speakers a voice may have: far more than any has.
const MOST: i64 = 65_536;
/// Numbers that one sound may stand for.
const MOST_IDS: usize = 8;

/// Why the file describes no voice that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is no JSON, or a field has another kind.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A field that is needed is not there, or null.
    #[error("{0} is missing or null")]
    Missing(&'static str),
    /// A field makes no sense.
    #[error("{0}")]
    Wrong(String),
}

/// A voice, as far as it is described.
#[derive(Clone, Debug)]
pub struct Config {
    /// `de`, `en-us`.
    pub language: String,
    /// Samples per second of what it speaks.
    pub sample_rate: u32,
    /// How many speakers it has.
    pub speakers: i32,
    /// How its sounds are numbered.
    pub(super) ids: HashMap<char, Vec<i32>>,
    pub(super) names: HashMap<String, i32>,
    /// Numbers are below.
    pub(super) symbols: i32,
    pub(super) noise: f32,
    pub(super) length: f32,
    pub(super) noise_w: f32,
}

#[derive(Deserialize)]
struct File {
    audio: Option<Audio>,
    espeak: Option<Espeak>,
    language: Option<Language>,
    inference: Option<Inference>,
    phoneme_type: Option<String>,
    phoneme_id_map: Option<HashMap<String, Option<Vec<i64>>>>,
    num_symbols: Option<i64>,
    num_speakers: Option<i64>,
    speaker_id_map: Option<HashMap<String, Option<i64>>>,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: Option<i64>,
}

#[derive(Deserialize)]
struct Espeak {
    voice: Option<String>,
}

#[derive(Deserialize)]
struct Language {
    code: Option<String>,
}

#[derive(Default, Deserialize)]
struct Inference {
    noise_scale: Option<f64>,
    length_scale: Option<f64>,
    noise_w: Option<f64>,
}

impl Config {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// When a field is missing, null, of another kind, or makes no sense.
    pub fn read(json: &[u8]) -> Result<Self, ConfigError> {
        let file: File = serde_json::from_slice(json)?;
        let missing = ConfigError::Missing;
        let kind = file.phoneme_type.as_deref().unwrap_or("espeak");
        if kind != "espeak" {
            let what = format!(
                "it is given {kind:?}, and only voices that are given the sounds of espeak (phoneme_type) can be used"
            );
            return Err(ConfigError::Wrong(what));
        }
        let rate = file.audio.and_then(|audio| audio.sample_rate).ok_or(missing("audio.sample_rate"))?;
        let sample_rate = u32::try_from(rate).ok().filter(|rate| (8_000..=48_000).contains(rate));
        let symbols = file.num_symbols.unwrap_or(256);
        let speakers = file.num_speakers.unwrap_or(1);
        let inference = file.inference.unwrap_or_default();
        let language = file.espeak.and_then(|espeak| espeak.voice);
        let language = language.or_else(|| file.language.and_then(|language| language.code));
        let map = file.phoneme_id_map.ok_or(missing("phoneme_id_map"))?;
        let mut config = Self {
            language: language.ok_or(missing("espeak.voice"))?.to_lowercase().replace('_', "-"),
            sample_rate: sample_rate.ok_or_else(|| out("audio.sample_rate", "8000 to 48000"))?,
            speakers: within("num_speakers", speakers.max(1), MOST)?,
            ids: HashMap::new(),
            names: HashMap::new(),
            symbols: within("num_symbols", symbols, MOST)?,
            noise: scale("inference.noise_scale", inference.noise_scale.unwrap_or(0.667), 0.0)?,
            length: scale("inference.length_scale", inference.length_scale.unwrap_or(1.0), 0.1)?,
            noise_w: scale("inference.noise_w", inference.noise_w.unwrap_or(0.8), 0.0)?,
        };
        config.take_sounds(map)?;
        for (name, id) in file.speaker_id_map.unwrap_or_default() {
            let id = id.filter(|id| (0..i64::from(config.speakers)).contains(id));
            let id = id.ok_or_else(|| out("a number in speaker_id_map", "0 to the number of speakers"))?;
            config.names.insert(name, id as i32);
        }
        Ok(config)
    }

    fn take_sounds(&mut self, map: HashMap<String, Option<Vec<i64>>>) -> Result<(), ConfigError> {
        for (sound, ids) in map {
            let ids = ids.ok_or(ConfigError::Missing("a list in phoneme_id_map"))?;
            let good =
                ids.len() <= MOST_IDS && ids.iter().all(|id| (0..i64::from(self.symbols)).contains(id));
            if !good {
                return Err(out("a number in phoneme_id_map", "0 to num_symbols, at most 8 a sound"));
            }
            let mut chars = sound.chars();
            // Names of more than one character are for other kinds of voices.
            if let (Some(c), None) = (chars.next(), chars.next()) {
                self.ids.insert(c, ids.iter().map(|id| *id as i32).collect());
            }
        }
        for (needed, name) in [
            ('_', "the blank \"_\" in phoneme_id_map"),
            ('^', "the beginning \"^\" in phoneme_id_map"),
            ('$', "the end \"$\" in phoneme_id_map"),
        ] {
            self.ids.get(&needed).filter(|ids| !ids.is_empty()).ok_or(ConfigError::Missing(name))?;
        }
        Ok(())
    }

    /// The number of a speaker, given by name or number; none is the first.
    pub(super) fn speaker(&self, wish: Option<&str>) -> Result<i32, ConfigError> {
        let Some(wish) = wish.filter(|wish| !wish.is_empty()) else { return Ok(0) };
        let number = || wish.parse().ok().filter(|id| (0..self.speakers).contains(id));
        self.names.get(wish).copied().or_else(number).ok_or_else(|| {
            let mut names: Vec<&str> = self.names.keys().map(String::as_str).collect();
            names.sort_unstable();
            names.truncate(12);
            let last = self.speakers - 1;
            ConfigError::Wrong(format!(
                "the voice has no speaker {wish:?}, but 0 to {last} {}",
                names.join(", ")
            ))
        })
    }
}

fn out(what: &str, range: &str) -> ConfigError {
    ConfigError::Wrong(format!("{what} is not in the range of {range}"))
}

fn within(what: &str, n: i64, most: i64) -> Result<i32, ConfigError> {
    i32::try_from(n).ok().filter(|_| (1..=most).contains(&n)).ok_or_else(|| out(what, "1 to 65536"))
}

fn scale(what: &str, value: f64, least: f64) -> Result<f32, ConfigError> {
    if (least..=10.0).contains(&value) { Ok(value as f32) } else { Err(out(what, "0 to 10")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn good() -> Value {
        json!({
            "audio": { "sample_rate": 22_050 },
            "espeak": { "voice": "de" },
            "inference": { "noise_scale": 0.5, "length_scale": 1, "noise_w": 0.8 },
            "phoneme_id_map": { "_": [0], "^": [1], "$": [2], "a": [14] },
            "num_symbols": 256, "num_speakers": 2, "speaker_id_map": { "anna": 0, "bert": 1 },
            "something": { "of": "the future" },
        })
    }

    #[test]
    fn a_voice_is_described() {
        let config = Config::read(good().to_string().as_bytes()).unwrap();
        assert_eq!((config.sample_rate, config.speakers, config.language.as_str()), (22_050, 2, "de"));
        assert_eq!((config.speaker(None).unwrap(), config.speaker(Some("bert")).unwrap()), (0, 1));
        assert_eq!(config.speaker(Some("1")).unwrap(), 1);
        assert!(config.speaker(Some("2")).unwrap_err().to_string().contains("anna, bert"));
    }

    #[test]
    fn what_is_missing_null_or_absurd_is_named() {
        for (path, value, named) in [
            ("/audio", Value::Null, "audio.sample_rate"),
            ("/audio/sample_rate", json!(4), "8000"),
            ("/audio/sample_rate", json!("22k"), "expected i64"),
            ("/espeak/voice", Value::Null, "espeak.voice"),
            ("/phoneme_id_map", Value::Null, "phoneme_id_map"),
            ("/phoneme_id_map/_", Value::Null, "phoneme_id_map"),
            ("/phoneme_id_map/a", json!([-1]), "phoneme_id_map"),
            ("/phoneme_id_map/a", json!([256]), "phoneme_id_map"),
            ("/phoneme_id_map/^", json!([]), "beginning"),
            ("/inference/length_scale", json!(0), "length_scale"),
            ("/inference/noise_w", json!(1e300), "noise_w"),
            ("/num_speakers", json!(1_000_000), "num_speakers"),
            ("/speaker_id_map/anna", json!(7), "speaker_id_map"),
        ] {
            let mut json = good();
            *json.pointer_mut(path).unwrap() = value;
            let error = Config::read(json.to_string().as_bytes()).unwrap_err().to_string();
            assert!(error.contains(named), "{path}: {error}");
        }
        let mut text = good();
        text["phoneme_type"] = json!("text");
        assert!(Config::read(text.to_string().as_bytes()).unwrap_err().to_string().contains("espeak"));
        assert!(Config::read(b"null").is_err() && Config::read(b"").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, cut in 0usize..300) {
            Config::read(&bytes).ok();
            let text = good().to_string();
            Config::read(&text.as_bytes()[..cut.min(text.len())]).ok();
        }
    }
}
