//! Which made-up Whispers are there, and which files are they?

mod net;
mod network;
mod words;

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::graph::{GraphError, build_later, build_merged};

pub use words::LANGUAGES;
use words::MERGES;

/// Times, from 0 s on 20 ms apart to 30 s.
const TIMES: usize = 1501;

/// A made-up Whisper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whisper {
    /// Small, which tells where its words are.
    Small,
    /// Small, and does not tell.
    Untimed,
    /// Small, in whole numbers.
    Whole,
    /// Of the shape of Whisper tiny, for benches.
    Tiny,
    /// The same in whole numbers.
    TinyWhole,
    /// Of the shape of Whisper base, for benches.
    Base,
    /// The same in whole numbers.
    BaseWhole,
}

/// The sizes of its networks.
#[derive(Clone, Copy, Debug)]
struct Size {
    bands: usize,
    states: usize,
    layers: usize,
    heads: usize,
    /// Tokens that stand for text.
    texts: usize,
    languages: usize,
}

impl Size {
    /// All tokens.
    fn tokens(&self) -> usize {
        self.untimed() + 1 + TIMES
    }

    /// The token that takes the times away. Before it: end, start, languages, translate, transcribe, two for what was said
    /// before, and the one for silence.
    fn untimed(&self) -> usize {
        self.texts + 2 + self.languages + 5
    }
}

impl Whisper {
    fn size(self) -> Size {
        let small =
            Size { bands: 80, states: 32, layers: 2, heads: 2, texts: 256 + MERGES.len(), languages: 3 };
        match self {
            Self::Small | Self::Untimed | Self::Whole => small,
            Self::Tiny | Self::TinyWhole => {
                Size { bands: 80, states: 384, layers: 4, heads: 6, texts: 50_257, languages: 99 }
            }
            Self::Base | Self::BaseWhole => {
                Size { bands: 80, states: 512, layers: 6, heads: 8, texts: 50_257, languages: 99 }
            }
        }
    }

    fn is_whole(self) -> bool {
        matches!(self, Self::Whole | Self::TinyWhole | Self::BaseWhole)
    }

    /// The encoder's ONNX file.
    ///
    /// # Errors
    /// When the description is broken, which a test of this crate rules out.
    pub fn encoder(self) -> io::Result<Vec<u8>> {
        build_later(&network::encoder(&self.size(), self.is_whole())).map_err(io::Error::other)
    }

    /// The decoder's ONNX file, its halves merged.
    ///
    /// # Errors
    /// As [`encoder`](Self::encoder).
    pub fn decoder(self) -> io::Result<Vec<u8>> {
        let [shared, then, or_else] = self.decoder_texts();
        build_merged(&shared, "use_cache_branch", [&then, &or_else]).map_err(io::Error::other)
    }

    fn decoder_texts(self) -> [String; 3] {
        network::decoder(&self.size(), self.is_whole(), self == Self::Small)
    }

    /// The decoder's two halves as files of their own: for the first tokens, and for further ones.
    ///
    /// # Errors
    /// As [`encoder`](Self::encoder).
    pub fn halves(self) -> io::Result<[Vec<u8>; 2]> {
        let [shared, then, or_else] = self.decoder_texts();
        let first: String = shared.lines().filter(|l| !l.contains(" past_key_values.")).map(line).collect();
        let next: String = shared
            .lines()
            .filter(|l| !(l.starts_with("out present.") && l.contains(".encoder.")))
            .map(line)
            .collect();
        let half = |text: String| build_later(&text);
        let halves: Result<_, GraphError> =
            half(first + &or_else).and_then(|first| Ok([first, half(next + &then)?]));
        halves.map_err(io::Error::other)
    }

    /// `config.json`.
    #[must_use]
    pub fn config(self) -> Value {
        let size = self.size();
        json!({
            "model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"],
            "num_mel_bins": size.bands, "d_model": size.states, "vocab_size": size.tokens(),
            "encoder_layers": size.layers, "decoder_layers": size.layers,
            "encoder_attention_heads": size.heads, "decoder_attention_heads": size.heads,
            "encoder_ffn_dim": 4 * size.states, "decoder_ffn_dim": 4 * size.states,
            "max_source_positions": 1500, "max_target_positions": 448,
            "decoder_start_token_id": size.texts + 1, "eos_token_id": size.texts,
            "bos_token_id": size.texts, "pad_token_id": size.texts,
        })
    }

    /// `generation_config.json`.
    #[must_use]
    pub fn generation(self) -> Value {
        let size = self.size();
        let languages: serde_json::Map<String, Value> = (0..size.languages)
            .map(|n| (format!("<|{}|>", words::language(n)), json!(size.texts + 2 + n)))
            .collect();
        let after = size.texts + 2 + size.languages;
        let heads: Vec<[usize; 2]> = (0..size.heads).map(|head| [size.layers - 1, head]).collect();
        json!({
            "is_multilingual": true, "lang_to_id": languages,
            "task_to_id": { "translate": after, "transcribe": after + 1 },
            "prev_sot_token_id": after + 3, "no_timestamps_token_id": size.untimed(),
            "decoder_start_token_id": size.texts + 1, "eos_token_id": size.texts,
            "bos_token_id": size.texts, "pad_token_id": size.texts,
            "begin_suppress_tokens": [32, size.texts], "suppress_tokens": words::suppressed(&size),
            "max_initial_timestamp_index": 50, "alignment_heads": heads, "return_timestamps": false,
            "max_length": 448,
        })
    }

    /// `tokenizer.json`.
    #[must_use]
    pub fn tokenizer(self) -> Value {
        words::tokenizer(&self.size())
    }

    /// Writes all files of a model into a folder, with the names that they are published by.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(self, folder: &Path) -> io::Result<()> {
        let kind = if self.is_whole() { "_quantized" } else { "" };
        std::fs::write(folder.join(format!("encoder_model{kind}.onnx")), self.encoder()?)?;
        std::fs::write(folder.join(format!("decoder_model_merged{kind}.onnx")), self.decoder()?)?;
        let preprocessor = json!({ "feature_size": self.size().bands, "hop_length": 160, "n_fft": 400, "sampling_rate": 16_000 });
        for (name, json) in [
            ("config.json", self.config()),
            ("generation_config.json", self.generation()),
            ("preprocessor_config.json", preprocessor),
            ("tokenizer.json", self.tokenizer()),
        ] {
            std::fs::write(folder.join(name), json.to_string())?;
        }
        Ok(())
    }
}

/// What the reference says of the small ones: `data/whisper.json`, as `data/whisper.py` writes it.
///
/// # Errors
/// When the committed file is broken.
pub fn whisper_golden() -> io::Result<Value> {
    Ok(serde_json::from_str(include_str!("../../data/whisper.json"))?)
}

fn line(line: &str) -> String {
    format!("{line}\n")
}

/// A wave that code can make anywhere, 16 kHz: three tones that glide, with a little noise, for so many samples.
#[must_use]
pub fn wave(seed: u32, samples: usize) -> Vec<i16> {
    let mut state = seed;
    let mut phases = [0i64; 3];
    (0..samples as i64)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = i64::from(state >> 16) - 32_768;
            let mut sum = noise / 64;
            for (k, phase) in (1i64..).zip(&mut phases) {
                *phase += k * (500 + i64::from(seed % 7) * 40 + (n / 40) % 300);
                // A triangle from -8192 to 8192.
                let at = phase.rem_euclid(65_536);
                sum += (if at < 32_768 { at - 16_384 } else { 49_152 - at }) / (2 * k);
            }
            // Syllables of 0.2 s.
            let loud = if (n / 3_200) % 3 == 2 { 1 } else { 8 };
            (sum * loud / 12) as i16
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_whisper_can_be_built_and_is_described() {
        for whisper in [Whisper::Small, Whisper::Untimed, Whisper::Whole] {
            let folder = tempfile::tempdir().unwrap();
            whisper.write(folder.path()).unwrap();
            assert!(whisper.encoder().unwrap().len() > 50_000);
            assert!(whisper.halves().unwrap().iter().all(|half| half.len() > 50_000));
        }
        let tiny = Whisper::Tiny.config();
        assert_eq!(tiny["vocab_size"], 51_865);
        assert_eq!(Whisper::Tiny.generation()["no_timestamps_token_id"], 50_363);
    }

    #[test]
    fn waves_are_loud_and_always_the_same() {
        let wave = wave(3, 16_000);
        assert!(wave.iter().any(|x| x.abs() > 4_000) && wave == super::wave(3, 16_000));
        assert_ne!(wave, super::wave(4, 16_000));
    }
}
