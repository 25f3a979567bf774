//! What a contributor runs: run, test, bench, ci, tidy, coverage, setup.
//!
//! It depends on none of our crates, so that it builds in seconds and works when they do not.
#![forbid(unsafe_code)]

mod apt;
mod bench;
mod build;
mod ci;
mod cmd;
mod coverage;
mod engines;
mod models;
mod needs;
mod node;
mod offer;
mod onnxruntime;
mod pip;
mod place;
mod run;
mod setup;
mod step;
mod test;
mod tidy;
mod web;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs, tests and checks TOM.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing, build everything and start `tom serve` on 127.0.0.1:8080
    Run {
        /// Bring the models that suit this machine without asking: their licences are accepted
        #[arg(long, conflicts_with = "offline")]
        yes: bool,
        /// Bring no models, and ask nobody
        #[arg(long)]
        offline: bool,
        /// Build the worker for language models in GGUF files, too: some minutes, once
        #[arg(long)]
        llama: bool,
        /// The same for NVIDIA's graphics cards, with CUDA
        #[arg(long, conflicts_with = "vulkan")]
        cuda: bool,
        /// The same for other graphics cards, with Vulkan
        #[arg(long)]
        vulkan: bool,
        /// Arguments for `tom serve`, after `--`
        #[arg(last = true)]
        serve: Vec<OsString>,
    },
    /// Install what the tests need and run all of them
    Test,
    /// Measure TOM and print the table of docs/performance.md
    Bench {
        /// engines: what each engine's own bench measures. Else for the bench: suites, --quick, --json FILE, --write-docs and more; --help tells them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Check the rules of the house: file sizes, arrows between crates, lints, links
    Tidy,
    /// Do what CI does: format, tidy, clippy, docs, licences, tests
    Ci {
        /// Leave a part out (may be given several times)
        #[arg(long, value_enum, value_name = "PART")]
        skip: Vec<ci::Part>,
    },
    /// Measure how much of the code the tests run, and fail below 80 %
    Coverage,
    /// Only install what running and testing need
    Setup,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run { yes, offline, llama, cuda, vulkan, serve } => {
            let say = match (yes, offline) {
                (true, _) => offer::Say::Yes,
                (_, true) => offer::Say::Offline,
                _ => offer::Say::Ask,
            };
            let llama = match (llama, cuda, vulkan) {
                (_, true, _) => Some(build::Llama::Cuda),
                (_, _, true) => Some(build::Llama::Vulkan),
                (llama, ..) => llama.then_some(build::Llama::Processor),
            };
            run::run(say, llama, &serve)
        }
        Command::Test => test::run(),
        Command::Bench { args } => bench::run(&args),
        Command::Tidy => tidy::run(),
        Command::Ci { skip } => ci::run(&skip),
        Command::Coverage => coverage::run(),
        Command::Setup => setup::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
