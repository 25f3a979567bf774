//! `tom probe`: is a running server fast enough?

use anyhow::Context as _;
use tom_probe::impair::Relay;
use tom_probe::probe::{Iteration, PATIENCE, ProbeOptions, ProbeReport, Verdict, probe};

use super::measure;
use crate::cli::{Global, Probe};
use crate::exit::Failure;
use crate::output;

pub(crate) async fn run(global: &Global, args: &Probe) -> Result<(), Failure> {
    let thresholds = thresholds(&args.thresholds)?;
    let (mut target, lang) = measure::target(global, &args.measure)?;
    let question = measure::question(global, &args.measure, lang).await?;
    let relay = match args.impair {
        Some(spec) => Some(Relay::start(target.address, spec).await?),
        None => None,
    };
    if let Some(relay) = &relay {
        target.address = relay.address;
    }
    let options = ProbeOptions {
        target,
        question,
        iterations: usize::from(args.iterations),
        thresholds,
        patience: PATIENCE,
    };
    let report = measure::measure(move |stop| probe(&options, stop)).await?.map_err(anyhow::Error::from)?;
    tell(args, &report)?;
    match report.verdict {
        Verdict::Good => Ok(()),
        verdict => Err(Failure::Verdict(verdict.exit_code())),
    }
}

/// `GOOD,BAD` in milliseconds.
fn thresholds(text: &str) -> Result<(f64, f64), Failure> {
    let wrong =
        || Failure::Usage(format!("--thresholds {text}: write GOOD,BAD in milliseconds, such as 500,800"));
    let (good, bad) = text.split_once(',').ok_or_else(wrong)?;
    let read = |text: &str| text.trim().parse::<f64>().ok().filter(|ms| *ms >= 0.0);
    let (good, bad) = (read(good).ok_or_else(wrong)?, read(bad).ok_or_else(wrong)?);
    if good <= bad { Ok((good, bad)) } else { Err(wrong()) }
}

fn tell(args: &Probe, report: &ProbeReport) -> Result<(), Failure> {
    if args.measure.json {
        let mut value = serde_json::to_value(report).context("the report cannot be written as JSON")?;
        value["url"] = shown(&args.measure.url).into();
        value["impair"] =
            serde_json::to_value(args.impair).context("the report cannot be written as JSON")?;
        output::json(&value);
        return Ok(());
    }
    let cell = |value: Option<f64>| value.map_or(String::new(), |ms| format!("{ms:.1}"));
    if args.measure.csv {
        output::line(format_args!("iteration,voice_to_voice_ms,barge_in_ms,e2e_ms,status,error"));
        for (n, i) in report.iterations.iter().enumerate() {
            let error = i.error.as_deref().unwrap_or_default().replace('"', "\"\"");
            let numbers = [i.voice_to_voice_ms, i.barge_in_ms, i.e2e_ms].map(cell).join(",");
            output::line(format_args!("{},{numbers},{},\"{error}\"", n + 1, i.status));
        }
        return Ok(());
    }
    for (n, i) in report.iterations.iter().enumerate() {
        output::line(format_args!("{:>3}  {}", n + 1, told(i)));
    }
    measure::row("voice to voice", &report.voice_to_voice);
    measure::row("barge-in", &report.barge_in);
    let verdict = match report.verdict {
        Verdict::Good => "good",
        Verdict::Slow => "slow",
        Verdict::Bad => "bad",
        Verdict::Failed => "some calls gave no result",
        Verdict::NoResult => "no result",
    };
    output::line(format_args!("{verdict} (thresholds {} ms at p95)", args.thresholds));
    Ok(())
}

fn told(i: &Iteration) -> String {
    let ms = |name: &str, value: Option<f64>| value.map(|ms| format!("{name} {ms:.0} ms"));
    let parts =
        [ms("answered after", i.voice_to_voice_ms), ms("fell silent after", i.barge_in_ms), i.error.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// An address without its query, which may hold a token.
fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}
