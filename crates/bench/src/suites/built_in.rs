//! How soon do the built-in engines and a flow answer? The real workers, nothing over HTTP.

use anyhow::Result;
use serde_json::json;
use tom_probe::stats::Sample;
use tom_wire::ServerEvent;

use super::holding::hold;
use super::tally::{self, Answers, Slowest};
use super::{Bench, shares, troubles};
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
    let (mut answers, mut slowest) = (Answers::default(), Slowest::default());
    let (mut first, mut turns, mut understood) = (Sample::default(), 0, 0);
    for turn in tally::turns(&traces, &items) {
        let wanted = plain(&turn.item.segments[0].text);
        let told = turn.trace.told_between(turn.spoken.began, turn.until);
        let heard = told.filter_map(|told| match &told.event {
            ServerEvent::SttFinal { text, .. } => Some(plain(text)),
            _ => None,
        });
        turns += 1;
        understood += usize::from(heard.last().is_some_and(|heard| wanted.contains(&heard)));
        let Some(ms) = answers.add(format!("{:?}", turn.item.band), turn.answer) else { continue };
        if turn.nth == 0 {
            first.add(ms.is_finite().then_some(ms));
        }
        slowest.add(&turn.spoken.clip, ms);
    }
    let (summary, early, first) = (answers.all(), answers.early, first.summary());
    let (lost, why) = troubles(&traces);
    // A quick answer that it was not understood is none.
    let met = summary.p95.is_some_and(|ms| ms <= 500.0) && understood * 10 >= turns * 8;
    let value = format!(
        "{}; first question of a call p95 {:.0} ms; {understood} of {turns} understood word by word, {early} answered before the end",
        told(&summary),
        first.p95.unwrap_or(f64::INFINITY),
    );
    let data = json!({"all": summary, "first": first, "groups": answers.groups(), "answered_too_early": early, "slowest": slowest.named(),
        "turns": turns, "understood": understood, "calls": traces.len(), "calls_with_trouble": lost, "trouble": why});
    Ok(vec![Row::judged("built-in engines and a flow, voice to voice", "p95 <= 500 ms", value, met, data)])
}

/// Words without marks, in small letters.
fn plain(text: &str) -> String {
    let small = text.to_lowercase();
    small.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect::<String>().trim().to_owned()
}
