//! How much later does a telephone hear the answer than a browser, at the same time, from the same server?

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::json;
use tom_probe::Trace;
use tom_probe::stats::Summary;

use super::{Line, some};
use crate::callers::{self, Asker};
use crate::corpus::Item;
use crate::engines::Reply;
use crate::suites::holding::{self, hold};
use crate::suites::tally::{self, Answers};
use crate::suites::{Bench, shares, troubles};
use crate::table::{Row, told};

/// Turns of one call.
const PER_CALL: usize = 8;
/// Turns of each kind, where the corpus is whole.
const TURNS: usize = 240;

/// The same turns over SIP and over WebSocket, both at once, so that what else runs here meets both.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let line = Line::start(bench, "phone-beside", 100)?;
    let items = some(bench.maker.utterances(&bench.plan.sizes)?, TURNS, bench.plan.seed);
    bench.engines.reply(Reply::Short);
    let mut plan = bench.plan.clone();
    plan.at_once = (plan.at_once / 2).max(1);
    let (over_sip, over_socket) = (calls(bench, &items), calls(bench, &items));
    let (sip, socket) = std::thread::scope(|threads| {
        let telephones = threads.spawn(|| line.hold(&plan, over_sip));
        let browsers = hold(&plan, &line.served, plan.at_once, over_socket);
        (telephones.join(), browsers)
    });
    let (sip, made) = sip.map_err(|_| anyhow::anyhow!("the telephones broke down"))??;
    let (socket, own) = socket?;
    bench.own.extend(own);
    bench.own.push(made.own);
    let (sip_times, socket_times) = (times(&sip, &items), times(&socket, &items));
    let more = |of: fn(&Summary) -> Option<f64>| Some(of(&sip_times.all)? - of(&socket_times.all)?);
    let (p50, p95) = (more(|s| s.p50), more(|s| s.p95));
    let ((lost, why), (socket_lost, socket_why)) = (troubles(&sip), troubles(&socket));
    let plus = |ms: Option<f64>| ms.map_or("none".into(), |ms| format!("{ms:+.0} ms"));
    let value = format!(
        "{} at p50, {} at p95: SIP {}, WebSocket {}; {} and {} answered before the end",
        plus(p50),
        plus(p95),
        told(&sip_times.all),
        told(&socket_times.all),
        sip_times.early,
        socket_times.early,
    );
    let met = lost == 0 && p50.is_some_and(|ms| ms <= 60.0) && p95.is_some_and(|ms| ms <= 60.0);
    let data = json!({
        "sip": sip_times, "websocket": socket_times, "more_p50_ms": p50, "more_p95_ms": p95,
        "media": made.media, "setup": made.setup.summary(),
        "calls": [sip.len(), socket.len()], "calls_with_trouble": [lost, socket_lost],
        "trouble": [why, socket_why],
    });
    let figure = "SIP: voice to voice beside the WebSocket path, engines of fixed delay";
    Ok(vec![Row::judged(figure, "at most 60 ms more at p50 and p95", value, met, data)])
}

fn calls(bench: &Bench, items: &[Item]) -> Vec<holding::Call> {
    let shares = shares(items, PER_CALL).into_iter().enumerate();
    shares
        .map(|(n, share)| {
            let turns = share.iter().map(|item| callers::Line::new(item)).collect();
            let caller = Asker::new(turns, bench.engines.saying.clone(), bench.plan.seed + n as u64);
            (share[0].tongue, Box::new(caller) as _, None)
        })
        .collect()
}

/// How soon turns were answered.
#[derive(Serialize)]
struct Times {
    all: Summary,
    /// Answered before the end.
    early: usize,
    /// By language and band.
    groups: BTreeMap<String, Summary>,
    /// Each by itself, in milliseconds, so that the two ways can be laid side by side.
    clips: BTreeMap<String, Option<f64>>,
}

/// How soon the turns of some calls were answered.
fn times(traces: &[Trace], items: &[Item]) -> Times {
    let (mut answers, mut clips) = (Answers::default(), BTreeMap::new());
    for turn in tally::turns(traces, items) {
        if let Some(ms) = answers.add(tally::group(turn.item), turn.answer) {
            clips.insert(turn.spoken.clip.clone(), ms.is_finite().then_some(ms));
        }
    }
    Times { all: answers.all(), early: answers.early, groups: answers.groups(), clips }
}
