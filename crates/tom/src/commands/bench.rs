//! `tom bench`: how does a running server bear many calls at once?

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tom_probe::Clip;
use tom_probe::capacity::{CapacityOptions, CapacityReport, INTO_SILENCE, capacity};
use tom_probe::process::Usage;

use super::measure;
use crate::cli::{Bench, Global};
use crate::exit::Failure;
use crate::output;

/// Of the times at which callers begin.
const SEED: u64 = 1;

/// What the server's process has used.
struct Cost {
    cores: f64,
    /// Resident bytes before and during the calls.
    before: u64,
    during: u64,
}

pub(crate) async fn run(global: &Global, args: &Bench) -> Result<(), Failure> {
    let (target, lang) = measure::target(global, &args.measure)?;
    let question = measure::question(global, &args.measure, lang).await?;
    let clip = |name| {
        let silent =
            || Failure::Usage("the recording holds no audible speech; give another with --wav".into());
        Clip::of_speech(name, &question).map(|clip| vec![Arc::new(clip)]).ok_or_else(silent)
    };
    let lasts = Duration::from_secs(u64::from(args.seconds));
    let options = CapacityOptions {
        target,
        calls: usize::from(args.calls),
        lasts,
        ramp: (lasts / 4).min(Duration::from_secs(5)),
        cycle: Duration::from_secs(15).min(lasts / 2),
        turns: clip(INTO_SILENCE)?,
        interruptions: clip("interruption")?,
        seed: SEED,
    };
    let watched = args.pid.map(|pid| watch(pid, options.ramp, lasts)).transpose()?;
    let report =
        measure::measure(move |stop| capacity(&options, stop)).await?.map_err(anyhow::Error::from)?;
    let cost = match watched {
        Some(watched) => Some(watched.await.context("the watching thread did not end")??),
        None => None,
    };
    tell(args, &report, cost.as_ref())?;
    let measured = report.voice_to_voice.count - report.voice_to_voice.missed;
    match (measured, report.lost) {
        (0, _) => Err(Failure::Verdict(3)),
        (_, 0) => Ok(()),
        _ => Err(Failure::Said),
    }
}

/// Looks at the server's process while all calls are up.
fn watch(
    pid: u32,
    ramp: Duration,
    lasts: Duration,
) -> Result<tokio::task::JoinHandle<anyhow::Result<Cost>>, Failure> {
    let usage = move || Usage::of(pid).with_context(|| format!("there is no process {pid} to watch"));
    let before = usage()?.resident;
    let all_up = lasts.saturating_sub(ramp) * 9 / 10;
    Ok(tokio::spawn(async move {
        tokio::time::sleep(ramp).await;
        let (first, began) = (usage()?, Instant::now());
        tokio::time::sleep(all_up).await;
        let last = usage()?;
        Ok(Cost { cores: last.cores_since(&first, began.elapsed()), before, during: last.resident })
    }))
}

fn tell(args: &Bench, report: &CapacityReport, cost: Option<&Cost>) -> Result<(), Failure> {
    let calls = f64::from(args.calls);
    let per_call = |cost: &Cost| {
        let grown = cost.during.saturating_sub(cost.before) as f64 / calls / 1e6;
        (cost.cores * 100.0 / calls, grown)
    };
    if args.measure.json {
        let mut value = serde_json::to_value(report).context("the report cannot be written as JSON")?;
        if let Some(cost) = cost {
            let (percent, mb) = per_call(cost);
            value["server"] = serde_json::json!({
                "cores": cost.cores,
                "percent_of_a_core_per_call": percent,
                "resident_before": cost.before,
                "resident_during": cost.during,
                "megabytes_per_call": mb,
            });
        }
        output::json(&value);
        return Ok(());
    }
    let rows = [
        ("voice to voice", &report.voice_to_voice),
        ("barge-in", &report.barge_in),
        ("with clear", &report.barge_in_cleared),
    ];
    if args.measure.csv {
        let cell = |value: Option<f64>| value.map_or(String::new(), |ms| format!("{ms:.1}"));
        output::line(format_args!("figure,count,missed,p50_ms,p95_ms,p99_ms"));
        for (name, s) in rows {
            let numbers = [s.p50, s.p95, s.p99].map(cell).join(",");
            output::line(format_args!("{name},{},{},{numbers}", s.count, s.missed));
        }
        return Ok(());
    }
    output::line(format_args!("{} calls, {} lost, {} cut off", report.calls, report.lost, report.cut_off));
    for reason in &report.reasons {
        output::line(format_args!("  {reason}"));
    }
    for (name, summary) in rows {
        measure::row(name, summary);
    }
    if let Some(cost) = cost {
        let (percent, mb) = per_call(cost);
        output::line(format_args!("server          {percent:.2} % of a core and {mb:.2} MB per call"));
    }
    let own = report.own;
    output::line(format_args!(
        "own frames      {} of {} late, the latest by {:.0} ms",
        own.late, own.frames, own.latest_ms
    ));
    Ok(())
}
