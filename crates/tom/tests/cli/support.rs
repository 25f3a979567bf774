//! Runs the program in an empty home, and makes speech with flite.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program, as a user with an empty home would run it.
pub(crate) fn tom(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tom"));
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|n| n.starts_with("TOM_") && n != "TOM_WORKERS_DIR");
        if ours {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME").stdin(Stdio::null());
    command
}

/// Runs it with arguments and returns what it printed and how it ended.
pub(crate) fn run(home: &Path, args: &[&str]) -> Output {
    tom(home).args(args).output().expect("the program starts")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output as JSON.
pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("no JSON ({error}): {}{}", stdout(output), stderr(output));
    })
}

/// A WAV in which flite says something. PocketSphinx understands flite far better than espeak-ng.
pub(crate) fn flite(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    let status = Command::new("flite")
        .args(["-voice", "slt", "-t", text, "-o"])
        .arg(&path)
        .status()
        .expect("flite is installed (cargo xtask test does it)");
    assert!(status.success());
    path
}

/// The level of some audio, RMS of full scale.
pub(crate) fn rms(pcm: &[i16]) -> f64 {
    let sum: f64 = pcm.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    (sum / pcm.len().max(1) as f64).sqrt() / 32_768.0
}
