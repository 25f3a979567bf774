//! What stops the agent for nothing over RTP?

use anyhow::Result;
use serde_json::json;

use super::{Line, some};
use crate::suites::noise::{Kinds, calls};
use crate::suites::{Bench, troubles};
use crate::table::Row;

/// Disturbances, where the corpus is whole.
const DISTURBANCES: usize = 240;
/// Disturbances of one call: as many as find room in one reply, so that none of the caller's words is an interruption.
const PER_CALL: usize = 3;

/// The disturbances of the suite `noise`, and nothing else over the replies. A telephone is told nothing: a reply has
/// stopped that is not heard any more when the look at it ends. One after which the agent answers instead sounds the
/// same as one that goes on, so the server's own count of interruptions, of which there should be none, is taken, too.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let line = Line::start(bench, "phone-noise", 100)?;
    let items = some(bench.maker.noises(&bench.plan.sizes)?, DISTURBANCES, bench.plan.seed);
    let calls = calls(bench, &items, PER_CALL, false)?;
    let (traces, made) = line.hold(&bench.plan, calls)?;
    bench.own.push(made.own);
    // What the server takes speech over a reply for.
    let taken = |kind: &str| line.served.metric(&format!("tom_barge_in_total{{kind=\"{kind}\"}}"));
    let (interrupted, nothing, listening) = (taken("true")?, taken("false")?, taken("backchannel")?);
    let kinds = Kinds::of(&traces, &items);
    let (count, silent) = kinds.stopped();
    let stopped = interrupted + silent as f64;
    let percent = stopped * 100.0 / count.max(1) as f64;
    let (lost, why) = troubles(&traces);
    Ok(vec![Row::judged(
        "SIP: reply stopped for good by a non-interruption, over RTP",
        "< 2 %",
        format!(
            "{percent:.1} % ({interrupted} of {count} taken for interruptions, silent afterwards: {})",
            kinds.told()
        ),
        lost == 0 && count > 0 && percent < 2.0,
        json!({
            "kinds": kinds.done, "taken_for_interruptions": interrupted, "taken_for_nothing": nothing,
            "taken_for_listening": listening, "media": made.media,
            "calls": traces.len(), "calls_with_trouble": lost, "trouble": why,
        }),
    )])
}
