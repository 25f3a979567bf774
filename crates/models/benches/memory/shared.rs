//! Layer: bench. What of a language model's weights do two processes have in common that load the same file?

use std::error::Error;
use std::fs;
use std::path::Path;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{Health, Llm, LlmEvent, LlmMessage, LlmRequest};
use tom_models::llm::{LlamaLlm, LlamaOptions};
use tom_tiny::Llama;

use super::LONG;

/// Prints what two workers take with a model of 0.5 B, after a reply of each.
pub(super) fn two(runtime: &Runtime) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("half.gguf");
    Llama::HalfSpeaker.write(&path)?;
    let size = fs::metadata(&path)?.len();
    let mut workers = Vec::new();
    for _ in 0..2 {
        let options = LlamaOptions {
            context: 1024,
            cache: 1024,
            first: LONG,
            gap: LONG,
            ..LlamaOptions::new(path.clone())
        };
        let worker = LlamaLlm::start(&options, runtime.handle())?;
        match worker.wait_ready(LONG) {
            Health::Ok => {}
            other => return Err(format!("it is not ready: {other:?}").into()),
        }
        runtime.block_on(reply(&worker))?;
        workers.push(worker);
    }
    let mut all = Vec::new();
    for worker in &workers {
        let pid = *worker.status().pids.first().ok_or("it has no process")?;
        all.push((of_file(pid, &path)?, rollup(pid, "Pss:")?, rollup(pid, "Private_Dirty:")?));
    }
    let mb = |bytes: u64| bytes.div_ceil(1_000_000);
    for ((mapped, share, own), process) in all.into_iter().zip(["one", "the other"]) {
        println!(
            "| memory of two workers with the same model of {} MB, {process} of them |  | {} MB of the file mapped and shared, \
             {} MB its own; its share of all: {} MB |  |",
            mb(size),
            mb(mapped),
            mb(own),
            mb(share)
        );
    }
    workers.iter().for_each(LlamaLlm::close);
    Ok(())
}

async fn reply(worker: &LlamaLlm) -> Result<(), Box<dyn Error>> {
    let (sender, mut events) = mpsc::channel(256);
    let mut stream = worker.open(sender)?;
    let messages = vec![LlmMessage::User("Are you open on Sunday?".into())];
    stream.generate(LlmRequest {
        epoch: Epoch::default(),
        messages,
        tools: Vec::new().into(),
        max_tokens: 8,
    })?;
    while let Some(event) = tokio::time::timeout(LONG, events.recv()).await? {
        match event {
            LlmEvent::Done { .. } => return Ok(()),
            LlmEvent::Failed { error, .. } => return Err(error.into()),
            LlmEvent::Text { .. } | LlmEvent::Call { .. } => {}
        }
    }
    Err("the worker went away".into())
}

/// Bytes of a file's mapping that are in a process's memory and not its own alone.
fn of_file(pid: u32, path: &Path) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps"))?;
    let name = path.to_string_lossy();
    let (mut inside, mut kilobytes) = (false, 0);
    for line in text.lines() {
        // A mapping's first line begins with its addresses.
        if line.split(' ').next().is_some_and(|word| word.contains('-')) {
            inside = line.ends_with(&*name);
        } else if let Some(value) = ["Shared_Clean:", "Shared_Dirty:"] // Dirty: it was just written.
            .iter()
            .find_map(|name| line.strip_prefix(name).filter(|_| inside))
        {
            kilobytes += number(value)?;
        }
    }
    Ok(kilobytes * 1024)
}

/// A figure of all of a process's memory, in bytes.
pub(super) fn rollup(pid: u32, figure: &str) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(figure));
    Ok(number(value.ok_or("the kernel does not tell it")?)? * 1024)
}

fn number(value: &str) -> Result<u64, Box<dyn Error>> {
    Ok(value.trim().strip_suffix(" kB").ok_or("the kernel tells no kilobytes")?.trim().parse()?)
}
