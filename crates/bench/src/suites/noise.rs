//! What stops the agent for nothing?

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;
use tom_probe::Trace;
use tom_probe::clip::next;
use tom_probe::figures::Measured;
use tom_probe::line::Echo;
use tom_probe::stats::Sample;

use super::{Bench, Call, by_name, shares, troubles};
use crate::callers::{Interrupter, Line, Then};
use crate::corpus::{Item, Kind, Tongue};
use crate::engines::Reply;
use crate::table::{Row, told};

/// How long a reply is looked at after a disturbance.
pub(super) const WATCH: u64 = 2_500_000;
/// Disturbances of one call.
const PER_CALL: usize = 6;
/// Of how many of a kind that stopped a reply the names are told.
const NAMED: usize = 20;

/// What a kind of disturbance did.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Done {
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
    let per_call = if bench.plan.builtin { 1 } else { PER_CALL };
    let calls = calls(bench, &items, per_call, true)?;
    let traces = bench.hold(calls)?;
    let kinds = Kinds::of(&traces, &items);
    let (count, stopped) = kinds.stopped();
    let percent = stopped as f64 * 100.0 / count.max(1) as f64;
    let pauses = kinds.pauses.summary();
    let each_minute = pauses.count as f64 / kinds.minutes.max(f64::MIN_POSITIVE);
    let (lost, why) = troubles(&traces);
    Ok(vec![
        Row::judged(
            "reply stopped for good by a non-interruption",
            "< 2 %",
            format!("{percent:.1} % ({stopped} of {count}: {})", kinds.told()),
            count > 0 && percent < 2.0,
            json!({"kinds": kinds.done, "calls": traces.len(), "calls_with_trouble": lost, "trouble": why}),
        ),
        Row::reported(
            "false pauses per minute of noise, and their length",
            format!("{each_minute:.1} a minute; {}", told(&pauses)),
            pauses,
        ),
    ])
}

/// Calls with so many disturbances each, over long replies; `fresh`: each is followed by an interruption, which brings
/// a new reply about.
pub(super) fn calls(bench: &Bench, items: &[Item], per_call: usize, fresh: bool) -> Result<Vec<Call>> {
    let phrases = bench.maker.interruptions(&bench.plan.sizes)?;
    bench.engines.reply(Reply::Long);
    let mut calls: Vec<Call> = Vec::new();
    for (echo, of_it) in by_echo(items) {
        for share in shares(&of_it, per_call) {
            let mut dice = bench.plan.seed + calls.len() as u64;
            let tongue = share[0].tongue;
            let Some(opener) = phrase(&phrases, tongue, &mut dice) else { continue };
            let mut jobs = Vec::new();
            for item in share {
                jobs.push((Line::new(item), Then::Watch(WATCH)));
                if fresh {
                    jobs.extend(phrase(&phrases, tongue, &mut dice).map(|line| (line, Then::Answer)));
                }
            }
            let saying = bench.engines.saying.clone();
            let caller = Interrupter::new(jobs, opener, bench.plan.builtin, saying, dice);
            calls.push((tongue, Box::new(caller), way(echo, &mut dice)));
        }
    }
    Ok(calls)
}

/// Disturbances by the echo of their calls: those without one, those at -20 dB and those at -30.
fn by_echo(items: &[Item]) -> impl Iterator<Item = (Option<f64>, Vec<Item>)> {
    let echo = |kind| match kind {
        Kind::Echo20 => Some(-20.0),
        Kind::Echo30 => Some(-30.0),
        _ => None,
    };
    let of = move |gain_db| items.iter().filter(|item| echo(item.kind) == gain_db).cloned().collect();
    [None, Some(-20.0), Some(-30.0)].into_iter().map(move |gain_db| (gain_db, of(gain_db)))
}

/// The way of an echo: it takes 20 to 200 ms, by lot.
fn way(gain_db: Option<f64>, dice: &mut u64) -> Option<Echo> {
    let delay_ms = 20 + (next(dice) % 181) as u32;
    gain_db.map(|gain_db| Echo { gain_db, delay_ms })
}

/// What disturbances did.
#[derive(Default)]
pub(super) struct Kinds {
    /// Each kind by itself.
    pub(super) done: BTreeMap<Kind, Done>,
    pauses: Sample,
    minutes: f64,
}

impl Kinds {
    pub(super) fn of(traces: &[Trace], items: &[Item]) -> Self {
        let known = by_name(items);
        let (mut all, mut lengths) = (Self::default(), BTreeMap::<Kind, Sample>::new());
        for trace in traces {
            let measured = Measured::new(trace);
            for spoken in &trace.spoken {
                let Some((item, over)) = known.get(spoken.clip.as_str()).zip(spoken.over) else { continue };
                let from = spoken.marks.first().copied().unwrap_or(spoken.began);
                let found = measured.disturbance(from, over + WATCH);
                let done = all.done.entry(item.kind).or_default();
                done.count += 1;
                done.stopped += usize::from(found.stopped);
                if found.stopped && done.stopped_by.len() < NAMED {
                    done.stopped_by.push(spoken.clip.clone());
                }
                done.pauses += found.pauses_ms.len();
                done.ducked += found.ducked;
                done.minutes += (over - from) as f64 / 60e6;
                let pauses = lengths.entry(item.kind).or_default();
                found.pauses_ms.iter().for_each(|ms| pauses.add(Some(*ms)));
            }
        }
        for (kind, done) in &mut all.done {
            let pauses = lengths.remove(kind).unwrap_or_default();
            done.pauses_per_minute = done.pauses as f64 / done.minutes.max(f64::MIN_POSITIVE);
            done.pause_ms = pauses.summary();
            all.minutes += done.minutes;
            all.pauses.join(&pauses);
        }
        all
    }

    /// Disturbances, and how many of them stopped the reply for good.
    pub(super) fn stopped(&self) -> (usize, usize) {
        self.done.values().fold((0, 0), |(count, stopped), done| (count + done.count, stopped + done.stopped))
    }

    /// That of each kind, in words.
    pub(super) fn told(&self) -> String {
        let each =
            self.done.iter().map(|(kind, done)| format!("{kind:?} {} of {}", done.stopped, done.count));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// A phrase of a language, by lot.
pub(super) fn phrase(phrases: &[Item], tongue: Tongue, dice: &mut u64) -> Option<Line> {
    let of_it: Vec<&Item> = phrases.iter().filter(|item| item.tongue == tongue).collect();
    let at = (next(dice) % of_it.len().max(1) as u64) as usize;
    of_it.get(at).map(|item| Line::new(item))
}
