//! How are calls held, and how is one of them told in words?

use std::io::Write as _;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tom_probe::Trace;
use tom_probe::line::{Actor, Echo, EngineReport, Options, Planned, run};

use super::Plan;
use crate::corpus::Tongue;
use crate::server::Served;

/// A call to make: its language, its caller, its echo.
pub(super) type Call = (Tongue, Box<dyn Actor>, Option<Echo>);

/// Makes calls to a server, so many at once, and returns them, with how well the callers kept their time.
pub(super) fn hold(
    plan: &Plan,
    served: &Served,
    at_once: usize,
    calls: Vec<Call>,
) -> Result<(Vec<Trace>, Vec<EngineReport>)> {
    let (mut traces, mut own) = (Vec::new(), Vec::new());
    for (tongue, calls) in by_tongue(calls) {
        let mut options = Options::new(served.target(tongue.code())?);
        options.at_once = at_once;
        options.longest = Duration::from_secs(600);
        options.spacing = Duration::from_millis(313);
        options.seed = plan.seed;
        own.push(
            run(&options, calls, &AtomicBool::new(false), |trace| traces.push(trace))
                .context("the calls cannot be made")?,
        );
    }
    keep(plan, &traces)?;
    Ok((traces, own))
}

/// The calls of each language.
pub(super) fn by_tongue(calls: Vec<Call>) -> Vec<(Tongue, Vec<Planned>)> {
    let mut all = [Tongue::De, Tongue::En].map(|tongue| (tongue, Vec::new()));
    for (n, (tongue, actor, echo)) in calls.into_iter().enumerate() {
        let planned = Planned { name: format!("call {n}"), actor, echo };
        if let Some((_, calls)) = all.iter_mut().find(|(of, _)| *of == tongue) {
            calls.push(planned);
        }
    }
    all.into_iter().filter(|(_, calls)| !calls.is_empty()).collect()
}

/// Writes what happened in calls, in words, where that was asked for.
pub(super) fn keep(plan: &Plan, traces: &[Trace]) -> Result<()> {
    let Some(path) = &plan.traces else { return Ok(()) };
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    traces.iter().try_for_each(|trace| file.write_all(story(trace).as_bytes()))?;
    Ok(())
}

/// What happened in a call, a line each: what was said, what the server told, where the agent was audible.
fn story(trace: &Trace) -> String {
    let mut lines: Vec<(u64, String)> = Vec::new();
    for spoken in &trace.spoken {
        lines.push((spoken.began, format!("caller says {}, marks {:?}", spoken.clip, spoken.marks)));
    }
    lines.extend(trace.told.iter().map(|told| (told.at, format!("server {:?}", told.event))));
    let mut last = 0;
    for sound in trace.sounds() {
        if sound.from > last + 100_000 {
            lines.push((last, "agent falls silent".into()));
            lines.push((sound.from, "agent is heard".into()));
        }
        last = sound.to;
    }
    lines.push((last, "agent falls silent".into()));
    lines.sort();
    let mut out = format!("\n{}: {:?} {:?}\n", trace.name, trace.ended, trace.problems);
    for (at, line) in lines {
        out.push_str(&format!("{:9.3}  {line}\n", at as f64 / 1e6));
    }
    out
}
