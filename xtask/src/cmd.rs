//! How other programs are started, and what is said when they fail.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step::Line;

/// Lines from the beginning and from the end of a program's output that an error message shows: some
/// programs name the cause first, some last.
const HEAD: usize = 8;
const TAIL: usize = 20;

/// A program to start.
#[derive(Debug)]
pub(crate) struct Cmd {
    command: Command,
}

impl Cmd {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self { command: Command::new(program) }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// What a person would have typed.
    pub(crate) fn shown(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Whether it runs and succeeds; its output goes nowhere.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Its standard output.
    pub(crate) fn read(mut self) -> Result<String> {
        let shown = self.shown();
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("could not start `{shown}`"))?;
        if !output.status.success() {
            bail!(
                "`{shown}` failed ({}):\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it with its output on the screen.
    pub(crate) fn show(mut self, line: &Line) -> Result<()> {
        let shown = self.shown();
        line.hide();
        let status = self.command.status().with_context(|| format!("could not start `{shown}`"))?;
        if !status.success() {
            bail!("`{shown}` failed ({status})");
        }
        Ok(())
    }

    /// Runs it with the latest line of its output as the step's message; an error shows the end of it.
    pub(crate) fn follow(mut self, line: &Line) -> Result<()> {
        let shown = self.shown();
        let (reader, writer) = io::pipe().context("no pipe to be had")?;
        let mut child = {
            let spawned = self
                .command
                .stdin(Stdio::null())
                .stdout(writer.try_clone().context("no pipe to be had")?)
                .stderr(writer)
                .spawn()
                .with_context(|| format!("could not start `{shown}`"))?;
            // The command keeps our ends of the pipe open; the output would never end.
            drop(self.command);
            spawned
        };
        let mut head = Vec::new();
        let mut tail = VecDeque::new();
        for bytes in BufReader::new(reader).split(b'\n') {
            let bytes = bytes.with_context(|| format!("`{shown}` could not be read"))?;
            let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            if text.is_empty() {
                continue;
            }
            line.say(&text);
            if head.len() < HEAD {
                head.push(text);
                continue;
            }
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(text);
        }
        let status = child.wait().with_context(|| format!("lost `{shown}`"))?;
        if !status.success() {
            head.extend(tail);
            bail!("`{shown}` failed ({status}):\n  {}", head.join("\n  "));
        }
        Ok(())
    }

    /// Becomes that program; returns only when that fails.
    pub(crate) fn become_it(mut self) -> anyhow::Error {
        use std::os::unix::process::CommandExt;
        let shown = self.shown();
        anyhow::Error::new(self.command.exec()).context(format!("could not start `{shown}`"))
    }
}
