//! Which of our programs can be built on this machine, and how.

use anyhow::Result;

use crate::cmd::Cmd;
use crate::needs;
use crate::place::Place;
use crate::step::Line;

/// The packages of the workers whose C libraries are there, and a remark for each of the others.
pub(crate) fn workers() -> (Vec<&'static str>, Vec<String>) {
    let mut ready = Vec::new();
    let mut remarks = Vec::new();
    for (package, needs) in needs::WORKERS {
        let missing = needs::missing(*needs);
        if missing.is_empty() {
            ready.push(*package);
        } else {
            remarks.push(format!("{package} is left out; it needs {}", missing.join(" ")));
        }
    }
    (ready, remarks)
}

/// What the worker for language models computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Llama {
    /// Processors alone.
    Processor,
    /// NVIDIA's cards, too.
    Cuda,
    /// Cards that Vulkan knows, too.
    Vulkan,
}

impl Llama {
    /// Whether it is wanted: somebody says so, the configuration does, or it was built before.
    pub(crate) fn wanted(asked: Option<Self>, place: &Place) -> Option<Self> {
        let configured = std::env::var_os("TOM_LLM__ENGINE").is_some_and(|engine| engine == "llama");
        let built = place.target.join("release").join(LLAMA).exists();
        asked.or((configured || built).then_some(Self::Processor))
    }
}

/// The worker for language models.
const LLAMA: &str = "tom-worker-llama";

/// How much is done for speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What can be waited for.
    Release,
    /// All that the compiler can do, as in the programs that are released.
    Dist,
}

impl Profile {
    /// Its name for cargo, and of its folder under `target`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dist => "dist",
        }
    }
}

/// Builds the server and those workers that can be built, as users run them.
pub(crate) fn server(profile: Profile, llama: Option<Llama>, line: &Line) -> Result<String> {
    let (workers, remarks) = workers();
    for remark in &remarks {
        line.note(remark);
    }
    let mut cargo = Cmd::cargo().args(["build", "--profile", profile.name(), "--package", "tom"]);
    for worker in &workers {
        cargo = cargo.args(["--package", worker]);
    }
    cargo.show(line)?;
    if let Some(with) = llama {
        language_models(with, line);
    }
    Ok(match remarks.len() {
        0 => "up to date".into(),
        _ => format!("up to date, with {} of {} workers", workers.len(), needs::WORKERS.len()),
    })
}

/// Builds the worker for language models. What fails here is a remark: TOM runs without.
fn language_models(with: Llama, line: &Line) {
    let missing = needs::missing(needs::LLAMA);
    if !missing.is_empty() {
        line.note(&format!("{LLAMA} is left out; it needs {}", missing.join(" ")));
        return;
    }
    line.say("llama.cpp is compiled once, which takes some minutes");
    let mut cargo = Cmd::cargo().args(["build", "--release", "--package", LLAMA]);
    match with {
        Llama::Processor => {}
        Llama::Cuda => cargo = cargo.args(["--features", "cuda"]),
        Llama::Vulkan => cargo = cargo.args(["--features", "vulkan"]),
    }
    if let Err(error) = cargo.show(line) {
        line.note(&format!("{LLAMA} is left out: {error:#}"));
    }
}
