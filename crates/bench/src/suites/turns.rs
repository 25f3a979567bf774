//! How soon does the agent answer, and does it take the turn in the caller's pause?

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::json;
use tom_probe::Trace;
use tom_probe::figures::{Answer, Measured};
use tom_probe::stats::Sample;

use super::tally::{self, Answers};
use super::{Bench, by_name, shares, troubles};
use crate::callers::{Asker, Line};
use crate::corpus::Item;
use crate::engines::Reply;
use crate::table::{Row, told};

/// Turns of one call.
const PER_CALL: usize = 8;

fn ask(bench: &mut Bench, items: &[Item]) -> Result<Vec<Trace>> {
    bench.engines.reply(Reply::Short);
    let calls = shares(items, PER_CALL).into_iter().enumerate().map(|(n, share)| {
        let turns = share.iter().map(|item| Line::new(item)).collect();
        let caller = Asker::new(turns, bench.engines.saying.clone(), bench.plan.seed + n as u64);
        (share[0].tongue, Box::new(caller) as _, None)
    });
    let calls = calls.collect();
    bench.hold(calls)
}

/// Whole turns without a pause.
pub(super) fn voice_to_voice(bench: &mut Bench) -> Result<Vec<Row>> {
    let items = bench.maker.utterances(&bench.plan.sizes)?;
    let traces = ask(bench, &items)?;
    let mut answers = Answers::default();
    for turn in tally::turns(&traces, &items) {
        answers.add(tally::group(turn.item), turn.answer);
    }
    let (summary, early) = (answers.all(), answers.early);
    let (lost, why) = troubles(&traces);
    let met = summary.p50.is_some_and(|ms| ms <= 330.0) && summary.p95.is_some_and(|ms| ms <= 450.0);
    let data = json!({"all": summary, "groups": answers.groups(), "answered_too_early": early,
        "calls": traces.len(), "calls_with_trouble": lost, "trouble": why});
    let value = format!("{}; {early} answered before the end", told(&summary));
    Ok(vec![Row::judged(
        "voice to voice, engines of fixed delay",
        "p50 <= 330, p95 <= 450 ms",
        value,
        met,
        data,
    )])
}

/// Whole turns with a pause inside.
pub(super) fn cut_offs(bench: &mut Bench) -> Result<Vec<Row>> {
    let items = bench.maker.paused(&bench.plan.sizes)?;
    let traces = ask(bench, &items)?;
    let known = by_name(&items);
    let mut by_pause: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut count, mut cut, mut heard) = (0usize, 0usize, 0usize);
    let (mut after, mut examples) = (Sample::default(), Vec::new());
    for trace in &traces {
        let measured = Measured::new(trace);
        for (n, spoken) in trace.spoken.iter().enumerate() {
            let &[_, ends, goes_on, last] = &spoken.marks[..] else { continue };
            if !known.contains_key(spoken.clip.as_str()) {
                continue;
            }
            let is_cut = measured.took_the_turn(ends, last);
            heard += usize::from(measured.sounds.iter().any(|sound| (ends..last).contains(&sound.from)));
            let pause = match goes_on - ends {
                0..600_000 => "0.3 to 0.6 s",
                600_000..1_000_000 => "0.6 to 1.0 s",
                _ => "1.0 to 1.5 s",
            };
            let group = by_pause.entry(pause).or_default();
            (count, cut) = (count + 1, cut + usize::from(is_cut));
            *group = (group.0 + 1, group.1 + usize::from(is_cut));
            if is_cut {
                if examples.len() < 30 {
                    examples.push(json!({"clip": spoken.clip, "pause_ms": (goes_on - ends) / 1_000}));
                }
                continue;
            }
            let until = trace.spoken.get(n + 1).map_or(trace.lasted, |next| next.began);
            match measured.answer(last, until) {
                Answer::After(ms) => after.add(Some(ms)),
                Answer::Never => after.add(None),
                Answer::Early => {}
            }
        }
    }
    let percent = cut as f64 * 100.0 / count.max(1) as f64;
    let pauses: Vec<String> =
        by_pause.iter().map(|(pause, (n, cut))| format!("{pause}: {cut} of {n}")).collect();
    let after = after.summary();
    let (lost, why) = troubles(&traces);
    let data = json!({"count": count, "cut": cut, "heard_before_the_end": heard, "by_pause": by_pause, "examples": examples, "voice_to_voice": after,
        "calls": traces.len(), "calls_with_trouble": lost, "trouble": why});
    Ok(vec![
        Row::judged(
            "false cut-offs, pauses of 0.3 to 1.5 s",
            "< 5 %",
            format!("{percent:.1} % ({cut} of {count}, of these {heard} heard; {})", pauses.join(", ")),
            count > 0 && percent < 5.0,
            data,
        ),
        Row::reported("voice to voice after such a turn", told(&after), after),
    ])
}
