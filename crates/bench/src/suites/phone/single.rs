//! How soon is a SIP call answered, and how soon does the agent fall silent over RTP?

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tom_probe::figures::Measured;

use super::{Line, listeners, some};
use crate::callers::{self, Interrupter, Then};
use crate::corpus::Tongue;
use crate::engines::Reply;
use crate::phone;
use crate::suites::tally::Stops;
use crate::suites::{Bench, by_name, shares, troubles};
use crate::table::{Row, below, told};

/// Interruptions of one call.
const PER_CALL: usize = 10;
/// INVITEs, where the corpus is whole.
const INVITES: usize = 200;
/// Interruptions, where the corpus is whole: fewer than over WebSocket, whose suite says what decides them.
const INTERRUPTIONS: usize = 240;

/// From INVITE to 200, on a server that is otherwise idle, one call after another.
pub(super) fn answers(bench: &mut Bench) -> Result<Vec<Row>> {
    let line = Line::start(bench, "phone-answers", 100)?;
    let count = INVITES.min(bench.plan.sizes.onsets.max(20));
    let mut calling = line.calling(&bench.plan, Tongue::En, 2);
    calling.spacing = Duration::from_millis(50);
    let mut traces = Vec::new();
    let calls = listeners(count, Duration::from_millis(300));
    let made = phone::run(&calling, calls, |trace| traces.push(trace))?;
    bench.own.push(made.own);
    let (failed, why) = troubles(&traces);
    let setup = made.setup.summary();
    let met = failed == 0 && setup.p95.is_some_and(|ms| ms <= 150.0);
    Ok(vec![Row::judged(
        "SIP: answer after INVITE",
        "p95 <= 150 ms, none fails",
        format!("{}; {failed} of {count} failed", told(&setup)),
        met,
        json!({"setup": setup, "calls": count, "failed": failed, "trouble": why, "media": made.media}),
    )])
}

/// Onset of the caller to the last audible sample of the agent, by ear.
pub(super) fn barge_in(bench: &mut Bench) -> Result<Vec<Row>> {
    let line = Line::start(bench, "phone-barge-in", 100)?;
    let items = some(bench.maker.interruptions(&bench.plan.sizes)?, INTERRUPTIONS, bench.plan.seed);
    let Some(opener) = items.first().map(callers::Line::opener) else { return Ok(Vec::new()) };
    bench.engines.reply(Reply::Long);
    let calls = shares(&items, PER_CALL).into_iter().enumerate().map(|(n, share)| {
        let jobs = share.iter().map(|item| (callers::Line::new(item), Then::Answer)).collect();
        let saying = bench.engines.saying.clone();
        let caller = Interrupter::new(jobs, opener.clone(), false, saying, bench.plan.seed + n as u64);
        (share[0].tongue, Box::new(caller) as _, None)
    });
    let (traces, made) = line.hold(&bench.plan, calls.collect())?;
    bench.own.push(made.own);
    let known = by_name(&items);
    let mut stops = Stops::default();
    for trace in &traces {
        let measured = Measured::new(trace);
        for spoken in &trace.spoken {
            let (Some(item), Some(&onset), Some(&last)) =
                (known.get(spoken.clip.as_str()), spoken.marks.first(), spoken.marks.last())
            else {
                continue;
            };
            if spoken.over.is_none() {
                continue;
            }
            stops.add(item, &spoken.clip, measured.barge_in_by_ear(onset, last));
        }
    }
    let (stop, arrival) = (stops.stop.summary(), stops.arrival.summary());
    let (lost, why) = troubles(&traces);
    let data = json!({
        "pacing_schedule": stop, "arrival_of_last_audible_frame": arrival, "groups": stops.groups(),
        "agent_was_silent": stops.silent, "slowest": stops.slowest(), "media": made.media,
        "calls": traces.len(), "calls_with_trouble": lost, "trouble": why,
    });
    Ok(vec![Row::judged(
        "SIP: barge-in over RTP, onset to last audible agent sample",
        "p95 < 130 ms",
        told(&stop),
        lost == 0 && below(stop.p95, 130.0),
        data,
    )])
}
