//! Layer: bench. How well, how fast and at what price does smart-turn tell finished turns from unfinished ones?
//!
//! `cargo bench -p tom-models --bench end_of_turn` speaks sentences with flite and espeak-ng (Debian's packages),
//! whole and broken off at a pause, adds silence and asks. It needs the worker of the same build
//! (`cargo build --release -p tom-worker-onnx`) and the weights (`cargo xtask setup`). The last line is the same as
//! JSON.
#![expect(clippy::print_stdout, reason = "a table for people")]

mod score;
mod speech;

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc;
use tom_engine::{EndOfTurn, EndOfTurnEvent, EndOfTurnStream, Epoch, Health};
use tom_models::end_of_turn::{Limits, SmartTurn, SmartTurnOptions, WEIGHTS};

use crate::score::{Judgement, report};
use crate::speech::{human, spoken};

const LONG: Duration = Duration::from_secs(60);
/// Silence after the last voice when the question is put, in milliseconds.
const SILENCES: [usize; 4] = [64, 120, 200, 400];

fn main() -> Result<(), Box<dyn Error>> {
    let judge = start()?;
    let mut line = Line::open(&judge)?;
    let mut clips = spoken()?;
    clips.extend(human());
    let (mut judgements, mut took) = (Vec::new(), Vec::new());
    for clip in &clips {
        for silence in SILENCES {
            let began = Instant::now();
            let p = line.ask(&clip.followed_by(silence))?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
            judgements.push(Judgement { p, silence, clip });
        }
    }
    let quality = report(&judgements, &SILENCES);
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let status = judge.status();
    println!(
        "\none answer, question to event: p50 {:.1} ms, p95 {:.1} ms, least {:.1} ms ({} questions, up to two threads)",
        at(0.5),
        at(0.95),
        at(0.0),
        took.len()
    );
    let (median, met) = (at(0.5), if at(0.5) <= 60.0 { "yes" } else { "**no**" });
    println!(
        "| end-of-turn model, one answer about 8 s, up to two threads | p50 <= 60 ms | p50 {median:.1} ms, p95 {:.1} ms | {met} |",
        at(0.95)
    );
    let hello = status.workers.hello.as_ref().map_or("{}", |hello| &hello.details);
    println!("worker: {hello}, cores {}", std::thread::available_parallelism()?);
    let speed =
        json!({ "p50_ms": at(0.5), "p95_ms": at(0.95), "least_ms": at(0.0), "questions": took.len() });
    let kernel: serde_json::Value = serde_json::from_str(hello)?;
    println!("{}", json!({ "quality": quality, "speed": speed, "worker": kernel }));
    judge.close();
    Ok(())
}

fn start() -> Result<SmartTurn, Box<dyn Error>> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("TOM_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").map(|base| base.join("tom")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/tom")))
        .ok_or("HOME is not set")?;
    let limits = Limits { queue: 4, deadline: LONG, share: 64.0 };
    let judge = SmartTurn::start(SmartTurnOptions { weights: data.join("models").join(WEIGHTS), limits })?;
    match judge.wait_ready(LONG) {
        Health::Ok => Ok(judge),
        other => Err(format!("{other:?}").into()),
    }
}

/// A judge's stream and its answers.
struct Line {
    stream: Box<dyn EndOfTurnStream>,
    events: mpsc::Receiver<EndOfTurnEvent>,
    turn: u32,
}

impl Line {
    fn open(judge: &SmartTurn) -> Result<Self, Box<dyn Error>> {
        let (sender, events) = mpsc::channel(8);
        Ok(Self { stream: judge.open(sender)?, events, turn: 0 })
    }

    fn ask(&mut self, wave: &[i16]) -> Result<f32, Box<dyn Error>> {
        self.turn += 1;
        self.stream.reset();
        wave.chunks(320).try_for_each(|frame| self.stream.push(frame))?;
        self.stream.judge(Epoch::new(self.turn, 0))?;
        match self.events.blocking_recv().ok_or("the stream is gone")? {
            EndOfTurnEvent::Judged { p, .. } => Ok(p),
            EndOfTurnEvent::Failed { error, .. } => Err(error.into()),
        }
    }
}
