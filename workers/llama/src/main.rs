//! Language models in GGUF files in a process of their own, by llama.cpp.
//!
//! Started by TOM, with which it talks over its standard input (see `tom-worker`), as `tom-worker-llama OPTIONS`, the
//! options in JSON.

use std::ffi::OsString;

use anyhow::Context;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use tom_worker::child::Link;
use tom_worker::{Fault, FaultKind, Hello};
use tom_worker_llama::engine::Engine;
use tom_worker_llama::form::Limited;
use tom_worker_llama::model::{self, Model};
use tom_worker_llama::options::Options;
use tom_worker_llama::serve;

/// How much more politely than others it runs, 0 to 19: voice activity and playout of all calls come first.
const NICE: i32 = 5;

/// The template that a file carries may take so much memory and no more.
#[global_allocator]
static ALLOCATOR: Limited = Limited;

fn main() -> anyhow::Result<()> {
    let mut link = Link::inherit()?;
    // Where it cannot be said, the system decides as for anybody.
    rustix::process::nice(NICE).ok();
    // Nobody listens: its chatter is switched off. Of what goes wrong it says enough in its answers.
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    let backend = LlamaBackend::init()?;
    let deaf = "tom did not hear why the language model cannot be loaded";
    let loaded = options(std::env::args_os().nth(1)).and_then(|options| {
        let model = model::load(&backend, &options)?;
        Ok((options, model))
    });
    let (options, model) = match loaded {
        Ok(loaded) => loaded,
        Err(fault) => return link.refuse(fault).context(deaf),
    };
    match Engine::new(&backend, &model, &options) {
        Ok(mut engine) => {
            let hello = hello(&model, &options, engine.form());
            Ok(serve::serve(&mut link, hello, &mut engine)?)
        }
        Err(fault) => link.refuse(fault).context(deaf),
    }
}

fn options(argument: Option<OsString>) -> Result<Options, Fault> {
    let missing = |what: String| Fault::new(FaultKind::Missing, what);
    let text = argument.and_then(|text| text.into_string().ok());
    let text = text.ok_or_else(|| missing("the worker was not told which language model to load".into()))?;
    serde_json::from_str(&text)
        .map_err(|error| missing(format!("the worker's options cannot be read: {error}")))
}

fn hello(model: &Model, options: &Options, form: &str) -> Hello {
    let outline = &model.outline;
    let details = serde_json::json!({
        "architecture": outline.architecture,
        "name": outline.name,
        "parameters": model.llama.n_params(),
        "trained_context": outline.context,
        "context": options.context,
        "cache": options.cells(),
        "gpu_layers": options.gpu_layers,
        "template": form,
    });
    Hello {
        engine: "llama.cpp".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        details: details.to_string(),
    }
}
