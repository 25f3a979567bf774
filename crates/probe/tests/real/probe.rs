//! Layer: real. Verdicts on good, slow and broken servers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tom_probe::line::Target;
use tom_probe::probe::{ProbeOptions, ProbeReport, Verdict, probe};

use crate::agent::{converse, frame, message, serve};

/// 600 ms of a tone between silences.
fn question() -> Vec<i16> {
    let tone = (0..9_600).map(|n| (4_000.0 * (f64::from(n) * 0.3).sin()) as i16);
    [vec![0; 3_200], tone.collect(), vec![0; 3_200]].concat()
}

fn options(address: SocketAddr) -> ProbeOptions {
    ProbeOptions {
        target: Target::new(&format!("ws://{address}"), None, None).unwrap(),
        question: question(),
        iterations: 2,
        thresholds: (500.0, 800.0),
        patience: Duration::from_secs(8),
    }
}

async fn ask(options: ProbeOptions) -> ProbeReport {
    let probing = tokio::task::spawn_blocking(move || probe(&options, &AtomicBool::new(false)).unwrap());
    // A bound in time, not a measurement.
    tokio::time::timeout(Duration::from_secs(60), probing).await.unwrap().unwrap()
}

/// Impatient: nothing is to be waited for.
async fn ask_soon(address: SocketAddr) -> ProbeReport {
    ask(ProbeOptions { patience: Duration::from_millis(1_500), ..options(address) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_converses_is_measured() {
    let address = serve(|socket| converse(socket, Duration::from_millis(300), true)).await;
    let report = ask(ProbeOptions { thresholds: (5_000.0, 6_000.0), ..options(address) }).await;
    assert_eq!(report.verdict, Verdict::Good, "{report:?}");
    assert_eq!((report.voice_to_voice.count, report.voice_to_voice.missed), (2, 0));
    assert!(report.voice_to_voice.min >= Some(290.0), "the server waits 300 ms: {report:?}");
    assert!(report.barge_in.min >= Some(40.0), "the server stops after three frames: {report:?}");
    assert!(report.iterations.iter().all(|i| i.status == "completed" && i.e2e_ms.is_some()), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_slow_and_a_very_slow_one_is_bad() {
    let address = serve(|socket| converse(socket, Duration::from_millis(300), true)).await;
    let slow = ask(ProbeOptions { thresholds: (100.0, 6_000.0), iterations: 1, ..options(address) }).await;
    assert_eq!((slow.verdict, slow.verdict.exit_code()), (Verdict::Slow, 1), "{slow:?}");
    let bad = ask(ProbeOptions { thresholds: (100.0, 200.0), iterations: 1, ..options(address) }).await;
    assert_eq!((bad.verdict, bad.verdict.exit_code()), (Verdict::Bad, 2), "{bad:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_gives_no_result() {
    let address = serve(async |mut socket| while socket.next().await.is_some_and(|m| m.is_ok()) {}).await;
    let report = ask(ProbeOptions { patience: Duration::from_secs(5), ..options(address) }).await;
    assert_eq!((report.verdict, report.verdict.exit_code()), (Verdict::NoResult, 3), "{report:?}");
    assert!(report.iterations.iter().all(|i| i.error.as_deref() == Some("the agent did not answer in time")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_stops_gives_no_result() {
    let address = serve(|socket| converse(socket, Duration::ZERO, false)).await;
    let report = ask(ProbeOptions { patience: Duration::from_secs(4), ..options(address) }).await;
    assert_eq!(report.verdict, Verdict::NoResult, "{report:?}");
    assert!(report.iterations.iter().all(|i| i.status == "failed"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_close_babble_flood_or_refuse_give_no_result() {
    let closing = serve(async |mut socket| drop(socket.close(None).await)).await;
    assert_eq!(ask_soon(closing).await.verdict, Verdict::NoResult);

    let dropping = serve(async |socket| drop(socket)).await;
    assert_eq!(ask_soon(dropping).await.verdict, Verdict::NoResult);

    let babbling = serve(async |mut socket| {
        for text in ["no json", "{}", "[1]", r#"{"type":"unheard_of"}"#] {
            let _ = socket.send(Message::text(text)).await;
        }
        let _ = socket.send(Message::Binary(vec![1, 2, 3].into())).await;
        while socket.next().await.is_some_and(|m| m.is_ok()) {}
    })
    .await;
    let report = ask_soon(babbling).await;
    assert_eq!(report.verdict, Verdict::NoResult, "{report:?}");

    let flooding = serve(async |mut socket| while socket.send(frame(true)).await.is_ok() {}).await;
    assert_eq!(ask_soon(flooding).await.verdict, Verdict::NoResult);

    let erring = serve(async |mut socket| {
        let error = r#","error":{"code":"RATE_CALLS","message":"busy","request_id":"r","timestamp":"t"},"message":"busy""#;
        let _ = socket.send(message("error", error)).await;
        let _ = socket.close(None).await;
    })
    .await;
    assert_eq!(ask_soon(erring).await.verdict, Verdict::NoResult);
}

/// Answers every connection with these bytes and then goes on reading.
async fn raw(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.write_all(answer).await;
                let mut sink = [0; 1_024];
                while stream.read(&mut sink).await.is_ok_and(|n| n > 0) {}
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_websocket_is_said() {
    let refusing = raw(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 5\r\n\r\ntoken").await;
    let report = ask_soon(refusing).await;
    assert_eq!(report.verdict.exit_code(), 3);
    assert!(report.iterations[0].error.as_deref().is_some_and(|e| e.contains("401")), "{report:?}");
    for answer in [&b"SSH-2.0\r\n\r\n"[..], b"", b"HTTP/1.1 101 Yes\r\n\r\n"] {
        assert_eq!(ask_soon(raw(answer).await).await.verdict, Verdict::NoResult);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(ask_soon(nobody).await.verdict, Verdict::NoResult);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_can_be_stopped() {
    let address = serve(|socket| converse(socket, Duration::ZERO, false)).await;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = stop.clone();
    let options = ProbeOptions { patience: Duration::from_secs(3_600), ..options(address) };
    let probing = tokio::task::spawn_blocking(move || probe(&options, &stopping).unwrap());
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);
    let report = tokio::time::timeout(Duration::from_secs(30), probing).await.unwrap().unwrap();
    assert_eq!((report.verdict, report.iterations.len()), (Verdict::NoResult, 1), "{report:?}");
}
