//! smart-turn v3 in a process of its own: by the sound of it, has the speaker finished?
//!
//! Started by TOM, with which it talks over its standard input (see `tom-worker`), as
//! `tom-worker-onnx MODEL.onnx`. It computes on one thread and lets everybody else go first.

use std::path::PathBuf;

use anyhow::Context;
use tom_worker::child::{self, Link};
use tom_worker::{Fault, FaultKind, Hello};
use tom_worker_onnx::{Judge, Network};

/// How much more politely than others it runs, 0 to 19: voice activity and playout of all calls come first.
const NICE: i32 = 10;

fn main() -> anyhow::Result<()> {
    let mut link = Link::inherit()?;
    match load() {
        Ok((hello, mut judge)) => child::serve(&mut link, hello, &mut judge)?,
        Err(fault) => link.refuse(fault).context("tom did not hear why smart-turn cannot be loaded")?,
    }
    Ok(())
}

fn load() -> Result<(Hello, Judge<Network>), Fault> {
    // Where it cannot be said, the system decides as for anybody.
    rustix::process::nice(NICE).ok();
    // This thread is all that the matrix kernels may use.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
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
