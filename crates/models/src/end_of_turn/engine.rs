//! smart-turn v3 in a worker process: how is it run, and how is it?

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_engine::{EndOfTurn, EndOfTurnEvent, EndOfTurnStream, EngineError, ErrorKind, Health};
use tom_worker::{Status, Supervisor, SupervisorOptions};

use super::asking::{Asking, Shared, locked};
use super::gate::{Counts, Gate, Limits};
use crate::workers::{self, health};

/// The weights' file in the models' folder, as the catalogue of models names it.
pub const WEIGHTS: &str = "smart-turn-v3.2-cpu.onnx";

/// How long an answer is taken to last before the worker has said it.
const GUESS: Duration = Duration::from_millis(60);

/// How smart-turn is run.
#[derive(Clone, Debug)]
pub struct SmartTurnOptions {
    /// The weights' file.
    pub weights: PathBuf,
    /// How much it may do.
    pub limits: Limits,
}

/// smart-turn v3: any language, by the sound alone. Dropping it ends its worker.
#[derive(Debug)]
pub struct SmartTurn {
    supervisor: Supervisor,
    gate: Shared,
    limits: Limits,
    /// Whether the gate knows how fast the worker is.
    measured: AtomicBool,
}

/// How smart-turn is, with what metrics count.
#[derive(Clone, Debug)]
pub struct SmartTurnStatus {
    /// Its worker.
    pub workers: Status,
    /// What became of the questions.
    pub counts: Counts,
    /// Questions that are open.
    pub open: usize,
    /// How long an answer takes, as seen lately.
    pub takes: Duration,
    /// Computing in the second before the last question.
    pub used: Duration,
}

impl SmartTurn {
    /// Starts the worker and returns at once. What is missing is told by [`health`](EndOfTurn::health), and
    /// looked for again every some seconds.
    ///
    /// # Errors
    /// When the path of the weights is no text, or the system has no threads left.
    pub fn start(options: SmartTurnOptions) -> Result<Self, EngineError> {
        let path = options.weights.into_os_string().into_string().map_err(|path| {
            let path = PathBuf::from(path);
            let what = format!("the path of smart-turn's weights is no UTF-8: {}", path.display());
            EngineError::new(ErrorKind::Missing, what)
        })?;
        let mut run = SupervisorOptions::new("smart-turn", "tom-worker-onnx");
        run.args = vec![path];
        run.shards = 1;
        let supervisor = workers::start(run, "smart-turn's worker")?;
        let gate = Arc::new(Mutex::new(Gate::new(options.limits, GUESS)));
        Ok(Self { supervisor, gate, limits: options.limits, measured: AtomicBool::new(false) })
    }

    /// Waits until the worker is ready or has failed, but not longer than a time. Blocks: not for async tasks.
    #[must_use]
    pub fn wait_ready(&self, within: Duration) -> Health {
        let status = self.supervisor.wait_ready(within);
        self.learn(&status);
        health(&status)
    }

    /// How it is, with what metrics count.
    #[must_use]
    pub fn status(&self) -> SmartTurnStatus {
        let workers = self.supervisor.status();
        let gate = locked(&self.gate);
        SmartTurnStatus {
            workers,
            counts: gate.counts(),
            open: gate.open(),
            takes: gate.takes(),
            used: gate.used(),
        }
    }

    /// Ends the worker, for at most a second; questions that are open fail.
    pub fn close(&self) {
        self.supervisor.close();
    }

    /// Takes over how fast the worker found itself to be, once.
    fn learn(&self, status: &Status) {
        let Some(hello) = status.hello.as_ref() else {
            return;
        };
        if !self.measured.swap(true, Ordering::Relaxed) {
            let details: serde_json::Value = serde_json::from_str(&hello.details).unwrap_or_default();
            let ms = details["judge_ms"].as_f64().unwrap_or_default();
            if let Some(takes) = Duration::try_from_secs_f64(ms / 1e3).ok().filter(|takes| !takes.is_zero()) {
                locked(&self.gate).measured(takes);
            }
        }
    }
}

impl EndOfTurn for SmartTurn {
    fn open(&self, events: mpsc::Sender<EndOfTurnEvent>) -> Result<Box<dyn EndOfTurnStream>, EngineError> {
        if !self.measured.load(Ordering::Relaxed) {
            self.learn(&self.supervisor.status());
        }
        Ok(Box::new(Asking::open(&self.supervisor, &self.gate, self.limits, events)?))
    }

    fn health(&self) -> Health {
        health(&self.supervisor.status())
    }

    fn name(&self) -> &'static str {
        "smart-turn"
    }
}
