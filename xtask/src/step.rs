//! What is said while steps run: their number, what they do, how it came out and how long it took.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

/// A numbered row of steps.
pub(crate) struct Steps {
    total: usize,
    done: usize,
    started: Instant,
}

/// The line of the step that runs: a spinner on a terminal, plain text elsewhere.
pub(crate) struct Line {
    bar: Option<ProgressBar>,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0, started: Instant::now() }
    }

    /// Runs one step, which says in a few words how it came out.
    pub(crate) fn step(&mut self, title: &str, work: impl FnOnce(&Line) -> Result<String>) -> Result<()> {
        self.done += 1;
        let head = format!("[{}/{}] {title}", self.done, self.total);
        let line = Line::new(&head);
        let began = Instant::now();
        let result = work(&line);
        let took = short(began.elapsed());
        line.hide();
        match &result {
            Ok(outcome) => eprintln!("{head}: {outcome} ({took})"),
            Err(_) => eprintln!("{head}: FAILED ({took})"),
        }
        result.map(drop).context(format!("{title} failed"))
    }

    /// How long all of it took.
    pub(crate) fn elapsed(&self) -> String {
        short(self.started.elapsed())
    }
}

impl Line {
    fn new(head: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            eprintln!("{head} ...");
            return Self { bar: None };
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}") {
            bar.set_style(style);
        }
        bar.set_prefix(head.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar: Some(bar) }
    }

    /// What the step does just now.
    pub(crate) fn say(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    /// Something that stays on the screen.
    pub(crate) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("      {text}")),
            None => eprintln!("      {text}"),
        }
    }

    /// Leaves the screen to somebody else.
    pub(crate) fn hide(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A duration in seconds, or in minutes and seconds.
pub(crate) fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests;
