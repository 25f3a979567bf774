//! Which files of a folder are the model?

use std::path::{Path, PathBuf};

use super::export::bytes;
use crate::graph::ModelError;

/// Bytes of the longest description.
const LONGEST_JSON: u64 = 1 << 20;
/// Bytes of the longest list of tokens: several times what Whisper's takes.
const LONGEST_TOKENS: u64 = 16 << 20;
/// What exporters put behind the names of files, best first: full numbers, then whole ones.
const KINDS: [&str; 5] = ["", "_quantized", "_int8", "_uint8", "_fp16"];

/// The files of a model.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) encoder: PathBuf,
    pub(super) decoder: PathBuf,
    /// The decoder's other half, where it is a file of its own.
    pub(super) next: Option<PathBuf>,
    pub(super) quantised: bool,
    pub(super) model: Vec<u8>,
    pub(super) generation: Vec<u8>,
    pub(super) preprocessor: Option<Vec<u8>>,
    pub(super) tokens: Vec<u8>,
}

impl Files {
    /// Looks for them, in the folder and in `onnx` within, where some publishers put the networks. The descriptions are read.
    ///
    /// # Errors
    /// The first that is missing or too long.
    pub(super) fn find(folder: &Path) -> Result<Self, String> {
        let text = |name: &str, most: u64| {
            let path = folder.join(name);
            bytes(&path, most).map_err(|e| {
                let why = match e {
                    ModelError::Unreadable(why) | ModelError::Another(why) => why,
                };
                format!("{} cannot be read ({why})", path.display())
            })
        };
        let model = text("config.json", LONGEST_JSON)?;
        let generation = text("generation_config.json", LONGEST_JSON)?;
        let tokens = text("tokenizer.json", LONGEST_TOKENS)?;
        let with = folder.join("preprocessor_config.json").exists();
        let preprocessor = with.then(|| text("preprocessor_config.json", LONGEST_JSON)).transpose()?;
        let mut lacks = None;
        for place in [folder.to_owned(), folder.join("onnx")] {
            for kind in KINDS {
                let file = |name: &str| place.join(format!("{name}{kind}.onnx"));
                let encoder = file("encoder_model");
                if !encoder.is_file() {
                    continue;
                }
                let (merged, first, next) =
                    (file("decoder_model_merged"), file("decoder_model"), file("decoder_with_past_model"));
                let (decoder, next) = if merged.is_file() {
                    (merged, None)
                } else if first.is_file() && next.is_file() {
                    (first, Some(next))
                } else {
                    lacks.get_or_insert(merged);
                    continue;
                };
                let quantised = !matches!(kind, "" | "_fp16");
                return Ok(Self {
                    encoder,
                    decoder,
                    next,
                    quantised,
                    model,
                    generation,
                    preprocessor,
                    tokens,
                });
            }
        }
        let missing = lacks.unwrap_or_else(|| folder.join("encoder_model.onnx"));
        Err(format!("{} is not there", missing.display()))
    }
}
