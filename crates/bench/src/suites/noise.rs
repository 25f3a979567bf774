//! What stops the agent for nothing, and does it interrupt itself?

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;
use tom_probe::clip::next;
use tom_probe::figures::{BargeIn, Measured};
use tom_probe::line::Echo;
use tom_probe::stats::Sample;

use super::{Bench, by_name, shares, troubles};
use crate::callers::{Interrupter, Line, Then};
use crate::corpus::{Band, Item, Kind, Tongue};
use crate::engines::Reply;
use crate::table::{Row, below, told};

/// How long a reply is looked at after a disturbance.
const WATCH: u64 = 2_500_000;
/// Disturbances of one call.
const PER_CALL: usize = 6;
/// Replies with an echo that the table asks for.
const ECHOES: usize = 200;

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

fn phrase(phrases: &[Item], tongue: Tongue, dice: &mut u64) -> Option<Line> {
    let of_it: Vec<&Item> = phrases.iter().filter(|item| item.tongue == tongue).collect();
    let at = (next(dice) % of_it.len().max(1) as u64) as usize;
    of_it.get(at).map(|item| Line::new(item))
}

/// Replies whose echo comes back at -20 dB after 20 to 200 ms; then a caller speaks over one.
pub(super) fn echo(bench: &mut Bench) -> Result<Vec<Row>> {
    let phrases = bench.maker.interruptions(&bench.plan.sizes)?;
    bench.engines.reply(Reply::Long);
    let replies = if bench.plan.sizes.both_bands { ECHOES } else { 8 };
    let listening = Item {
        name: "listening".into(),
        kind: Kind::Echo20,
        tongue: Tongue::En,
        band: Band::Wide,
        segments: Vec::new(),
        pcm: tom_probe::clip::noise(bench.plan.seed, -60.0, 16_000 * 6),
    };
    let mut calls = Vec::new();
    for n in 0..replies {
        let mut dice = bench.plan.seed + n as u64;
        let (Some(opener), Some(over)) =
            (phrase(&phrases, Tongue::En, &mut dice), phrase(&phrases, Tongue::En, &mut dice))
        else {
            continue;
        };
        let jobs = vec![(Line::new(&listening), Then::Watch(WATCH)), (over, Then::Answer)];
        let caller = Interrupter::new(jobs, opener, bench.plan.builtin, bench.engines.saying.clone(), dice);
        let delay_ms = (20 + n * 180 / replies.max(2)) as u32;
        calls.push((Tongue::En, Box::new(caller) as _, Some(Echo { gain_db: -20.0, delay_ms })));
    }
    let traces = bench.hold(calls)?;
    let (mut heard, mut stopped, mut paused, mut talk) = (0, 0, 0, Sample::default());
    for trace in &traces {
        let measured = Measured::new(trace);
        let watched = trace.spoken.iter().position(|s| s.clip == "listening");
        let Some((at, over)) = watched.and_then(|n| Some((n, trace.spoken[n].over?))) else { continue };
        // From the reply's first sound on: the echo is there before the caller listens for it.
        let began = trace.spoken[at].began;
        let found = measured.disturbance(began.saturating_sub(1_000_000), over + WATCH);
        heard += 1;
        stopped += usize::from(found.stopped);
        paused += found.pauses_ms.len();
        for (n, spoken) in trace.spoken.iter().enumerate().skip(at + 1).take(1) {
            let until = trace.spoken.get(n + 1).map_or(trace.lasted, |next| next.began);
            match spoken.marks.first().map(|onset| measured.barge_in(*onset, until)) {
                Some(BargeIn::Stopped(stop)) => talk.add(Some(stop.stop_ms)),
                Some(BargeIn::Missed) => talk.add(None),
                Some(BargeIn::WasSilent) | None => {}
            }
        }
    }
    let (lost, why) = troubles(&traces);
    let data = json!({"replies": heard, "stopped": stopped, "paused": paused, "calls_with_trouble": lost, "trouble": why});
    let talk = talk.summary();
    Ok(vec![
        Row::judged(
            "self-interruption by echo at -20 dB, 20 to 200 ms",
            "0",
            format!("{stopped} of {heard} replies ({paused} pauses)"),
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
