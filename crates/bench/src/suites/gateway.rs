//! What do a thousand connections cost, and how punctual is their audio? Without engines.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tom_probe::line::{Act, Actor, EngineReport, Options, Planned, Seen, Target, run};
use tom_probe::process::Usage;
use tom_probe::stats::Sample;
use tom_probe::trace::{FRAME_TIME, Micros, Trace};

use super::{Bench, troubles};
use crate::server::metric;
use crate::table::{Row, below, told};

/// How long the last connection has been up when measuring begins.
const SETTLES: Duration = Duration::from_secs(3);
/// How long all connections are still up when measuring has ended: they hang up all at once.
const STAYS: Duration = Duration::from_secs(2);

/// Listens, and hangs up after a time.
struct Listener(Micros);

impl Actor for Listener {
    fn tick(&mut self, now: Micros, _: &Seen<'_>) -> Act {
        if now >= self.0 { Act::HangUp } else { Act::Wait }
    }
}

/// What the server counted: allocations, frames of callers, pieces of speech.
type Counts = [u64; 3];

/// The server of the example `gateway`.
pub(super) struct Gateway {
    child: Child,
    address: String,
    /// Where it takes SIP, if it was asked to.
    pub(super) sip: Option<SocketAddr>,
    counts: Arc<Mutex<Counts>>,
}

impl Gateway {
    /// Starts it; `sip` among the arguments gives it a telephone. Its memory is that without huge pages then, of which
    /// the allocator rounds every kind of allocation up to 2 MB.
    pub(super) fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let small = arguments.contains(&"sip").then_some(("MIMALLOC_ALLOW_THP", "0"));
        let mut child = Command::new(program)
            .args(arguments)
            .envs(small)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} does not start; cargo xtask bench builds it", program.display()))?;
        let Some(out) = child.stdout.take() else { bail!("the gateway has no output") };
        let mut lines = BufReader::new(out).lines();
        let ready = lines.next().context("the gateway said nothing")??;
        let address = ready.rsplit("http://").next().unwrap_or_default().trim_end_matches('/').to_owned();
        let sip = ready.split_once("sip ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        let counts = Arc::<Mutex<Counts>>::default();
        let seen = counts.clone();
        // Ends with the gateway, whose output it reads.
        std::thread::spawn(move || {
            for line in lines.map_while(std::result::Result::ok) {
                let mut numbers = line.split(' ').filter_map(|n| n.parse().ok());
                let all = std::array::from_fn(|_| numbers.next().unwrap_or(0));
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = all;
            }
        });
        Ok(Self { child, address, sip, counts })
    }

    /// What it has used.
    pub(super) fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id()).context("the gateway is gone")
    }

    /// One of its metrics, written as it writes them.
    pub(super) fn metric(&self, name: &str) -> Result<f64> {
        metric(&self.address, name)
    }

    fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How late each frame came, in milliseconds, on a grid of 20 ms: against the most punctual frame of the second
/// that ends with it. So a call whose audio stopped for a moment is late for a second, not for ever. Only frames within
/// `span` of the call's time count.
fn lateness(trace: &Trace, span: &Range<Micros>) -> Vec<f64> {
    const SECOND: usize = 50;
    let frames = trace.heard.iter().map(|h| h.at).filter(|at| span.contains(at));
    let offsets: Vec<i64> =
        frames.enumerate().map(|(n, at)| at as i64 - (n as i64) * FRAME_TIME as i64).collect();
    (0..offsets.len())
        .map(|n| {
            let second = &offsets[n.saturating_sub(SECOND - 1)..=n];
            let first = second.iter().min().copied().unwrap_or(0);
            (offsets[n] - first) as f64 / 1_000.0
        })
        .collect()
}

/// What so many connections came to.
struct Carried {
    cores: f64,
    before: Counts,
    after: Counts,
    /// Between the two counts.
    elapsed: Duration,
    /// While all connections are up, as the cores.
    late: Sample,
    /// From a call's third second to its last, while others open and hang up.
    late_in_all: Sample,
    frames: usize,
    traces: Vec<Trace>,
    own: EngineReport,
}

/// Holds so many connections to the gateway, and measures for so long.
fn carry(program: &Path, calls: usize, steady: Duration) -> Result<Carried> {
    let gateway = Gateway::start(program, &[])?;
    let ramp = Duration::from_millis(5 * calls as u64);
    let lasts = ramp + SETTLES + steady + STAYS;
    let mut options = Options::new(Target::new(&format!("ws://{}", gateway.address), None, None)?);
    options.at_once = calls;
    options.spacing = Duration::from_millis(5);
    options.longest = lasts + Duration::from_secs(60);
    let planned = (0..calls).map(|n| {
        let left = lasts.saturating_sub(Duration::from_millis(5 * n as u64));
        Planned {
            name: format!("connection {n}"),
            actor: Box::new(Listener(left.as_micros() as Micros)) as _,
            echo: None,
        }
    });
    let (mut late, mut late_in_all, mut frames) = (Sample::default(), Sample::default(), 0);
    let mut traces = Vec::new();
    let (own, watched) = std::thread::scope(|threads| {
        let watching = threads.spawn(|| -> Result<_> {
            std::thread::sleep(ramp + SETTLES);
            let (first, counts, began) = (gateway.usage()?, gateway.counts(), Instant::now());
            std::thread::sleep(steady);
            let elapsed = began.elapsed();
            Ok((gateway.usage()?.cores_since(&first, elapsed), counts, gateway.counts(), elapsed))
        });
        // Looked at afterwards: the thread that would do it has the calls that are up still to hold.
        let own = run(&options, planned, &AtomicBool::new(false), |trace| traces.push(trace));
        (own, watching.join())
    });
    let own = own?;
    for trace in &mut traces {
        frames += trace.heard.len();
        // Each hangs up when its time is over, all in the same moment.
        let ends = trace.lasted.saturating_sub(STAYS.as_micros() as Micros);
        let up = ends.saturating_sub(steady.as_micros() as Micros)..ends;
        lateness(trace, &up).into_iter().for_each(|ms| late.add(Some(ms)));
        let whole = SETTLES.as_micros() as Micros..Micros::MAX;
        lateness(trace, &whole).into_iter().for_each(|ms| late_in_all.add(Some(ms)));
        trace.heard = Vec::new();
    }
    let (cores, before, after, elapsed) = watched.map_err(|_| anyhow::anyhow!("the watch broke down"))??;
    Ok(Carried { cores, before, after, elapsed, late, late_in_all, frames, traces, own })
}

/// What a connection takes of a core: socket, WebSocket, call task and pacing, in both directions, without engines
/// and without voice activity. Measured on some.
pub(super) fn cores_per_call(bench: &mut Bench) -> Result<f64> {
    let calls = bench.plan.connections.clamp(1, 100);
    let steady = Duration::from_secs(bench.plan.gateway_seconds.min(10));
    let carried = carry(&bench.plan.gateway, calls, steady)?;
    bench.own.push(carried.own);
    let (lost, why) = troubles(&carried.traces);
    anyhow::ensure!(lost == 0, "{lost} of {calls} connections were lost: {why:?}");
    Ok(carried.cores / calls as f64)
}

pub(super) fn run_suite(bench: &mut Bench) -> Result<Vec<Row>> {
    let calls = bench.plan.connections;
    let steady = Duration::from_secs(bench.plan.gateway_seconds);
    let carried = carry(&bench.plan.gateway, calls, steady)?;
    let Carried { cores, before, after, elapsed, late, late_in_all, frames, traces, own } = carried;
    bench.own.push(own);
    let (lost, why) = troubles(&traces);
    let late = late.summary();
    let [allocations, came, pieces] = std::array::from_fn(|n| after[n].saturating_sub(before[n]));
    // As many frames went out as came in: 50 a second in both directions. A piece of speech is the synthesiser's.
    let by_frames = allocations.saturating_sub(pieces);
    let per_frame = by_frames as f64 / (2 * came).max(1) as f64;
    let rate = came as f64 / elapsed.as_secs_f64() / calls as f64;
    let data = json!({
        "connections": calls, "lost": lost, "trouble": why, "cores": cores, "lateness_ms": late,
        "lateness_with_opening_and_hanging_up_ms": late_in_all.summary(), "frames_heard": frames,
        "frames_a_second_and_connection": rate, "allocations": allocations, "pieces_of_speech": pieces, "frames_in": came, "own": own,
    });
    let value = format!(
        "{calls} connections, {lost} lost, {cores:.2} core, {rate:.1} frames a second each; late by {}",
        told(&late)
    );
    let met = lost == 0 && cores <= 0.6 && below(late.p99, 3.0) && calls >= 1_000;
    Ok(vec![
        Row::judged(
            "gateway: 1 000 connections, 50 frames a second each way, no engines",
            "<= 0.6 core, p99 < 3 ms",
            value,
            met,
            &data,
        ),
        Row::judged(
            "allocations per audio frame, socket to socket",
            "0",
            format!(
                "{per_frame:.4} ({by_frames} in {} frames of both directions, beside one for each of {pieces} pieces of speech)",
                2 * came
            ),
            per_frame < 0.001,
            &data,
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tom_probe::trace::Heard;

    #[test]
    fn lateness_counts_from_the_most_punctual_frame() {
        let heard = |at| Heard { at, rms: [0; 4] };
        let at = [1_000_000, 3_000_500, 3_020_000, 3_045_000, 3_060_000];
        let trace = Trace { heard: at.into_iter().map(heard).collect(), ..Trace::default() };
        assert_eq!(lateness(&trace, &(3_000_000..Micros::MAX)), [0.0, 0.0, 5.0, 0.0]);
        assert_eq!(lateness(&trace, &(3_010_000..3_050_000)), [0.0, 5.0]);
        assert!(lateness(&Trace::default(), &(0..Micros::MAX)).is_empty());
    }
}
