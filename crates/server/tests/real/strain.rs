//! Layer: real. A machine that runs short of memory is told to engines, metrics and events; full, it takes no new calls and leaves running ones alone.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::common::desk::Desk;
use crate::common::{TestServer, config};
use tom_server::{Level, Spare};

/// A machine of 8 GB of which so much is free.
fn free(root: &Path, kilobytes: u64) {
    let text =
        format!("MemTotal: 8000000 kB\nMemAvailable: {kilobytes} kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    // In one step: it is looked at all the time.
    let new = root.join("proc/meminfo.new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, root.join("proc/meminfo")).unwrap();
}

#[tokio::test]
async fn a_machine_short_of_memory_takes_no_new_calls_and_keeps_its_calls() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("proc")).unwrap();
    free(root.path(), 4_000_000);
    let mut config = config();
    config.spare = Spare::Below(root.path().to_owned());
    config.timing.housekeeping = Duration::from_millis(50);
    let desk = Arc::new(Desk::default());
    let server = TestServer::with_desk(config, desk.clone()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("connected").await;
    assert_eq!(server.metric("tom_strain_level{level=\"normal\"}"), 1.0);

    free(root.path(), 800_000);
    server.until("it is lean", |s| s.metric("tom_strain_level{level=\"lean\"}") == 1.0).await;
    assert!(desk.strained.lock().unwrap().iter().all(|level| *level == Level::Lean), "the engines are told");
    assert!(!desk.strained.lock().unwrap().is_empty());
    server.call("/ws/stream").await.until("connected").await;

    free(root.path(), 100_000);
    server.until("it is full", |s| s.metric("tom_strain_level{level=\"full\"}") == 1.0).await;
    assert_eq!(server.metric("tom_strain_changes_total{level=\"full\",because=\"memory\"}"), 1.0);
    assert_eq!(server.refused("/ws/stream", &[]).await, (503, "NOT_READY".into()));
    let (status, _, body) = server.get("/readyz", "").await;
    assert!(status == 503 && body.contains("short of memory"), "{body}");
    let (_, _, health) = server.get("/health", "").await;
    assert!(health.contains(r#""level":"full""#) && health.contains(r#""because":"memory""#), "{health}");
    caller.answers().await;
}

#[tokio::test]
async fn nothing_is_spared_where_nobody_wants_it() {
    let mut config = config();
    config.spare = Spare::Never;
    config.timing.housekeeping = Duration::from_millis(20);
    let server = TestServer::start(config).await;
    server.until("the machine was looked at", |s| s.metric("system_memory_available_bytes") > 0.0).await;
    assert_eq!(server.metric("tom_strain_level{level=\"normal\"}"), 1.0);
    server.call("/ws/stream").await.until("connected").await;
}
