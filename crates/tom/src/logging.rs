//! Where log lines go: standard error, as text for people or JSON for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::cli::Global;
use crate::config::Config;

/// For the server: as configured; `-v` logs more.
pub(crate) fn serving(global: &Global, config: &Config) {
    let level = match global.verbose {
        0 => config.log_level.as_str(),
        1 => "debug",
        _ => "trace",
    };
    start(global, level, config.log_json);
}

/// For other commands: warnings only, unless `-v` asks for more.
pub(crate) fn quiet(global: &Global) {
    let level = match global.verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    start(global, level, false);
}

fn start(global: &Global, level: &str, json: bool) {
    let colours =
        !global.no_color && std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal();
    // Only TOM's own parts follow the level: libraries that talk about sockets stay at warnings.
    let filter = EnvFilter::new(format!(
        "warn,tom={level},tom_server={level},tom_call={level},tom_models={level},tom_worker={level}"
    ));
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let started = if json { lines.json().try_init() } else { lines.with_target(false).try_init() };
    // Only a second start can fail, and the first one goes on.
    drop(started);
}
