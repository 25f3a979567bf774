//! TOM, a real-time voice assistant server.
#![forbid(unsafe_code)]

mod agent;
mod cli;
mod commands;
mod config;
mod dialogue;
mod engines;
mod exit;
mod hold;
mod http;
mod keeping;
mod logging;
mod output;
mod page;
mod prompts;
mod switchboard;
mod telephone;
mod webhook;

use std::process::ExitCode;

/// The C library's allocator kept nearly all that calls had used: buffers that are larger the longer a caller speaks lie
/// between small ones that stay, so that no page of it comes free. Measured with 200 calls of half a minute
/// (`cargo xtask bench load`), ten seconds after the last: 129 of 138 MB were still held, 49 of 103 MB with its knobs
/// turned as far as they go, 10 of 122 MB with mimalloc 3 and 1 of 91 MB with mimalloc 2, at the same processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use clap::{CommandFactory as _, Parser as _};

use cli::{Cli, Command};
use exit::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tom: the system gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(&cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let text = failure.to_string();
            if !text.is_empty() {
                eprintln!("{text}");
            }
            failure.code()
        }
    }
}

async fn run(cli: &Cli) -> Result<(), Failure> {
    let global = &cli.global;
    if !matches!(cli.command, Command::Serve(_)) {
        logging::quiet(global);
    }
    match &cli.command {
        Command::Serve(args) => commands::serve::run(global, args).await,
        Command::Call(args) => commands::call::run(global, args).await,
        Command::Replay(args) => commands::replay::run(args),
        Command::Calls(command) => commands::calls::run(global, command).await,
        Command::Dial(args) => commands::dial::run(global, args).await,
        Command::Sip(command) => commands::sip::run(global, command).await,
        Command::Trunk(command) => commands::trunk::run(global, command).await,
        Command::Say(args) => commands::say::run(global, args).await,
        Command::Transcribe(args) => commands::transcribe::run(global, args).await,
        Command::Flow(command) => commands::flow::run(command),
        Command::Models(command) => commands::models::run(global, command).await,
        Command::Bundle(command) => commands::bundle::run(global, command),
        Command::Probe(args) => commands::probe::run(global, args).await,
        Command::Bench(args) => commands::bench::run(global, args).await,
        Command::Doctor(args) => commands::doctor::run(global, *args).await,
        Command::Config(command) => commands::config::run(global, command),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "tom", &mut std::io::stdout());
            Ok(())
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(())
        }
    }
}
