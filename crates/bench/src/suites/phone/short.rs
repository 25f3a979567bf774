//! Does anything stay behind after many short calls: memory, sockets, ports, threads?

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::{Line, listeners};
use crate::corpus::Tongue;
use crate::engines::Reply;
use crate::phone::{self, Made};
use crate::server::Open;
use crate::suites::{Bench, troubles};
use crate::table::{Row, told};

/// Calls at once.
const AT_ONCE: usize = 60;
/// How long a call lasts after its answer.
const LASTS: Duration = Duration::from_millis(200);
/// Until all is given back: longer than SIP keeps a transaction that is over (32 s, RFC 3261, 17.1.1.2).
const GIVEN_BACK: Duration = Duration::from_secs(40);
/// Memory that the later half of the calls may leave behind, each: the account of a call that is kept is one.
const KEPT_BYTES: f64 = 1_024.0;
/// Memory that comes and goes with the allocator's moods.
const MOODS: f64 = 2e6;

/// Connections to its engines that the server may keep warm, more of them or fewer: one for each call at once, to each.
const WARM: usize = 3 * AT_ONCE;

/// What the server holds at a moment without calls.
#[derive(Clone, Copy, Debug, serde::Serialize)]
struct Held {
    resident: u64,
    open: Open,
    calls: f64,
}

impl Held {
    /// Once all is given back.
    fn of(line: &Line) -> Result<Self> {
        std::thread::sleep(GIVEN_BACK);
        let (resident, open) = (line.served.usage()?.resident, line.served.open()?);
        Ok(Self { resident, open, calls: line.served.metric("tom_calls_active")? })
    }
}

/// Short calls, in two halves: what the second half adds is a leak.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let plan = bench.plan.clone();
    let half = plan.short_calls.div_ceil(2).max(1);
    bench.engines.reply(Reply::Short);
    let line = Line::start(bench, "phone-short", AT_ONCE)?;
    let mut calling = line.calling(&plan, Tongue::En, AT_ONCE);
    calling.spacing = Duration::from_millis(4);
    let (mut failed, mut reasons, mut made) = (0, Vec::new(), Made::default());
    let mut calls = |count: usize| -> Result<()> {
        let mut traces = Vec::new();
        made.join(&phone::run(&calling, listeners(count, LASTS), |mut trace| {
            trace.heard = Vec::new();
            traces.push(trace);
        })?);
        let (bad, why) = troubles(&traces);
        failed += bad;
        reasons.extend(why);
        Ok(())
    };
    calls(half)?;
    let middle = Held::of(&line)?;
    calls(half)?;
    let end = Held::of(&line)?;
    bench.own.push(made.own);
    let grown = end.resident as f64 - middle.resident as f64;
    let setup = made.setup.summary();
    let (before, after) = (middle.open, end.open);
    let nothing_held = after.udp <= before.udp
        && after.files <= before.files + WARM
        && after.threads <= before.threads
        && end.calls == 0.0;
    let met = failed == 0 && nothing_held && grown <= MOODS + KEPT_BYTES * half as f64;
    let value = format!(
        "{} calls, {failed} failed; the later half added {:.1} MB ({:.0} bytes a call), {:+} sockets of UDP ({} in all), {:+} open files, {:+} threads; {:.0} calls still held; answered after {}",
        2 * half,
        grown / 1e6,
        grown / half as f64,
        after.udp as i64 - before.udp as i64,
        after.udp,
        after.files as i64 - before.files as i64,
        after.threads as i64 - before.threads as i64,
        end.calls,
        told(&setup),
    );
    reasons.sort();
    reasons.dedup();
    let data = json!({
        "calls": 2 * half, "failed": failed, "trouble": reasons, "middle": middle, "end": end, "setup": setup,
        "media": made.media, "own": made.own,
    });
    let figure = "SIP: what many short calls leave behind";
    let bar = format!("{} calls, 0 failed; no memory, sockets, ports, tasks", 2 * half);
    Ok(vec![Row::judged(figure, &bar, value, met, data)])
}
