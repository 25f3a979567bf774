//! How many calls over SIP do the built-in engines bear at once, and is any audio late while they work?

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tom_probe::capacity::{CapacityOptions, INTO_SILENCE};
use tom_probe::trace::{FRAME_TIME, Micros, Trace};
use tom_probe::voice::is_audible;
use tom_probe::{Clip, stats::Sample};

use super::Line;
use super::load::telephones;
use crate::corpus::{Item, Tongue};
use crate::suites::Bench;
use crate::suites::load::watch;
use crate::table::{Row, told};

/// Calls at once, where as many are wanted.
const CALLS: usize = 100;
/// Distinct questions.
const CLIPS: usize = 8;
/// What a telephone holds at least before it plays: a frame.
const BUFFER: Micros = FRAME_TIME;
/// A gap of that length is none within a voice.
const LONGEST: Micros = 500_000;

/// The calls of the suite `load`, whose callers ask the reception: each a question and an interruption in 15 s.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let plan = bench.plan.clone();
    let count = CALLS.min(plan.calls);
    let items = bench.maker.desk(&plan.sizes)?;
    let line = Line::with(bench, "phone-built-in", count, None)?;
    let lasts = Duration::from_secs(plan.load_seconds);
    let options = CapacityOptions {
        target: line.served.target(Tongue::En.code())?,
        calls: count,
        lasts,
        ramp: lasts / 6,
        cycle: Duration::from_secs(15),
        turns: clips(&items, INTO_SILENCE),
        interruptions: clips(&items, "interruption"),
        seed: plan.seed,
    };
    anyhow::ensure!(!options.turns.is_empty(), "the corpus is too small for a load");
    let before = line.served.usage()?;
    let middle = lasts.saturating_sub(options.ramp);
    let (mut late, mut spoken) = (Sample::default(), 0);
    let (called, during) = std::thread::scope(|threads| {
        let watched = threads.spawn(|| watch(&line.served, options.ramp, middle));
        let called = telephones(&line, bench, &options, |trace| {
            let (frames, gaps) = dry(&trace);
            spoken += frames;
            gaps.into_iter().for_each(|ms| late.add(Some(ms)));
        });
        (called, watched.join())
    });
    let ((report, made), during) = (called?, during.map_err(|_| anyhow::anyhow!("the watch broke down"))??);
    bench.own.push(made.own);
    let underruns = line.served.metric("tom_audio_underrun_total")?;
    let added = during.resident.saturating_sub(before.resident) as f64 / count as f64 / 1e6;
    let (setup, late) = (made.setup.summary(), late.summary());
    let met = report.lost == 0 && late.count == 0 && count >= CALLS;
    let value = format!(
        "{count} calls, {} lost; {} of {spoken} frames of speech too late for a telephone that holds 20 ms{}; voice to voice {}; barge-in {}; server {:.2}, workers {:.2}, telephones {:.2} cores; {added:.2} MB a call; answered after {}",
        report.lost,
        late.count,
        late.max.map_or(String::new(), |ms| format!(" (by up to {ms:.0} ms)")),
        told(&report.voice_to_voice),
        told(&report.barge_in),
        during.cores,
        during.workers,
        during.ours,
        told(&setup),
    );
    let data = json!({
        "report": report, "setup": setup, "media": made.media, "late_by_ms": late, "frames_of_speech": spoken,
        "underruns": underruns, "seconds": plan.load_seconds, "server_cores": during.cores,
        "workers_cores": during.workers, "telephones_cores": during.ours, "own": made.own,
        "resident_before": before.resident, "resident_during": during.resident,
    });
    let bar = format!("{CALLS} calls, none lost, no late frame");
    Ok(vec![Row::judged("SIP: built-in engines and a flow, calls at once", &bar, value, met, data)])
}

fn clips(items: &[Item], name: &str) -> Vec<Arc<Clip>> {
    let clip = |(n, item): (usize, &Item)| {
        let (from, to) = (item.segments[0].from, item.segments[0].to);
        Arc::new(Clip::new(format!("{name} {n}"), &item.pcm, &[from, to]))
    };
    items.iter().filter(|item| item.segments.len() == 1).take(CLIPS).enumerate().map(clip).collect()
}

/// Frames of speech, and by how many milliseconds some of them came too late for a telephone that holds [`BUFFER`].
fn dry(trace: &Trace) -> (usize, Vec<f64>) {
    let (mut spoken, mut late, mut end) = (0, Vec::new(), None);
    for heard in &trace.heard {
        if !is_audible(&heard.rms) {
            // A voice that pauses leaves frames of silence, or none at all: only within a voice is a gap a fault.
            end = None;
            continue;
        }
        spoken += 1;
        let due = match end.filter(|end| heard.at < end + LONGEST) {
            Some(end) if heard.at > end => {
                late.push((heard.at - end) as f64 / 1_000.0);
                heard.at
            }
            Some(end) => end,
            None => heard.at + BUFFER,
        };
        end = Some(due + FRAME_TIME);
    }
    (spoken, late)
}

#[cfg(test)]
mod tests {
    use tom_probe::trace::Heard;
    use tom_probe::voice::STEPS;

    use super::*;

    #[test]
    fn only_gaps_within_a_voice_are_faults() {
        let frame = |at: u64, rms: u16| Heard { at: at * 1_000, rms: [rms; STEPS] };
        let heard = [
            (0, 900),
            (20, 900),
            (61, 900),
            (60, 900),
            (80, 0),
            (100, 0),
            (150, 900),
            (170, 900),
            (9_000, 900),
        ];
        let trace = Trace { heard: heard.map(|(at, rms)| frame(at, rms)).to_vec(), ..Trace::default() };
        assert_eq!(dry(&trace), (7, vec![1.0]));
    }
}
