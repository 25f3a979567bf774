//! Which made-up voices are there, and what does the reference say they say?

use std::io;
use std::path::{Path, PathBuf};

use crate::graph::build;

/// Characters that the made-up voices know as sounds: those of English and German by espeak-ng, with marks.
const SOUNDS: &str =
    " !',-.:;?abcdefhijklmnopqrstuvwxyzæçðøŋœɐɑɒɔəɚɛɜɡɪɹɾʁʃʊʌʒˈˌːθ\u{303}\u{327}\u{32f}\u{329}ʔ";

/// A made-up voice of the kind that Piper speaks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Small, one speaker.
    Small,
    /// Small, two speakers: `anna` and `bert`.
    Two,
    /// With the layers of Piper's medium voices, for benches.
    Medium,
}

/// What the reference runtime says a small voice says, without its noise.
#[derive(Clone, Debug)]
pub struct Golden {
    /// The voice.
    pub voice: Voice,
    /// Numbers of sounds, with marks of beginning and end and blanks in between.
    pub ids: Vec<i32>,
    /// How much slower than usual.
    pub length: f32,
    /// The number of the speaker.
    pub speaker: Option<i32>,
    /// -1 to 1.
    pub samples: Vec<f32>,
}

impl Voice {
    /// The ONNX file.
    ///
    /// # Errors
    /// When the description is broken, which a test of this crate rules out.
    pub fn model(self) -> io::Result<Vec<u8>> {
        let text = match self {
            Self::Small => include_str!("../data/voice.graph"),
            Self::Two => include_str!("../data/voice-two.graph"),
            Self::Medium => include_str!("../data/voice-medium.graph"),
        };
        build(text).map_err(io::Error::other)
    }

    /// The JSON file beside it, for a language: `de`, `en-us`.
    #[must_use]
    pub fn config(self, lang: &str) -> serde_json::Value {
        let mut map = serde_json::Map::new();
        for (id, mark) in ["_", "^", "$"].into_iter().enumerate() {
            map.insert(mark.into(), serde_json::json!([id]));
        }
        let known = if self == Self::Medium { 256 } else { 64 };
        for (id, c) in (3..known).zip(SOUNDS.chars()) {
            map.insert(c.to_string(), serde_json::json!([id]));
        }
        let (speakers, names) = match self {
            Self::Two => (2, serde_json::json!({ "anna": 0, "bert": 1 })),
            Self::Small | Self::Medium => (1, serde_json::json!({})),
        };
        serde_json::json!({
            "audio": { "sample_rate": 22_050, "quality": "medium" },
            "espeak": { "voice": lang },
            "language": { "code": lang.replace('-', "_") },
            "inference": { "noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8 },
            "phoneme_type": "espeak",
            "phoneme_map": {},
            "phoneme_id_map": map,
            "num_symbols": known,
            "num_speakers": speakers,
            "speaker_id_map": names,
            "piper_version": "1.0.0",
        })
    }

    /// Writes both files into a folder and gives the path of the model.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(self, folder: &Path, lang: &str) -> io::Result<PathBuf> {
        let path = folder.join("voice.onnx");
        std::fs::write(&path, self.model()?)?;
        std::fs::write(folder.join("voice.onnx.json"), self.config(lang).to_string())?;
        Ok(path)
    }
}

/// What the reference says the small voices say.
///
/// # Errors
/// When the committed file is broken.
pub fn golden() -> io::Result<Vec<Golden>> {
    let all: serde_json::Value = serde_json::from_str(include_str!("../data/voice.json"))?;
    let broken = || io::Error::other("data/voice.json is broken");
    let one = |one: &serde_json::Value| {
        let numbers = |name: &str| {
            one[name].as_array().map(|list| list.iter().filter_map(serde_json::Value::as_f64).collect())
        };
        let (ids, samples): (Vec<f64>, Vec<f64>) = (numbers("ids")?, numbers("samples")?);
        Some(Golden {
            voice: if one["graph"] == "voice-two" { Voice::Two } else { Voice::Small },
            ids: ids.iter().map(|id| *id as i32).collect(),
            length: one["length"].as_f64()? as f32,
            speaker: one["speaker"].as_i64().map(|n| n as i32),
            samples: samples.iter().map(|s| *s as f32).collect(),
        })
    };
    all.as_array().and_then(|list| list.iter().map(one).collect()).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voice_can_be_built_and_is_described() {
        for (voice, least, most) in [
            (Voice::Small, 20_000, 400_000),
            (Voice::Two, 20_000, 400_000),
            (Voice::Medium, 20_000_000, 120_000_000),
        ] {
            let size = voice.model().unwrap().len();
            assert!((least..most).contains(&size), "{voice:?}: {size} bytes");
            assert!(voice.config("de")["phoneme_id_map"]["a"].is_array());
        }
    }

    #[test]
    fn the_reference_says_something() {
        let all = golden().unwrap();
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|g| g.samples.len() > 1_000 && g.ids.len() > 9));
    }
}
