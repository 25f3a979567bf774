//! How many conversations over SIP does the server bear at once, and at what price?

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tom_probe::Trace;
use tom_probe::capacity::{CapacityOptions, CapacityReport, Tally, caller, capacity};
use tom_probe::line::Planned;

use super::Line;
use crate::corpus::Tongue;
use crate::engines::Reply;
use crate::phone::{self, Made};
use crate::suites::Bench;
use crate::suites::load::{said, watch};
use crate::table::{Row, below, told};

/// The suite `load` with telephones: each call a turn of two seconds and an interruption in 15 s.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let plan = bench.plan.clone();
    let (turns, interruptions) = said(bench)?;
    bench.engines.reply(Reply::Medium);
    let line = Line::start(bench, "phone-load", plan.calls)?;
    let lasts = Duration::from_secs(plan.load_seconds);
    let options = |calls: usize, lasts: Duration| {
        anyhow::Ok(CapacityOptions {
            target: line.served.target(Tongue::En.code())?,
            calls,
            lasts,
            ramp: lasts / 6,
            cycle: Duration::from_secs(15),
            turns: turns.clone(),
            interruptions: interruptions.clone(),
            seed: plan.seed,
        })
    };
    // A few calls first: what the first calls load once is not the calls' own.
    capacity(&options(3, Duration::from_secs(20))?, &AtomicBool::new(false))?;
    let before = line.served.usage()?;
    let options = options(plan.calls, lasts)?;
    let middle = lasts.saturating_sub(options.ramp);
    let (called, during) = std::thread::scope(|threads| {
        let calling = threads.spawn(|| telephones(&line, bench, &options, drop));
        let watched = watch(&line.served, options.ramp, middle);
        (calling.join(), watched)
    });
    let (report, made) = called.map_err(|_| anyhow::anyhow!("the telephones broke down"))??;
    let during = during?;
    bench.own.push(made.own);
    let calls = plan.calls as f64;
    let percent = during.cores * 100.0 / calls;
    let added = during.resident.saturating_sub(before.resident) as f64 / calls / 1e6;
    let setup = made.setup.summary();
    let met = report.lost == 0 && below(report.barge_in.p95, 150.0) && percent <= 0.35;
    let value = format!(
        "{} calls, {} lost; barge-in {}; {percent:.2} % of a core and {added:.2} MB each (workers {:.2}, telephones and engines {:.2} cores beside it); voice to voice {}; {} cut off; answered after {}",
        report.calls,
        report.lost,
        told(&report.barge_in),
        during.workers,
        during.ours,
        told(&report.voice_to_voice),
        report.cut_off,
        told(&setup),
    );
    let data = json!({
        "report": report, "setup": setup, "media": made.media, "seconds": plan.load_seconds,
        "server_cores": during.cores, "workers_cores": during.workers, "callers_and_engines_cores": during.ours,
        "resident_before": before.resident, "resident_during": during.resident,
    });
    let bar = format!("{} calls, none lost, barge-in p95 < 150 ms, <= 0.35 % of a core each", plan.calls);
    Ok(vec![Row::judged("SIP: conversations at once", &bar, value, met, data)])
}

/// Such calls by telephone; each is handed over when it is over.
pub(super) fn telephones(
    line: &Line,
    bench: &Bench,
    options: &CapacityOptions,
    mut each: impl FnMut(Trace) + Send,
) -> Result<(CapacityReport, Made)> {
    let mut calling = line.calling(&bench.plan, Tongue::En, options.calls);
    calling.spacing = options.ramp / u32::try_from(options.calls.max(1)).unwrap_or(u32::MAX);
    calling.longest = options.lasts + Duration::from_secs(60);
    let calls = (0..options.calls)
        .map(|n| Planned { name: format!("call {n}"), actor: caller(options, n), echo: None })
        .collect();
    let mut tally = Tally::by_ear();
    let made = phone::run(&calling, calls, |trace| {
        tally.add(&trace);
        each(trace);
    })?;
    Ok((tally.report(made.own), made))
}
