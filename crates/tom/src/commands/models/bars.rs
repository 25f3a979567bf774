//! How far is each file? As bars for people at a terminal, as lines for others.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tom_shelf::{RelPath, Watch};

/// One bar for each file under way.
pub(crate) struct Bars {
    all: MultiProgress,
    files: Mutex<HashMap<RelPath, ProgressBar>>,
    /// Nobody looks at bars.
    plain: bool,
}

impl Bars {
    /// With `quiet` nothing but remarks is said.
    pub(crate) fn new(quiet: bool) -> Self {
        let plain = quiet || !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(8) };
        Self { all: MultiProgress::with_draw_target(target), files: Mutex::default(), plain }
    }

    /// Takes the bars away.
    pub(crate) fn close(&self) {
        for bar in self.files().values() {
            bar.finish_and_clear();
        }
        // Nothing is drawn by what still runs.
        self.all.set_draw_target(ProgressDrawTarget::hidden());
    }

    fn files(&self) -> std::sync::MutexGuard<'_, HashMap<RelPath, ProgressBar>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Bars {
    fn began(&self, file: &RelPath, have: u64, size: u64) {
        let mut files = self.files();
        let bar = files.entry(file.clone()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new(size));
            let shape = "{msg:<36!} {wide_bar} {decimal_bytes:>9}/{decimal_total_bytes:<9} {decimal_bytes_per_sec:>11} {eta:>4}";
            if let Ok(style) = ProgressStyle::with_template(shape) {
                bar.set_style(style);
            }
            bar.set_message(file.to_string());
            bar
        });
        bar.set_position(have);
        bar.reset_eta();
    }

    fn grew(&self, file: &RelPath, by: u64) {
        if let Some(bar) = self.files().get(file) {
            bar.inc(by);
        }
    }

    fn ended(&self, file: &RelPath) {
        if let Some(bar) = self.files().remove(file) {
            bar.finish_and_clear();
        }
    }

    fn said(&self, text: &str) {
        if self.plain {
            eprintln!("{text}");
        } else {
            self.all.suspend(|| eprintln!("{text}"));
        }
    }
}
