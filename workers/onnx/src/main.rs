//! Models in ONNX files in a process of their own: smart-turn v3 (by the sound of it, has the speaker finished?), voices of Piper,
//! and Whisper.
//!
//! Started by TOM, with which it talks over its standard input (see `tom-worker`), as `tom-worker-onnx MODEL.onnx`
//! on two threads, or `tom-worker-onnx piper VOICE.onnx [auto|rten|onnxruntime]`, on two up to the first sound, or
//! `tom-worker-onnx whisper FOLDER THREADS WINDOW [PACE]`, the shortest window in seconds, the pace that of made-up words for
//! measurements. It lets others go first.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::Context;
use tom_worker::child::{self, Link};
use tom_worker::{Fault, FaultKind, Hello};
use tom_worker_onnx::{Judge, Network, session, voice, whisper};

/// Threads that judge at most.
const JUDGE_THREADS: usize = 2;
/// How much more politely than others it runs, 0 to 19: voice activity and playout of all calls come first.
const NICE: i32 = 10;
/// The same for a voice: somebody waits for its first sound.
const VOICE_NICE: i32 = 1;
/// Bytes a voice may take: many times what the largest needs. A file that asks for more was made to do harm.
const VOICE_MEMORY: u64 = 6 << 30;
/// How polite a recogniser is: a caller waits for what it understands.
const WHISPER_NICE: i32 = 2;
/// Bytes a recogniser may take, the largest one included.
const WHISPER_MEMORY: u64 = 24 << 30;

fn main() -> anyhow::Result<()> {
    let mut link = Link::inherit()?;
    let mut args = std::env::args_os().skip(1);
    match args.next().as_deref().and_then(OsStr::to_str) {
        Some("piper") => {
            match load_voice(args.next().map(PathBuf::from), args.next()) {
                Ok((hello, mut speaker)) => child::serve(&mut link, hello, &mut speaker)?,
                Err(fault) => {
                    link.refuse(fault).context("tom did not hear why the voice cannot be loaded")?
                }
            }
            return Ok(());
        }
        Some("whisper") => {
            match load_whisper(args) {
                Ok((hello, mut ear)) => child::serve(&mut link, hello, &mut ear)?,
                Err(fault) => link.refuse(fault).context("tom did not hear why Whisper cannot be loaded")?,
            }
            return Ok(());
        }
        _ => {}
    }
    match load() {
        Ok((hello, mut judge)) => child::serve(&mut link, hello, &mut judge)?,
        Err(fault) => link.refuse(fault).context("tom did not hear why smart-turn cannot be loaded")?,
    }
    Ok(())
}

fn load_whisper(mut args: impl Iterator<Item = OsString>) -> Result<(Hello, whisper::Ear), Fault> {
    // Where these cannot be said, the system decides as for anybody.
    rustix::process::nice(WHISPER_NICE).ok();
    limit(WHISPER_MEMORY);
    let missing = || Fault::new(FaultKind::Missing, "the worker was not told where Whisper is");
    let folder = PathBuf::from(args.next().ok_or_else(missing)?);
    let mut number = |usual: usize| args.next().and_then(|n| n.to_str()?.parse().ok()).unwrap_or(usual);
    let (threads, window_s) = (number(1), number(10));
    let pace: Option<f32> = args.next().and_then(|n| n.to_str()?.parse().ok());
    let (hello, ear) = whisper::load_ear(&folder, threads, window_s)?;
    Ok((hello, pace.into_iter().fold(ear, whisper::Ear::pacing)))
}

/// Bounds the memory of this process.
fn limit(memory: u64) {
    let most = rustix::process::Rlimit { current: Some(memory), maximum: Some(memory) };
    rustix::process::setrlimit(rustix::process::Resource::As, most).ok();
}

fn load_voice(path: Option<PathBuf>, runtime: Option<OsString>) -> Result<(Hello, voice::Speaker), Fault> {
    // Where these cannot be said, the system decides as for anybody.
    rustix::process::nice(VOICE_NICE).ok();
    let missing = || Fault::new(FaultKind::Missing, "the worker was not told where the voice is");
    let runtime = match runtime.as_ref().and_then(|runtime| runtime.to_str()).map(str::parse) {
        None => session::Choice::Auto,
        Some(choice) => choice.map_err(Fault::bad_request)?,
    };
    // CUDA reserves addresses without end, so there is no bound with it.
    if !voice::may_use_gpu(runtime) {
        limit(VOICE_MEMORY);
    }
    voice::load(&path.ok_or_else(missing)?, runtime)
}

fn load() -> Result<(Hello, Judge<Network>), Fault> {
    // Where it cannot be said, the system decides as for anybody.
    rustix::process::nice(NICE).ok();
    // This thread, and another where there is a second processor: a caller waits for the answer.
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(JUDGE_THREADS);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global();
    pool.map_err(|e| Fault::new(FaultKind::Unavailable, format!("no thread for smart-turn: {e}")))?;
    let missing = |what: String| Fault::new(FaultKind::Missing, what);
    let path = std::env::args_os().nth(1).map(PathBuf::from);
    let path =
        path.ok_or_else(|| missing("the worker was not told where smart-turn's weights are".into()))?;
    let file = std::fs::read(&path).map_err(|e| {
        let place = path.display();
        missing(format!("smart-turn's weights {place} cannot be read ({e}): cargo xtask setup fetches them"))
    })?;
    let network = Network::load(&file).map_err(|e| {
        let place = path.display();
        missing(format!(
            "{place} is not smart-turn v3.2: {e}; delete it, and cargo xtask setup fetches it again"
        ))
    })?;
    let mut judge = Judge::new(network);
    let judge_ms = judge.warm_up()?;
    let details = serde_json::json!({ "kernel": judge.runtime(), "judge_ms": judge_ms });
    let hello = Hello { engine: "smart-turn".into(), version: "3.2".into(), details: details.to_string() };
    Ok((hello, judge))
}
