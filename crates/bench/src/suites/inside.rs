//! What does the turn core cost by itself, in this process?

use std::hint::black_box;

use anyhow::{Context as _, Result};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tom_sim::{Script, play};
use tom_turn::{Output, Turn, journal};

use crate::table::Row;

/// Each is measured so often, and the median counts: others may use the machine, too.
const ROUNDS: usize = 15;

/// Seconds of the call that is played.
const TWO_MINUTES: f64 = 120.0;

/// The median of some rounds.
pub(super) fn median(mut round: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    all.sort_by(f64::total_cmp);
    all[ROUNDS / 2]
}

/// Nanoseconds of processor time that some work takes on this thread: what else runs here does not count.
pub(super) fn nanos(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let began = now();
    work();
    (now() - began).max(1.0)
}

/// Two minutes: ten exchanges, a pause, an interruption and a listener's word in each.
fn two_minutes() -> String {
    let mut text = String::from(
        "reply \"Hello, I am an AI assistant.\" \"How can I help you?\"\n\
         reply to anything \"Yes, we are open on Monday from nine to five.\" \"Is there anything else?\"\nat 0 answer\n",
    );
    for n in 0..10 {
        let at = 4 + n * 11;
        text.push_str(&format!(
            "at {at} caller says \"I would like to know,\" pause 0.5 \"when you are open.\"\n\
             at {} caller says \"mhm\" for 0.35\nat {} caller says \"Wait, I have another question.\"\n",
            at + 5,
            at + 7,
        ));
    }
    text.push_str("at 120 hangup\n");
    text
}

fn script() -> Result<Script> {
    Script::parse(&two_minutes(), "bench", 1).context("the script of the bench is wrong")
}

/// Nanoseconds of an event in the turn core, and how many there are in a second of a call.
pub(super) fn turn_core() -> Result<(f64, f64)> {
    let played = play(&script()?);
    anyhow::ensure!(played.problems.is_empty(), "the simulated call has problems: {:?}", played.problems);
    let kept =
        journal::read(&played.journal).map_err(|e| anyhow::anyhow!("the journal cannot be read: {e}"))?;
    let events = kept.inputs.len();
    let calls = 200;
    let per_event = median(|| {
        let runs: Vec<_> =
            (0..calls).map(|_| (Turn::new(kept.config.clone()), kept.inputs.clone())).collect();
        nanos(|| {
            for (mut turn, inputs) in runs {
                for (now, input) in inputs {
                    turn.handle(now, input);
                    while !matches!(black_box(turn.poll()), Output::Wait(_)) {}
                }
            }
        }) / (calls * events) as f64
    });
    Ok((per_event, events as f64 / TWO_MINUTES))
}

/// The turn core: per event, and whole calls in virtual time.
pub(super) fn core() -> Result<Vec<Row>> {
    let script = script()?;
    let (per_event, a_second_of_call) = turn_core()?;
    let events = (a_second_of_call * TWO_MINUTES).round() as usize;
    let a_second = median(|| {
        let calls = 100;
        f64::from(calls) * 1e9
            / nanos(|| {
                for _ in 0..calls {
                    black_box(play(black_box(&script)));
                }
            })
    });
    let alone = 1e9 / (per_event * events as f64);
    Ok(vec![
        Row::judged(
            "turn core per event",
            "< 200 ns",
            format!("{per_event:.0} ns ({events} events in two minutes)"),
            per_event < 200.0,
            json!({"ns": per_event, "events": events}),
        ),
        Row::judged(
            "virtual two-minute calls a second through the turn core, one thread",
            "> 5 000",
            format!(
                "{alone:.0}; {a_second:.0} with a simulated world around it, invariants checked, journal written and replayed"
            ),
            alone > 5_000.0,
            json!({"calls_per_second": alone, "simulated_calls_per_second": a_second}),
        ),
    ])
}
