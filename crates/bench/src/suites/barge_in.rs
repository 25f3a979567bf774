//! How soon does the agent fall silent when a caller speaks over it?

use anyhow::Result;
use serde_json::json;
use tom_probe::figures::Measured;
use tom_probe::stats::Sample;

use super::tally::Stops;
use super::{Bench, by_name, shares, troubles};
use crate::callers::{Interrupter, Line, Then};
use crate::engines::Reply;
use crate::table::{Row, below, told};

/// Interruptions of one call.
const PER_CALL: usize = 10;

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let items = bench.maker.interruptions(&bench.plan.sizes)?;
    let Some(opener) = items.first().map(Line::opener) else { return Ok(Vec::new()) };
    bench.engines.reply(Reply::Long);
    let per_call = if bench.plan.builtin { 1 } else { PER_CALL };
    let calls = shares(&items, per_call).into_iter().enumerate().map(|(n, share)| {
        let jobs = share.iter().map(|item| (Line::new(item), Then::Answer)).collect();
        let saying = bench.engines.saying.clone();
        let caller =
            Interrupter::new(jobs, opener.clone(), bench.plan.builtin, saying, bench.plan.seed + n as u64);
        (share[0].tongue, Box::new(caller) as _, None)
    });
    let calls = calls.collect();
    let traces = bench.hold(calls)?;

    let known = by_name(&items);
    let (mut stops, mut lead) = (Stops::default(), Sample::default());
    for trace in &traces {
        let measured = Measured::new(trace);
        trace.plays().iter().for_each(|play| lead.add(Some(play.lead as f64 / 1_000.0)));
        for (n, spoken) in trace.spoken.iter().enumerate() {
            let (Some(item), Some(&onset)) = (known.get(spoken.clip.as_str()), spoken.marks.first()) else {
                continue;
            };
            if spoken.over.is_none() {
                continue;
            }
            let until = trace.spoken.get(n + 1).map_or(trace.lasted, |next| next.began);
            stops.add(item, &spoken.clip, measured.barge_in(onset, until));
        }
    }
    let (stop, cleared, arrival) = (stops.stop.summary(), stops.cleared.summary(), stops.arrival.summary());
    let (lost, why) = troubles(&traces);
    let data = json!({
        "pacing_schedule": stop, "with_clear": cleared, "arrival_of_last_audible_frame": arrival,
        "lead_ms": lead.summary(), "groups": stops.groups(), "agent_was_silent": stops.silent, "slowest": stops.slowest(),
        "calls": traces.len(), "calls_with_trouble": lost, "trouble": why,
    });
    Ok(vec![
        Row::judged(
            "barge-in: onset to last audible agent sample",
            "p95 < 120 ms",
            told(&stop),
            below(stop.p95, 120.0),
            data,
        ),
        Row::reported(
            "lead: how far ahead of their play frames arrive",
            told(&lead.summary()),
            lead.summary(),
        ),
        Row::reported("barge-in as a far end hears it that honours `clear`", told(&cleared), cleared),
    ])
}
