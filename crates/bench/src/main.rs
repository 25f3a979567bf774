//! What `cargo xtask bench` starts: runs suites, prints the table, writes the JSON.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum as _};
use serde_json::json;
use tom_bench::corpus::Sizes;
use tom_bench::engines::Delays;
use tom_bench::machine::{self, load, machine};
use tom_bench::suites::{Bench, Plan, Suite};
use tom_bench::table::{Report, Row};

/// Measures TOM and prints the table of docs/performance.md.
#[derive(Parser)]
#[command(name = "tom-bench")]
struct Cli {
    /// The suites to run [default: all]
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// Only a few of everything: a minute or two, for CI
    #[arg(long)]
    quick: bool,
    /// Write all numbers to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Add what happened in each call to this file, in words
    #[arg(long, value_name = "FILE")]
    traces: Option<PathBuf>,
    /// Put the table into the documentation
    #[arg(long)]
    write_docs: bool,
    /// The page of the documentation that holds the table
    #[arg(long, value_name = "FILE", default_value = "docs/performance.md")]
    docs: PathBuf,
    /// The server's program
    #[arg(long, value_name = "PROGRAM", default_value = "target/dist/tom")]
    tom: PathBuf,
    /// Where what is made is kept
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    dir: PathBuf,
    /// Recorded speech, used where it is there
    #[arg(long, value_name = "DIR", default_value = "../shared/data")]
    data: PathBuf,
    /// Calls at once, in the suites that look at single turns
    #[arg(long, default_value_t = 6)]
    at_once: usize,
    /// Calls at once under load
    #[arg(long, default_value_t = 300)]
    calls: usize,
    /// How long the load lasts, in seconds
    #[arg(long, default_value_t = 120)]
    load_seconds: u64,
    /// The program of the example `gateway`
    #[arg(long, value_name = "PROGRAM", default_value = "target/dist/examples/gateway")]
    gateway: PathBuf,
    /// Connections of the gateway
    #[arg(long, default_value_t = 1_000)]
    connections: usize,
    /// Calls over SIP at once, without engines
    #[arg(long, default_value_t = 500)]
    media_calls: usize,
    /// Short calls over SIP, one after another
    #[arg(long, default_value_t = 10_000)]
    short_calls: usize,
    /// Of the suite `phone` only the parts whose names contain this
    #[arg(long, value_name = "TEXT")]
    part: Option<String>,
    /// The folder of the models' weights [default: as tom has it]
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The seed of everything random
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// So many of each piece of the corpus, instead of the table's 300
    #[arg(long)]
    count: Option<usize>,
    /// With the end-of-turn model, which was trained on people and knows nothing of the corpus's voices
    #[arg(long)]
    judge: bool,
    /// The built-in engines and the flow instead of engines over HTTP
    #[arg(long)]
    builtin: bool,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Where `tom` keeps its models, if nobody says otherwise.
fn models() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("TOM_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").map(|base| base.join("tom")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/tom")));
    data.map(|data| data.join("models"))
}

fn run(cli: &Cli) -> Result<()> {
    let mut sizes = if cli.quick { Sizes::quick() } else { Sizes::full() };
    if let Some(count) = cli.count {
        sizes = Sizes { onsets: count, ends: count, pauses: count, noises: count, ..sizes };
    }
    machine::open_files()?;
    std::fs::create_dir_all(&cli.dir).with_context(|| format!("{} cannot be made", cli.dir.display()))?;
    let before = machine();
    let plan = Plan {
        tom: cli.tom.clone(),
        dir: cli.dir.clone(),
        data: cli.data.clone(),
        sizes,
        at_once: cli.at_once.max(1),
        calls: if cli.quick { cli.calls.min(10) } else { cli.calls },
        load_seconds: if cli.quick { cli.load_seconds.min(36) } else { cli.load_seconds.max(36) },
        gateway: cli.gateway.clone(),
        connections: if cli.quick { cli.connections.min(50) } else { cli.connections },
        media_calls: if cli.quick { cli.media_calls.min(20) } else { cli.media_calls },
        short_calls: if cli.quick { cli.short_calls.min(60) } else { cli.short_calls },
        gateway_seconds: if cli.quick { 5 } else { 30 },
        part: cli.part.clone().unwrap_or_default(),
        models: cli.models.clone().or_else(models),
        seed: cli.seed,
        delays: Delays::default(),
        traces: cli.traces.clone(),
        judge: cli.judge,
        builtin: cli.builtin,
    };
    let mut suites = cli.suites.clone();
    if suites.is_empty() {
        suites = Suite::value_variants().to_vec();
    }
    let began = Instant::now();
    let mut bench = Bench::start(plan)?;
    let (mut report, mut failed) = (Report::default(), Vec::new());
    for suite in suites {
        let started = Instant::now();
        eprintln!("{suite:?} ...");
        let rows = measure(&mut bench, suite).unwrap_or_else(|error| {
            failed.push(format!("{suite:?}"));
            vec![Row::missing(&format!("suite {suite:?}"), "", &format!("{error:#}"))]
        });
        for row in &rows {
            eprintln!("  {}: {} (bar: {})", row.figure, row.value, row.bar);
        }
        report.rows.extend(rows);
        eprintln!("{suite:?}: {:.0} s", started.elapsed().as_secs_f64());
        report.conditions = json!({
            "machine": before,
            "load_average_at_the_end": load(),
            "seed": cli.seed,
            "sizes": sizes,
            "recorded_speech": bench.maker.has_recordings(),
            "engines": if cli.builtin { json!("built in") } else { json!(bench.plan.delays) },
            "end_of_turn_model": cli.judge,
            "calls_at_once": bench.plan.at_once,
            "calls_under_load": bench.plan.calls,
            "callers": bench.own(),
            "seconds": began.elapsed().as_secs(),
            "failed_suites": failed,
        });
        // Kept as they come: a long run that is stopped was not for nothing.
        save(cli, &report)?;
    }
    println!("{}", report.table());
    println!("{:#}", report.conditions);
    anyhow::ensure!(failed.is_empty(), "these suites failed, the others are kept: {}", failed.join(", "));
    Ok(())
}

/// Runs a suite. What goes wrong in it is its own: the next one has a server again, and what was measured is kept.
fn measure(bench: &mut Bench, suite: Suite) -> Result<Vec<Row>> {
    bench.revive().context("the server does not start again")?;
    let mut rows = catch_unwind(AssertUnwindSafe(|| bench.run(suite)))
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the bench broke down in it, see above")))?;
    if bench.revive().context("the server ended, and does not start again")? {
        rows.push(Row::judged(
            &format!("the server lives through the suite {suite:?}"),
            "yes",
            "no: see target/bench/server.log".into(),
            false,
            (),
        ));
    }
    Ok(rows)
}

/// Writes what there is so far where it was asked for.
fn save(cli: &Cli, report: &Report) -> Result<()> {
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    if cli.write_docs {
        let path = &cli.docs;
        let page =
            std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        write(path, &report.into_page(&page)?)?;
    }
    if let Some(path) = &cli.json {
        let text = serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?;
        write(path, &text)?;
    }
    Ok(())
}
