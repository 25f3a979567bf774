//! The suites: what is measured, in which order, and what all of them need.

mod barge_in;
mod built_in;
mod echo;
mod gateway;
pub mod greetings;
mod holding;
mod inside;
mod load;
mod loss;
mod noise;
mod parts;
mod phone;
mod tally;
mod turns;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use tom_probe::Trace;
use tom_probe::line::EngineReport;

use self::holding::{Call, hold};
use crate::corpus::{AGENT, Item, Maker, Sizes, Tongue};
use crate::engines::{Delays, Engines};
use crate::server::{Served, config};
use crate::table::Row;

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Suite {
    /// How soon the agent falls silent.
    BargeIn,
    /// What stops it for nothing: listener's words, coughs, clicks, music, a street, its echo.
    Noise,
    /// Whether it interrupts itself, and whether callers still can.
    Echo,
    /// How soon it answers.
    Turns,
    /// Whether it takes the turn in the caller's pause.
    CutOffs,
    /// How soon the built-in engines and a flow answer.
    BuiltIn,
    /// Many calls at once.
    Load,
    /// A thousand connections without engines.
    Gateway,
    /// Calls over SIP: how soon they are answered, barge-in, the way there and back, many at once.
    Phone,
    /// Whether it is a person or a machine that picked up a call out.
    Greetings,
    /// What a bad network costs a telephone call: gaps, and recognition.
    Loss,
    /// The turn core by itself.
    Core,
    /// Voice activity and codecs by themselves.
    Parts,
}

/// How a run is held.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server's program.
    pub tom: PathBuf,
    /// Where what is made is kept.
    pub dir: PathBuf,
    /// Recorded speech.
    pub data: PathBuf,
    /// How many of everything.
    pub sizes: Sizes,
    /// Calls at once, in the suites that measure one call after another.
    pub at_once: usize,
    /// Calls at once under load.
    pub calls: usize,
    /// How long that load lasts, in seconds.
    pub load_seconds: u64,
    /// The program of the example `gateway`.
    pub gateway: PathBuf,
    /// Its connections.
    pub connections: usize,
    /// Its calls over SIP.
    pub media_calls: usize,
    /// Short calls over SIP.
    pub short_calls: usize,
    /// Of the telephone's suite only the parts whose names contain this.
    pub part: String,
    /// How long connections and calls without engines are measured, in seconds.
    pub gateway_seconds: u64,
    /// The folder of the models' weights.
    pub models: Option<PathBuf>,
    /// Of everything random.
    pub seed: u64,
    /// The programmed delays.
    pub delays: Delays,
    /// A file that takes what happened in each call, in words.
    pub traces: Option<PathBuf>,
    /// With the judge of ends of turns.
    pub judge: bool,
    /// Only the built-in engines and the flow: for working on the bench where no engine over HTTP is wired.
    pub builtin: bool,
}

/// What all suites share.
pub struct Bench {
    /// How it is held.
    pub plan: Plan,
    /// The corpus.
    pub maker: Maker,
    /// The engines of fixed delay.
    pub engines: Engines,
    served: Served,
    own: Vec<EngineReport>,
}

impl Bench {
    /// Makes the agent's voice, starts the engines and the server.
    ///
    /// # Errors
    /// When a program is missing or something does not start.
    pub fn start(plan: Plan) -> Result<Self> {
        let maker = Maker::new(&plan.dir.join("corpus"), &plan.data, plan.seed)?;
        let engines = Engines::start(plan.delays, &maker.agent()?, AGENT)?;
        let served = serve(&plan, &engines)?;
        Ok(Self { plan, maker, engines, served, own: Vec::new() })
    }

    /// Starts the server again if it is gone: one suite's trouble is not the next one's. Says whether it was.
    ///
    /// # Errors
    /// When it does not start.
    pub fn revive(&mut self) -> Result<bool> {
        let gone = self.served.is_gone();
        if gone {
            self.served = serve(&self.plan, &self.engines)?;
        }
        Ok(gone)
    }

    /// Runs a suite.
    ///
    /// # Errors
    /// When something is missing; what the server does wrong stands in the rows.
    pub fn run(&mut self, suite: Suite) -> Result<Vec<Row>> {
        match suite {
            Suite::BargeIn => barge_in::run(self),
            Suite::Noise => noise::disturbances(self),
            Suite::Echo => echo::run(self),
            Suite::Turns => turns::voice_to_voice(self),
            Suite::CutOffs => turns::cut_offs(self),
            Suite::BuiltIn => built_in::run(self),
            Suite::Load => load::run(self),
            Suite::Gateway => gateway::run_suite(self),
            Suite::Phone => phone::run(self),
            Suite::Greetings => greetings::run(self),
            Suite::Loss => loss::run(self),
            Suite::Core => inside::core(),
            Suite::Parts => parts::parts(self),
        }
    }

    /// How well the callers kept their own time so far.
    #[must_use]
    pub fn own(&self) -> EngineReport {
        self.own.iter().fold(EngineReport::default(), |all, one| EngineReport {
            frames: all.frames + one.frames,
            late: all.late + one.late,
            latest_ms: all.latest_ms.max(one.latest_ms),
            most_at_once: all.most_at_once.max(one.most_at_once),
        })
    }

    /// Makes calls, some at once, and returns them.
    fn hold(&mut self, calls: Vec<Call>) -> Result<Vec<Trace>> {
        let (traces, own) = hold(&self.plan, &self.served, self.plan.at_once, calls)?;
        self.own.extend(own);
        Ok(traces)
    }
}

/// The server that most suites call.
fn serve(plan: &Plan, engines: &Engines) -> Result<Served> {
    let url = engines.url();
    let config = config((!plan.builtin).then_some(url.as_str()), 1_000, plan.judge);
    Served::start(&plan.tom, &plan.dir, "server", &config)
}

/// Pieces by their names, as traces call them.
fn by_name(items: &[Item]) -> BTreeMap<&str, &Item> {
    items.iter().map(|item| (item.name.as_str(), item)).collect()
}

/// Pieces of one language at a time, so many a call.
fn shares(items: &[Item], per_call: usize) -> Vec<Vec<&Item>> {
    [Tongue::En, Tongue::De]
        .into_iter()
        .flat_map(|tongue| {
            let of_it: Vec<&Item> = items.iter().filter(|item| item.tongue == tongue).collect();
            of_it.chunks(per_call.max(1)).map(<[_]>::to_vec).collect::<Vec<_>>()
        })
        .collect()
}

/// What went wrong with calls, in words; a suite tells it beside its figures.
fn troubles(traces: &[Trace]) -> (usize, Vec<String>) {
    let bad: Vec<&Trace> = traces.iter().filter(|trace| !trace.is_good()).collect();
    let why = |trace: &&Trace| trace.problems.first().cloned().unwrap_or(format!("{:?}", trace.ended));
    let mut reasons: Vec<String> = bad.iter().map(why).collect();
    reasons.sort();
    reasons.dedup();
    reasons.truncate(10);
    (bad.len(), reasons)
}
