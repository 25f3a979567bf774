//! How many calls at once does the server bear, at what price, and does it give the memory back?

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;
use tom_probe::Clip;
use tom_probe::capacity::{CapacityOptions, INTO_SILENCE, capacity};

use super::Bench;
use crate::corpus::{Item, Tongue};
use crate::engines::Reply;
use crate::server::{Served, config};
use crate::table::{Row, below, told};
use crate::transcript::Known;

/// Distinct clips of each kind: the recogniser of the bench looks for uploads among them.
const CLIPS: usize = 4;
/// How long after the last call memory is looked at.
const GIVEN_BACK: Duration = Duration::from_secs(10);

/// Calls that are all alike: English, wide band.
fn clips(bench: &Bench, items: &[Item], name: &str, seconds: std::ops::Range<f64>) -> Clips {
    let fits = items.iter().filter(|item| {
        let length = item.voiced().map_or(0.0, |(from, to)| (to - from) as f64 / 16_000.0);
        item.tongue == Tongue::En && item.segments.len() == 1 && seconds.contains(&length)
    });
    fits.take(CLIPS)
        .enumerate()
        .map(|(n, item)| {
            bench.engines.saying.always(Arc::new(Known::new(item)));
            let (from, to) = (item.segments[0].from, item.segments[0].to);
            Arc::new(Clip::new(format!("{name} {n}"), &item.pcm, &[from, to]))
        })
        .collect()
}

type Clips = Vec<Arc<Clip>>;

/// What callers say under load: turns into the agent's silence, and interruptions.
pub(super) fn said(bench: &mut Bench) -> Result<(Clips, Clips)> {
    let sizes = &bench.plan.sizes;
    let (turns, interruptions) = (bench.maker.utterances(sizes)?, bench.maker.interruptions(sizes)?);
    let turns = clips(bench, &turns, INTO_SILENCE, 1.4..2.6);
    let interruptions = clips(bench, &interruptions, "interruption", 0.6..2.0);
    anyhow::ensure!(!turns.is_empty() && !interruptions.is_empty(), "the corpus is too small for a load");
    Ok((turns, interruptions))
}

/// Calls at once: each a turn of two seconds and an interruption in 15 s, comfort noise between.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let plan = bench.plan.clone();
    let (turns, interruptions) = said(bench)?;
    bench.engines.reply(Reply::Medium);
    // A server of its own, so that its memory is that of these calls.
    let url = bench.engines.url();
    let config = config((!plan.builtin).then_some(url.as_str()), plan.calls, plan.judge);
    let served = Served::start(&plan.tom, &plan.dir, "load", &config)?;
    let options = |calls, lasts: u64| {
        anyhow::Ok(CapacityOptions {
            target: served.target(Tongue::En.code())?,
            calls,
            lasts: Duration::from_secs(lasts),
            ramp: Duration::from_secs(lasts / 6),
            cycle: Duration::from_secs(15),
            turns: turns.clone(),
            interruptions: interruptions.clone(),
            seed: plan.seed,
        })
    };
    // A few calls first: what the first calls load once is not the calls' own.
    let warm = capacity(&options(3, 20)?, &AtomicBool::new(false))?;
    let before = served.usage()?;
    let lasts = plan.load_seconds;
    let ramp = Duration::from_secs(lasts / 6);
    let middle = Duration::from_secs(lasts).saturating_sub(ramp);
    let (report, during) = std::thread::scope(|threads| {
        let calling = threads.spawn(|| {
            let options = options(plan.calls, lasts)?;
            anyhow::Ok(capacity(&options, &AtomicBool::new(false))?)
        });
        let watched = watch(&served, ramp, middle);
        (calling.join(), watched)
    });
    let report = report.map_err(|_| anyhow::anyhow!("the callers broke down"))??;
    let during = during?;
    std::thread::sleep(GIVEN_BACK);
    let after = served.usage()?;
    bench.own.push(report.own);

    let calls = plan.calls as f64;
    let percent = during.cores * 100.0 / calls;
    let added = during.resident.saturating_sub(before.resident) as f64 / calls / 1e6;
    let kept = after.resident.saturating_sub(before.resident) as f64 / 1e6;
    let grown = during.resident.saturating_sub(before.resident) as f64 / 1e6;
    let met = report.lost == 0 && below(report.barge_in.p95, 150.0) && percent <= 0.3;
    let data = json!({
        "report": report, "warm_up": warm, "seconds": lasts, "server_cores": during.cores,
        "workers_cores": during.workers, "callers_and_engines_cores": during.ours, "workers": during.count,
        "resident_before": before.resident, "resident_during": during.resident, "resident_after": after.resident,
        "workers_resident": during.workers_resident,
    });
    let value = format!(
        "{} calls, {} lost; barge-in {}; {percent:.2} % of a core each (workers {:.2}, callers and engines {:.2} cores beside it); voice to voice {}; {} cut off",
        report.calls,
        report.lost,
        told(&report.barge_in),
        during.workers,
        during.ours,
        told(&report.voice_to_voice),
        report.cut_off
    );
    let bar = format!("{} calls, none lost, barge-in p95 < 150 ms, <= 0.3 % of a core", plan.calls);
    Ok(vec![
        Row::judged("calls at once, load beside it", &bar, value, met, data),
        Row::judged(
            "added memory per call, and given back",
            "<= 1.5 MB",
            format!(
                "{added:.2} MB; of {grown:.0} MB {kept:.0} MB are still held {} s after the last call (workers {:.0} MB)",
                GIVEN_BACK.as_secs(),
                during.workers_resident as f64 / 1e6
            ),
            added <= 1.5 && kept <= grown / 4.0,
            json!({"megabytes_per_call": added, "megabytes_grown": grown, "megabytes_kept": kept}),
        ),
    ])
}

/// What was used while all calls were up.
pub(super) struct During {
    pub(super) cores: f64,
    pub(super) workers: f64,
    pub(super) ours: f64,
    count: usize,
    pub(super) resident: u64,
    workers_resident: u64,
}

pub(super) fn watch(served: &Served, ramp: Duration, middle: Duration) -> Result<During> {
    use tom_probe::process::Usage;
    let ours = || Usage::of(std::process::id()).context("this process cannot be looked at");
    std::thread::sleep(ramp);
    let (server, workers, own, began) = (served.usage()?, served.workers(), ours()?, Instant::now());
    std::thread::sleep(middle.mul_f64(0.9));
    let elapsed = began.elapsed();
    let (last, last_workers) = (served.usage()?, served.workers());
    Ok(During {
        cores: last.cores_since(&server, elapsed),
        workers: last_workers.0.cores_since(&workers.0, elapsed),
        ours: ours()?.cores_since(&own, elapsed),
        count: last_workers.1,
        resident: last.resident,
        workers_resident: last_workers.0.resident,
    })
}
