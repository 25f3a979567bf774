//! Does the agent interrupt itself when its own voice comes back, and can callers still interrupt it?

use anyhow::Result;
use serde_json::json;
use tom_probe::figures::{BargeIn, Measured};
use tom_probe::line::Echo;
use tom_probe::stats::{Sample, Summary};

use super::noise::{WATCH, phrase};
use super::{Bench, troubles};
use crate::callers::{Interrupter, Line, Then};
use crate::corpus::{Band, Item, Kind, Tongue};
use crate::engines::Reply;
use crate::table::{Row, below, told};

/// Replies with an echo that the table asks for.
const ECHOES: usize = 200;
/// Replies of one call, all with the same way of the echo: the first is heard by a gate that does not know it yet.
const PER_CALL: usize = 4;
/// How long the caller only listens to each, in seconds.
const LISTENS: usize = 6;
const LISTENING: &str = "listening";

/// Replies whose echo comes back at -20 dB after 20 to 200 ms; then a caller speaks over each.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let phrases = bench.maker.interruptions(&bench.plan.sizes)?;
    bench.engines.reply(Reply::Long);
    let replies = if bench.plan.sizes.both_bands { bench.plan.sizes.noises.min(ECHOES) } else { 8 };
    let listening = Item {
        name: LISTENING.into(),
        kind: Kind::Echo20,
        tongue: Tongue::En,
        band: Band::Wide,
        segments: Vec::new(),
        pcm: tom_probe::clip::noise(bench.plan.seed, -60.0, 16_000 * LISTENS),
    };
    let count = replies.div_ceil(PER_CALL);
    let mut calls = Vec::new();
    for n in 0..count {
        let mut dice = bench.plan.seed + n as u64;
        let Some(opener) = phrase(&phrases, Tongue::En, &mut dice) else { continue };
        let mut jobs = Vec::new();
        for _ in 0..PER_CALL.min(replies - n * PER_CALL) {
            jobs.push((Line::new(&listening), Then::Watch(WATCH)));
            jobs.extend(phrase(&phrases, Tongue::En, &mut dice).map(|over| (over, Then::Answer)));
        }
        let caller = Interrupter::new(jobs, opener, bench.plan.builtin, bench.engines.saying.clone(), dice);
        let delay_ms = (20 + n * 180 / count.saturating_sub(1).max(1)) as u32;
        calls.push((Tongue::En, Box::new(caller) as _, Some(Echo { gain_db: -20.0, delay_ms })));
    }
    let traces = bench.hold(calls)?;
    let (mut heard, mut stopped, mut paused, mut talk) = (0, 0, Sample::default(), Sample::default());
    let mut stopped_in = Vec::new();
    for trace in &traces {
        let measured = Measured::new(trace);
        for (n, spoken) in trace.spoken.iter().enumerate() {
            let until = trace.spoken.get(n + 1).map_or(trace.lasted, |next| next.began);
            let Some(over) = spoken.over else { continue };
            if spoken.clip == LISTENING {
                // From the reply's first sounds on: the echo is there before the caller listens for it.
                let found = measured.disturbance(spoken.began.saturating_sub(1_000_000), over + WATCH);
                heard += 1;
                stopped += usize::from(found.stopped);
                if found.stopped {
                    stopped_in.push(format!("{} at {:.1} s", trace.name, spoken.began as f64 / 1e6));
                }
                found.pauses_ms.iter().for_each(|ms| paused.add(Some(*ms)));
            } else if n > 0 && trace.spoken[n - 1].clip == LISTENING {
                match spoken.marks.first().map(|onset| measured.barge_in(*onset, until)) {
                    Some(BargeIn::Stopped(stop)) => talk.add(Some(stop.stop_ms)),
                    Some(BargeIn::Missed) => talk.add(None),
                    Some(BargeIn::WasSilent) | None => {}
                }
            }
        }
    }
    let (lost, why) = troubles(&traces);
    let (talk, paused) = (talk.summary(), paused.summary());
    let data = json!({"replies": heard, "stopped": stopped, "stopped_in": stopped_in, "pauses": paused, "calls_with_trouble": lost, "trouble": why});
    Ok(vec![
        Row::judged(
            "self-interruption by echo at -20 dB, 20 to 200 ms",
            "0",
            format!("{stopped} of {heard} replies ({} pauses{})", paused.count, longest(&paused)),
            heard > 0 && stopped == 0,
            data,
        ),
        Row::judged(
            "double talk over that echo interrupts",
            "always",
            told(&talk),
            talk.count > 0 && talk.missed == 0 && below(talk.p50, 1_000.0),
            talk,
        ),
    ])
}

/// How long the pauses were, if there were any.
fn longest(pauses: &Summary) -> String {
    match (pauses.p50, pauses.p99) {
        (Some(p50), Some(p99)) => format!(", p50 {p50:.0} ms, p99 {p99:.0} ms"),
        _ => String::new(),
    }
}
