//! What do signalling and media cost by themselves, with nobody listening: 500 calls of G.711 both ways?

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;
use tom_probe::stats::Sample;

use super::listeners;
use crate::phone::{self, Calling, Media};
use crate::suites::gateway::Gateway;
use crate::suites::{Bench, troubles};
use crate::table::{Row, told};

/// Time between two INVITEs.
const SPACING: Duration = Duration::from_millis(10);

/// The example `gateway` with a telephone: its calls are whole and come by real INVITEs, its agent says
/// sentence after sentence, and nothing listens to the caller.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let plan = bench.plan.clone();
    let count = plan.media_calls;
    let gateway = Gateway::start(&plan.gateway, &["sip"])?;
    let server = gateway.sip.context("the gateway takes no SIP; build it anew")?;
    let ramp = SPACING * u32::try_from(count).unwrap_or(u32::MAX);
    let steady = Duration::from_secs(plan.gateway_seconds);
    let lasts = ramp + Duration::from_secs(5) + steady;
    let calling = Calling {
        server,
        lang: "en".into(),
        at_once: count,
        spacing: SPACING,
        longest: lasts + Duration::from_secs(60),
        seed: plan.seed,
    };
    let (mut traces, mut frames) = (Vec::new(), Sample::default());
    let (made, watched) = std::thread::scope(|threads| {
        let watching = threads.spawn(|| -> Result<_> {
            std::thread::sleep(ramp + Duration::from_secs(3));
            let (first, began) = (gateway.usage()?, Instant::now());
            std::thread::sleep(steady);
            let last = gateway.usage()?;
            Ok((last.cores_since(&first, began.elapsed()), last.resident))
        });
        let made = phone::run(&calling, listeners(count, lasts), |mut trace| {
            frames.add(Some(trace.heard.len() as f64 / (trace.lasted as f64 / 1e6)));
            trace.heard = Vec::new();
            traces.push(trace);
        });
        (made, watching.join())
    });
    let made = made?;
    let (cores, resident) = watched.map_err(|_| anyhow::anyhow!("the watch broke down"))??;
    bench.own.push(made.own);
    let metric = |name: &str| gateway.metric(name);
    let (sent, received, missed) = (
        metric("tom_rtp_packets_total{direction=\"sent\"}")?,
        metric("tom_rtp_packets_total{direction=\"received\"}")?,
        metric("tom_rtp_lost_total")?,
    );
    let (failed, why) = troubles(&traces);
    let megabytes = resident as f64 / 1e6;
    let percent = cores * 100.0 / count as f64;
    let (media, setup) = (made.media, made.setup.summary());
    let lost = media.lost as f64 + missed;
    let value = format!(
        "{count} calls, {failed} failed; {missed:.0} of the callers' {} packets missing at the server, {} of the server's {sent:.0} at the callers; {megabytes:.0} MB; {percent:.3} % of a core a call; answered after {}",
        media.sent,
        media.lost,
        told(&setup),
    );
    let met = failed == 0 && lost == 0.0 && megabytes <= 100.0 && count >= 500;
    let data = json!({
        "calls": count, "failed": failed, "trouble": why, "cores": cores, "resident": resident, "media": media,
        "server_sent": sent, "server_received": received, "server_missed": missed, "setup": setup,
        "frames_a_second_heard": frames.summary(), "seconds": plan.gateway_seconds, "own": made.own,
    });
    let figure = "SIP: signalling and media of G.711 calls both ways, no engines, no voice activity";
    let cost = Row::judged(figure, "500 calls, 0 failed, 0 packets lost, <= 100 MB", value, met, data);
    Ok(vec![cost, buffered(&gateway, &media)?])
}

/// What the jitter buffers at both ends have added: these calls cross no network.
fn buffered(gateway: &Gateway, media: &Media) -> Result<Row> {
    let metric = |what: &str| gateway.metric(&format!("tom_rtp_buffered_seconds{what}"));
    let (calls, total) = (metric("_count")?, metric("_sum")?);
    // The bound of a bucket next below the bar.
    let below = metric("_bucket{le=\"0.03\"}")?;
    let mean = total * 1_000.0 / calls.max(1.0);
    let theirs = media.waited_ms / media.received.max(1) as f64;
    let value = format!(
        "server: {mean:.2} ms a packet on average, below 30 ms in {below:.0} of {calls:.0} calls; telephones, which have the same buffer: {theirs:.2} ms, the longest {:.1} ms",
        media.waited_longest_ms,
    );
    let met = calls > 0.0 && below == calls && theirs <= 40.0;
    let data = json!({"calls": calls, "calls_below_30_ms": below, "mean_ms": mean, "telephones": media});
    Ok(Row::judged("SIP: what the jitter buffer adds on a clean link", "<= 40 ms", value, met, data))
}
