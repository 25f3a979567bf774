//! Layer: pure. Descriptions of Whispers are read or refused.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn good() -> (Value, Value) {
    let model = json!({
        "num_mel_bins": 80, "d_model": 32, "max_source_positions": 1500, "max_target_positions": 448,
        "vocab_size": 2000, "decoder_layers": 2, "decoder_attention_heads": 2, "decoder_start_token_id": 301,
        "eos_token_id": 300, "suppress_tokens": [1, 2, -1], "begin_suppress_tokens": null, "more": [],
    });
    let generation = json!({
        "is_multilingual": true, "lang_to_id": { "<|en|>": 302, "<|de|>": 303 },
        "task_to_id": { "transcribe": 305, "translate": 304 }, "no_timestamps_token_id": 309,
        "prev_sot_token_id": 307, "begin_suppress_tokens": [220, 300], "alignment_heads": [[1, 0]],
    });
    (model, generation)
}

/// The made-up model that tests of rules use.
pub(in super::super) fn made() -> Config {
    read(&good().0, &good().1).unwrap()
}

fn read(model: &Value, generation: &Value) -> Result<Config, ConfigError> {
    Config::read(model.to_string().as_bytes(), generation.to_string().as_bytes(), None)
}

#[test]
fn a_model_is_described() {
    let (model, generation) = good();
    let config = read(&model, &generation).unwrap();
    assert_eq!((config.bands, config.end, config.start, config.times()), (80, 300, 301, 310));
    assert_eq!((config.language("de-AT"), config.language("fr")), (Some(303), None));
    assert_eq!((config.suppressed, config.not_first), (vec![1, 2], vec![220, 300]));
    assert_eq!(config.aligned, [(1, 0)]);
    let mut english = generation;
    english["is_multilingual"] = json!(false);
    assert!(read(&model, &english).unwrap().languages.is_empty());
}

#[test]
fn what_is_missing_null_or_absurd_is_named() {
    for (path, value, named) in [
        ("/0/d_model", Value::Null, "config.json: d_model is missing or null"),
        ("/0/vocab_size", json!(1u64 << 40), "vocab_size is 1099511627776"),
        ("/0/decoder_layers", json!("four"), "expected u64"),
        ("/0/num_mel_bins", json!(4), "80 to 128"),
        ("/0/eos_token_id", json!(2000), "2000 tokens"),
        ("/1/no_timestamps_token_id", Value::Null, "generation_config.json: no_timestamps_token_id"),
        ("/1/lang_to_id", json!({}), "lang_to_id"),
        ("/1/lang_to_id/<|en|>", Value::Null, "lang_to_id"),
        ("/1/task_to_id/transcribe", Value::Null, "transcribe"),
        ("/1/alignment_heads", json!([[7, 0]]), "alignment_heads"),
    ] {
        let (model, generation) = good();
        let mut both = json!([model, generation]);
        *both.pointer_mut(path).unwrap() = value;
        let error = read(&both[0], &both[1]).unwrap_err().to_string();
        assert!(error.contains(named), "{path}: {error}");
    }
    let (model, generation) = (good().0.to_string(), good().1.to_string());
    let odd = json!({ "hop_length": 200, "n_fft": null }).to_string();
    let error = Config::read(model.as_bytes(), generation.as_bytes(), Some(odd.as_bytes())).unwrap_err();
    assert!(error.to_string().contains("hop_length"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, cut in 0usize..500) {
        let (model, generation) = (good().0.to_string(), good().1.to_string());
        Config::read(&bytes, generation.as_bytes(), None).ok();
        Config::read(&model.as_bytes()[..cut.min(model.len())], generation.as_bytes(), Some(&bytes)).ok();
        Config::read(model.as_bytes(), &generation.as_bytes()[..cut.min(generation.len())], None).ok();
    }
}
