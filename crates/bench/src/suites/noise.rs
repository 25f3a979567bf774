//! What stops the agent for nothing?

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;
use tom_probe::clip::next;
use tom_probe::figures::Measured;
use tom_probe::line::Echo;
use tom_probe::stats::Sample;

use super::{Bench, by_name, shares, troubles};
use crate::callers::{Interrupter, Line, Then};
use crate::corpus::{Item, Kind, Tongue};
use crate::engines::Reply;
use crate::table::{Row, told};

/// How long a reply is looked at after a disturbance.
pub(super) const WATCH: u64 = 2_500_000;
/// Disturbances of one call.
const PER_CALL: usize = 6;

/// What a kind of disturbance did.
#[derive(Clone, Debug, Default, Serialize)]
struct Done {
    count: usize,
    stopped: usize,
    pauses: usize,
    ducked: usize,
    minutes: f64,
    pauses_per_minute: f64,
    pause_ms: tom_probe::stats::Summary,
    stopped_by: Vec<String>,
}

/// Disturbances and, between them, interruptions that bring a new reply about.
pub(super) fn disturbances(bench: &mut Bench) -> Result<Vec<Row>> {
    let items = bench.maker.noises(&bench.plan.sizes)?;
    let phrases = bench.maker.interruptions(&bench.plan.sizes)?;
    bench.engines.reply(Reply::Long);
    let per_call = if bench.plan.builtin { 1 } else { PER_CALL };
    let mut calls = Vec::new();
    for echo in [None, Some(Kind::Echo20), Some(Kind::Echo30)] {
        let of_it: Vec<Item> = items
            .iter()
            .filter(|item| match echo {
                None => !matches!(item.kind, Kind::Echo20 | Kind::Echo30),
                Some(kind) => item.kind == kind,
            })
            .cloned()
            .collect();
        for share in shares(&of_it, per_call) {
            let mut dice = bench.plan.seed + calls.len() as u64;
            let tongue = share[0].tongue;
            let Some(opener) = phrase(&phrases, tongue, &mut dice) else { continue };
            let jobs = share.iter().flat_map(|item| {
                let fresh = phrase(&phrases, tongue, &mut dice).map(|line| (line, Then::Answer));
                [Some((Line::new(item), Then::Watch(WATCH))), fresh].into_iter().flatten()
            });
            let jobs: Vec<_> = jobs.collect();
            let saying = bench.engines.saying.clone();
            let caller = Interrupter::new(jobs, opener, bench.plan.builtin, saying, dice);
            let delay_ms = 20 + (next(&mut dice) % 181) as u32;
            let gain_db = if echo == Some(Kind::Echo20) { -20.0 } else { -30.0 };
            calls.push((tongue, Box::new(caller) as _, echo.map(|_| Echo { gain_db, delay_ms })));
        }
    }
    let traces = bench.hold(calls)?;
    let known = by_name(&items);
    let mut kinds: BTreeMap<Kind, (Done, Sample)> = BTreeMap::new();
    for trace in &traces {
        let measured = Measured::new(trace);
        for spoken in &trace.spoken {
            let (Some(item), Some(over)) = (known.get(spoken.clip.as_str()), spoken.over) else { continue };
            let from = spoken.marks.first().copied().unwrap_or(spoken.began);
            let found = measured.disturbance(from, over + WATCH);
            let (done, pauses) = kinds.entry(item.kind).or_default();
            done.count += 1;
            done.stopped += usize::from(found.stopped);
            if found.stopped && done.stopped_by.len() < 20 {
                done.stopped_by.push(spoken.clip.clone());
            }
            done.pauses += found.pauses_ms.len();
            done.ducked += found.ducked;
            done.minutes += (over - from) as f64 / 60e6;
            found.pauses_ms.iter().for_each(|ms| pauses.add(Some(*ms)));
        }
    }
    let (mut count, mut stopped, mut pauses, mut minutes, mut all) = (0, 0, 0, 0.0, Sample::default());
    for (done, lengths) in kinds.values_mut() {
        done.pauses_per_minute = done.pauses as f64 / done.minutes.max(f64::MIN_POSITIVE);
        done.pause_ms = lengths.summary();
        count += done.count;
        stopped += done.stopped;
        pauses += done.pauses;
        minutes += done.minutes;
        all.join(lengths);
    }
    let (lost, why) = troubles(&traces);
    let by_kind: BTreeMap<String, &Done> =
        kinds.iter().map(|(kind, (done, _))| (format!("{kind:?}"), done)).collect();
    let percent = stopped as f64 * 100.0 / count.max(1) as f64;
    let each: Vec<String> =
        by_kind.iter().map(|(kind, d)| format!("{kind} {} of {}", d.stopped, d.count)).collect();
    let lengths = all.summary();
    Ok(vec![
        Row::judged(
            "reply stopped for good by a non-interruption",
            "< 2 %",
            format!("{percent:.1} % ({stopped} of {count}: {})", each.join(", ")),
            count > 0 && percent < 2.0,
            json!({"kinds": by_kind, "calls": traces.len(), "calls_with_trouble": lost, "trouble": why}),
        ),
        Row::reported(
            "false pauses per minute of noise, and their length",
            format!(
                "{:.1} a minute; {}",
                pauses as f64 / f64::max(minutes, f64::MIN_POSITIVE),
                told(&lengths)
            ),
            lengths,
        ),
    ])
}

/// A phrase of a language, by lot.
pub(super) fn phrase(phrases: &[Item], tongue: Tongue, dice: &mut u64) -> Option<Line> {
    let of_it: Vec<&Item> = phrases.iter().filter(|item| item.tongue == tongue).collect();
    let at = (next(dice) % of_it.len().max(1) as u64) as usize;
    of_it.get(at).map(|item| Line::new(item))
}
