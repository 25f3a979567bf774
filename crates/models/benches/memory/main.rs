//! Layer: bench. How much memory do the models of each profile take, against the budget that the profile names?
//!
//! `cargo bench -p tom-models --bench memory`, with the workers of the same build (`TOM_WORKERS_DIR`). Models of which there are
//! made-up weights in the real shapes are loaded, used once and measured (the share of memory that is the process's own,
//! by the kernel); of the others it is said what the catalogue reckons by the size of their files. Then two processes load the
//! same language model.
#![expect(clippy::print_stdout, reason = "rows for a table")]

mod shared;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{Health, Tts, TtsEvent, TtsOptions};
use tom_models::end_of_turn::{Limits, SmartTurn, SmartTurnOptions, WEIGHTS};
use tom_models::tts::{EspeakOptions, EspeakTts, PiperOptions, PiperTts};
use tom_shelf::{Catalogue, Profile};
use tom_tiny::Voice;

const LONG: Duration = Duration::from_secs(120);

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut measured: BTreeMap<String, u64> = BTreeMap::new();
    match voice(&runtime) {
        Ok((piper, espeak)) => {
            println!(
                "a voice of the shape of Piper's medium ones, one process: {piper} MB; espeak-ng beside it: {espeak} MB"
            );
            measured.insert("medium".into(), piper + espeak);
        }
        Err(error) => println!("a Piper voice: not measured: {error}"),
    }
    match judge() {
        Ok(megabytes) => {
            println!("smart-turn, its weights: {megabytes} MB");
            measured.insert("smart-turn".into(), megabytes);
        }
        Err(error) => println!("smart-turn: not measured: {error}"),
    }
    let catalogue = Catalogue::built_in()?;
    for profile in Profile::all()? {
        let (mut total, mut loaded, mut reckoned) = (0, 0, Vec::new());
        for model in profile.models(&catalogue)? {
            let key = if model.name.ends_with("-medium") { "medium" } else { &*model.name };
            match measured.get(key) {
                Some(megabytes) => {
                    loaded += 1;
                    total += megabytes;
                }
                None => {
                    reckoned.push(model.name.as_str());
                    total += u64::from(model.memory_mb);
                }
            }
        }
        let met = if total <= u64::from(profile.budget_mb) { "yes" } else { "**no**" };
        let how = format!(
            "{loaded} of {} models loaded and measured; by their files' size: {}",
            loaded + reckoned.len(),
            reckoned.join(" ")
        );
        println!(
            "| memory of the models of {} | <= {} MB | {total} MB ({how}) | {met} |",
            profile.name, profile.budget_mb
        );
    }
    // Without the worker for language models there is nothing to measure.
    if let Err(error) = shared::two(&runtime) {
        println!(
            "| memory of two workers with the same model |  | not measured: {error} | **not measured** |"
        );
    }
    Ok(())
}

/// Megabytes of a voice's process and of those of espeak-ng, after a clause.
fn voice(runtime: &tokio::runtime::Runtime) -> Result<(u64, u64), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let model = Voice::Medium.write(folder.path(), "en-us")?;
    let espeak = Arc::new(EspeakTts::start(EspeakOptions { shards: Some(1), ..EspeakOptions::default() })?);
    let options = PiperOptions { shards: Some(1), ..PiperOptions::new(model) };
    let piper = PiperTts::start(options, Arc::clone(&espeak))?;
    match piper.wait_ready(LONG) {
        Health::Ok => {}
        other => return Err(format!("the voice is not ready: {other:?}").into()),
    }
    runtime.block_on(async {
        let (sender, mut events) = mpsc::channel(256);
        let mut stream = piper.open(TtsOptions { lang: Lang::EN, voice: None }, sender)?;
        stream.speak(Epoch::default(), 0, "This is a sentence of some length, spoken once.".into())?;
        while let Some(event) = tokio::time::timeout(LONG, events.recv()).await? {
            match event {
                TtsEvent::Done { .. } => return Ok(()),
                TtsEvent::Failed { error, .. } => return Err(Box::<dyn Error>::from(error)),
                TtsEvent::Audio { .. } | TtsEvent::Word { .. } => {}
            }
        }
        Err("the voice went away".into())
    })?;
    let own = megabytes(&piper.status().workers.pids)?;
    let others = megabytes(&espeak.status().pids)?;
    piper.close();
    espeak.close();
    Ok((own, others))
}

fn judge() -> Result<u64, Box<dyn Error>> {
    let models = std::env::var_os("TOM_MODELS").map(PathBuf::from);
    let models =
        models.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".local/share/tom/models")));
    let weights = models.ok_or("no folder of models is known")?.join(WEIGHTS);
    let judge = SmartTurn::start(SmartTurnOptions { weights, limits: Limits::default() })?;
    match judge.wait_ready(LONG) {
        Health::Ok => {}
        other => return Err(format!("it is not ready: {other:?}").into()),
    }
    let used = megabytes(&judge.status().workers.pids)?;
    judge.close();
    Ok(used)
}

/// Megabytes of processes: what is theirs alone, and their share of what several use.
fn megabytes(pids: &[u32]) -> Result<u64, Box<dyn Error>> {
    let all: Result<Vec<u64>, _> = pids.iter().map(|pid| shared::rollup(*pid, "Pss:")).collect();
    Ok(all?.iter().sum::<u64>().div_ceil(1_000_000))
}
