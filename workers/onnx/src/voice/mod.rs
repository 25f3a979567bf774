//! A Piper voice: from sounds in IPA to speech.
//!
//! The voice is an ONNX file of the VITS kind with a JSON file beside it, as Piper publishes them. It is given sounds, not letters:
//! TOM asks the espeak-ng worker for those.

mod config;
mod ids;
mod network;
mod seam;
mod speaker;
mod whole;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tom_worker::{Fault, FaultKind, Hello};

pub use config::{Config, ConfigError};
pub use network::{Manner, Network, Utterance};
pub use speaker::Speaker;
pub use whole::{Whole, may_use_gpu};

use crate::clock;
use crate::graph::ModelError;
use crate::session::Choice;

/// Bytes of the longest description.
const LONGEST_JSON: u64 = 1 << 20;
/// Bytes of the largest voice.
const LARGEST_MODEL: u64 = 1 << 30;
/// Threads for the first sound of a clause, where there are so many cores: there is a process for every two.
const QUICK: usize = 2;

/// Loads the voice of a file, speaks a little of nothing with it, and says who it is.
///
/// # Errors
/// When one of its two files is not there, or is not what it should be; the text says which and what to do.
pub fn load(path: &Path, runtime: Choice) -> Result<(Hello, Speaker), Fault> {
    let place = path.display();
    let missing = |what: String| Fault::new(FaultKind::Missing, what);
    let mut json = path.as_os_str().to_owned();
    json.push(".json");
    let json = Path::new(&json);
    let text = read(json, LONGEST_JSON).map_err(|e| {
        missing(format!("the voice's description {} cannot be read ({e}): a Piper voice is two files, NAME.onnx and NAME.onnx.json", json.display()))
    })?;
    let config = Config::read(&text).map_err(|e| {
        missing(format!("{} is no description of a Piper voice: {e}; fetch it again", json.display()))
    })?;
    let model =
        read(path, LARGEST_MODEL).map_err(|e| missing(format!("the voice {place} cannot be read ({e})")))?;
    let whole = Whole::open(&model, runtime)
        .map_err(|e| missing(format!("the voice {place} cannot be spoken by onnxruntime: {e}")))?;
    let wrong = |e: ModelError| missing(format!("{place} is no Piper voice: {e}; fetch it again"));
    let quick = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(QUICK));
    // A file that nobody made with good intent may trip over anything.
    let loaded = catch_unwind(AssertUnwindSafe(|| {
        let mut network = Network::load(model, &config)?.by(whole).quick(quick);
        let before = clock::used();
        network.warm_up(&config)?;
        Ok((network, clock::used() - before))
    }));
    let (network, nanos) =
        loaded.unwrap_or_else(|_| Err(ModelError::Another("it cannot be computed".into()))).map_err(wrong)?;
    let name = path.file_stem().map_or_else(|| "voice".into(), |stem| stem.to_string_lossy().into_owned());
    let details = serde_json::json!({
        "language": config.language,
        "sample_rate": config.sample_rate,
        "speakers": config.speakers,
        "runtime": network.runtime(),
        "streamed": network.is_streamed(),
        "word_times": if network.tells_durations() { "model" } else { "estimate" },
        "warm_ms": nanos as f64 / 1e6,
    });
    let hello = Hello { engine: "piper".into(), version: name, details: details.to_string() };
    Ok((hello, Speaker::new(network, config)))
}

/// A file's bytes, if they are not too many.
fn read(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let length = std::fs::metadata(path)?.len();
    if length > most {
        let what = format!("it has {length} bytes, more than the {most} that are allowed");
        return Err(std::io::Error::other(what));
    }
    std::fs::read(path)
}
