//! On what did a run run?

use anyhow::{Context as _, Result};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};

/// Takes as many sockets as the system gives: a thousand calls need more than the usual 1 024.
///
/// # Errors
/// When the system refuses.
pub fn open_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).context("the system gives no more open files")
}

/// This machine, as far as figures depend on it.
#[must_use]
pub fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()));
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kb = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    json!({
        "cpu": model.unwrap_or("unknown"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_gb": kb.map(|kb| (kb as f64 / 1e6 * 10.0).round() / 10.0),
        "load_average": load(),
    })
}

/// The load average of the last minute: what else runs here.
#[must_use]
pub fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}
