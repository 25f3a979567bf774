//! Layer: real. Many calls at once to a server that converses, and to one that breaks.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::StreamExt;
use tom_probe::capacity::{CapacityOptions, CapacityReport, capacity};
use tom_probe::{Clip, line::Target};

use crate::agent::{converse_for, serve};

async fn load(address: std::net::SocketAddr, calls: usize) -> CapacityReport {
    let tone: Vec<i16> = (0..9_600).map(|n| (4_000.0 * (f64::from(n) * 0.3).sin()) as i16).collect();
    let clip = |name: &str| vec![Arc::new(Clip::of_speech(name, &tone).unwrap())];
    let options = CapacityOptions {
        target: Target::new(&format!("ws://{address}"), None, None).unwrap(),
        calls,
        lasts: Duration::from_secs(9),
        ramp: Duration::from_millis(500),
        cycle: Duration::from_secs(3),
        turns: clip("turn"),
        interruptions: clip("cut"),
        seed: 1,
    };
    let run = tokio::task::spawn_blocking(move || capacity(&options, &AtomicBool::new(false)).unwrap());
    // A bound in time, not a measurement.
    tokio::time::timeout(Duration::from_secs(90), run).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_are_measured_each() {
    // It speaks for 2 s at a time, so that callers find a silence to speak into.
    let address = serve(|socket| converse_for(socket, Duration::from_millis(300), true, 100)).await;
    let report = load(address, 12).await;
    assert_eq!((report.calls, report.lost, report.own.most_at_once), (12, 0, 12), "{report:?}");
    assert!(report.voice_to_voice.count >= 12 && report.voice_to_voice.missed == 0, "{report:?}");
    assert!(report.voice_to_voice.min >= Some(290.0), "{report:?}");
    assert!(report.barge_in.count >= 12 && report.barge_in.min >= Some(40.0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_break_are_lost() {
    let address = serve(async |mut socket| {
        for _ in 0..50 {
            if socket.next().await.is_none() {
                return;
            }
        }
    })
    .await;
    let report = load(address, 3).await;
    assert_eq!((report.calls, report.lost), (3, 3), "{report:?}");
    assert_eq!(report.reasons.len(), 3);
    let deaf = serve(async |mut socket| while socket.next().await.is_some_and(|m| m.is_ok()) {}).await;
    let report = load(deaf, 2).await;
    assert!(report.voice_to_voice.missed >= 2 && report.voice_to_voice.p50.is_none(), "{report:?}");
}
