//! `cargo xtask bench engines`: what the engines' own benches measure, in one table.
//!
//! Each engine has a bench of its own, which prints rows `| figure | bar | value | yes |`.
//! Those that are in this checkout run one after the other.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::cmd::Cmd;
use crate::models;
use crate::needs;
use crate::onnxruntime;
use crate::place::Place;
use crate::setup::{Lack, packages};
use crate::step::Steps;

/// What an engine's bench is called, where it lies, and in which package.
struct Bench {
    title: &'static str,
    package: &'static str,
    folder: &'static str,
    name: &'static str,
}

impl Bench {
    fn is_there(&self, root: &Path) -> bool {
        let benches = root.join(self.folder).join("benches");
        [format!("{}.rs", self.name), format!("{}/main.rs", self.name)]
            .iter()
            .any(|file| benches.join(file).is_file())
    }
}

const BENCHES: [Bench; 7] = [
    Bench { title: "Worker protocol", package: "tom-worker", folder: "crates/worker", name: "round_trip" },
    Bench { title: "Whisper", package: "tom-worker-onnx", folder: "workers/onnx", name: "whisper" },
    Bench { title: "Language model", package: "tom-worker-llama", folder: "workers/llama", name: "chat" },
    Bench { title: "Piper voice", package: "tom-worker-onnx", folder: "workers/onnx", name: "voice" },
    Bench { title: "End of turn", package: "tom-models", folder: "crates/models", name: "end_of_turn" },
    Bench {
        title: "Whole local conversation",
        package: "tom-agent",
        folder: "crates/agent",
        name: "conversation",
    },
    Bench { title: "Memory of the profiles", package: "tom-models", folder: "crates/models", name: "memory" },
];

const BEGIN: &str = "<!-- the engines' table begins: cargo xtask bench engines --write-docs -->";
const END: &str = "<!-- the engines' table ends -->";

/// Runs the benches and prints the table; `--write-docs` also puts it into docs/performance.md.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    let mut write_docs = false;
    let mut only = Vec::new();
    for arg in args {
        match arg.to_str() {
            Some("--write-docs") => write_docs = true,
            Some(name) if BENCHES.iter().any(|bench| bench.name == name) => only.push(name),
            _ => {
                let names: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
                bail!(
                    "{} is nothing here: cargo xtask bench engines [{}] [--write-docs]",
                    arg.to_string_lossy(),
                    names.join("|")
                );
            }
        }
    }
    let place = Place::find()?;
    let there: Vec<&Bench> = BENCHES
        .iter()
        .filter(|bench| only.is_empty() || only.contains(&bench.name))
        .filter(|bench| bench.is_there(&place.root))
        .collect();
    let mut steps = Steps::new(4 + there.len());
    steps.step("System packages", |line| packages(needs::RUN, &place, Lack::IsFatal, line))?;
    steps.step("Model weights", |line| models::fetch(&place.models(), false, line))?;
    // One row compares with it.
    steps.step("onnxruntime", |line| onnxruntime::fetch(&place, line))?;
    // The conversation is held with it.
    let llama = there.iter().any(|bench| bench.name == "conversation").then_some(build::Llama::Processor);
    let llama = build::Llama::wanted(None, &place).or(llama);
    steps.step("Server and workers", |line| build::server(build::Profile::Release, llama, line))?;
    let mut rows = Vec::new();
    for bench in there {
        steps.step(bench.title, |_| {
            let mut cargo = Cmd::cargo()
                .args(["bench", "--quiet", "--package", bench.package, "--bench", bench.name])
                .env("TOM_WORKERS_DIR", place.target.join("release"))
                .env("TOM_MODELS", place.models());
            if let Some(library) = onnxruntime::library(&place) {
                cargo = cargo.env("ORT_DYLIB_PATH", library);
            }
            let found = cargo.read().and_then(|text| rows_of(&text));
            // What one engine lacks costs the others nothing.
            let (found, outcome) = match found {
                Ok(found) => (found, "measured".to_owned()),
                Err(error) => {
                    let why = format!("{error:#}");
                    let why =
                        why.lines().find(|line| line.contains("rror")).unwrap_or("it failed").to_owned();
                    (vec![row(&[bench.title, "", &format!("not measured: {why}"), "**not measured**"])], why)
                }
            };
            for row in &found {
                eprintln!("  {row}");
            }
            rows.extend(found);
            Ok(outcome)
        })?;
    }
    let table = format!(
        "{}\n\n| figure | bar | measured | met |\n|---|---|---|---|\n{}\n",
        machine(),
        rows.join("\n")
    );
    println!("{table}");
    if write_docs {
        let page = place.root.join("docs/performance.md");
        let text = fs::read_to_string(&page).context("docs/performance.md cannot be read")?;
        fs::write(&page, into_page(&text, &table)?).context("docs/performance.md cannot be written")?;
    }
    Ok(())
}

/// The rows of what a bench printed.
pub(crate) fn rows_of(text: &str) -> Result<Vec<String>> {
    let is_row =
        |line: &&str| line.starts_with("| ") && line.ends_with('|') && line.matches('|').count() == 5;
    let rows: Vec<String> = text.lines().map(str::trim).filter(is_row).map(str::to_owned).collect();
    if rows.is_empty() {
        bail!("Error: the bench printed no row");
    }
    Ok(rows)
}

fn row(cells: &[&str]) -> String {
    let clean: Vec<String> = cells.iter().map(|cell| cell.replace('|', "/")).collect();
    format!("| {} |", clean.join(" | "))
}

/// The page with the table between its marks.
pub(crate) fn into_page(page: &str, table: &str) -> Result<String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        bail!("the page has no place for the engines' table: write {BEGIN} and {END} into it");
    };
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

/// What it was measured on, in a line.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(Path::new(path)).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let cpu = cpu
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("unknown");
    format!("{cpu}, {cores} cores; load average {load} after the run.")
}

#[cfg(test)]
mod tests;
