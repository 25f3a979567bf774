//! How soon does the agent fall silent when a caller speaks over it?

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;
use tom_probe::figures::{BargeIn, Measured};
use tom_probe::stats::Sample;

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
    let (mut stop, mut cleared, mut arrival) = (Sample::default(), Sample::default(), Sample::default());
    let mut groups: BTreeMap<String, Sample> = BTreeMap::new();
    let (mut silent, mut slowest, mut lead) = (0, Vec::new(), Sample::default());
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
            let found = match measured.barge_in(onset, until) {
                BargeIn::WasSilent => {
                    silent += 1;
                    continue;
                }
                BargeIn::Stopped(stop) => Some(stop),
                BargeIn::Missed => None,
            };
            stop.add(found.map(|f| f.stop_ms));
            cleared.add(found.map(|f| f.cleared_ms));
            arrival.add(found.map(|f| f.arrival_ms));
            let group = format!("{} {:?}", item.tongue.code(), item.band);
            groups.entry(group).or_default().add(found.map(|f| f.stop_ms));
            slowest.push((found.map_or(f64::INFINITY, |f| f.stop_ms), spoken.clip.clone()));
        }
    }
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let slowest: Vec<_> = slowest
        .iter()
        .take(10)
        .map(|(ms, name)| json!({"ms": ms.is_finite().then_some(ms), "clip": name}))
        .collect();
    let (stop, cleared, arrival) = (stop.summary(), cleared.summary(), arrival.summary());
    let groups: BTreeMap<_, _> = groups.iter().map(|(name, sample)| (name, sample.summary())).collect();
    let (lost, why) = troubles(&traces);
    let data = json!({
        "pacing_schedule": stop, "with_clear": cleared, "arrival_of_last_audible_frame": arrival,
        "lead_ms": lead.summary(), "groups": groups, "agent_was_silent": silent, "slowest": slowest,
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
