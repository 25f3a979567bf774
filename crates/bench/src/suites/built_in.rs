//! How soon do the built-in engines and a flow answer? The real workers, nothing over HTTP.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;
use tom_probe::figures::{Answer, Measured};
use tom_probe::stats::Sample;
use tom_wire::ServerEvent;

use super::holding::hold;
use super::{Bench, by_name, shares, troubles};
use crate::callers::{Asker, Line};
use crate::server::{Served, config};
use crate::table::{Row, told};

/// Questions of one call.
const PER_CALL: usize = 6;
/// Calls at once: recognition costs a good part of a core while somebody speaks.
const AT_ONCE: usize = 4;

pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let plan = bench.plan.clone();
    let items = bench.maker.desk(&plan.sizes)?;
    // A server of its own, so that its first callers are the first who need its workers.
    let served = Served::start(&plan.tom, &plan.dir, "built-in", &config(None, 100, plan.judge))?;
    let calls = shares(&items, PER_CALL).into_iter().enumerate().map(|(n, share)| {
        let turns = share.iter().map(|item| Line::new(item)).collect();
        let caller = Asker::new(turns, bench.engines.saying.clone(), plan.seed + n as u64).greeted();
        (share[0].tongue, Box::new(caller) as _, None)
    });
    let (traces, own) = hold(&plan, &served, plan.at_once.min(AT_ONCE), calls.collect())?;
    bench.own.extend(own);
    let known = by_name(&items);
    let (mut all, mut early, mut groups) = (Sample::default(), 0, BTreeMap::<String, Sample>::new());
    let (mut first, mut turns, mut understood) = (Sample::default(), 0, 0);
    let mut slowest = Vec::new();
    for trace in &traces {
        let measured = Measured::new(trace);
        for (n, spoken) in trace.spoken.iter().enumerate() {
            let (Some(item), Some(&last)) = (known.get(spoken.clip.as_str()), spoken.marks.get(1)) else {
                continue;
            };
            let until = trace.spoken.get(n + 1).map_or(trace.lasted, |next| next.began);
            let wanted = plain(&item.segments[0].text);
            let heard = trace.told_between(spoken.began, until).filter_map(|told| match &told.event {
                ServerEvent::SttFinal { text, .. } => Some(plain(text)),
                _ => None,
            });
            turns += 1;
            understood += usize::from(heard.last().is_some_and(|heard| wanted.contains(&heard)));
            let found = match measured.answer(last, until) {
                Answer::After(ms) => Some(ms),
                Answer::Never => None,
                Answer::Early => {
                    early += 1;
                    continue;
                }
            };
            all.add(found);
            if n == 0 {
                first.add(found);
            }
            groups.entry(format!("{:?}", item.band)).or_default().add(found);
            slowest.push((found.unwrap_or(f64::INFINITY), spoken.clip.clone()));
        }
    }
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let slowest: Vec<_> = slowest
        .iter()
        .take(10)
        .map(|(ms, clip)| json!({"ms": ms.is_finite().then_some(ms), "clip": clip}))
        .collect();
    let (summary, first) = (all.summary(), first.summary());
    let groups: BTreeMap<_, _> = groups.iter().map(|(name, sample)| (name, sample.summary())).collect();
    let (lost, why) = troubles(&traces);
    // A quick answer that it was not understood is none.
    let met = summary.p95.is_some_and(|ms| ms <= 500.0) && understood * 10 >= turns * 8;
    let value = format!(
        "{}; first question of a call p95 {:.0} ms; {understood} of {turns} understood word by word, {early} answered before the end",
        told(&summary),
        first.p95.unwrap_or(f64::INFINITY),
    );
    let data = json!({"all": summary, "first": first, "groups": groups, "answered_too_early": early, "slowest": slowest,
        "turns": turns, "understood": understood, "calls": traces.len(), "calls_with_trouble": lost, "trouble": why});
    Ok(vec![Row::judged("built-in engines and a flow, voice to voice", "p95 <= 500 ms", value, met, data)])
}

/// Words without marks, in small letters.
fn plain(text: &str) -> String {
    let small = text.to_lowercase();
    small.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect::<String>().trim().to_owned()
}
