//! Layer: real. Stopping says goodbye first, and does not wait for ever.

use std::time::Duration;

use crate::common::{Got, PATIENCE, TestServer, config};
use tom_wire::ServerEvent;

#[tokio::test]
async fn running_calls_hear_a_goodbye() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("turn_end").await;
    server.stop.gently.cancel();
    server.until("it drains", |s| s.metric("tom_node_draining") == 1.0).await;
    // While the goodbye is spoken, balancers learn that this node takes no more.
    let (status, _, body) = server.get("/readyz", "").await;
    assert_eq!(status, 503);
    assert!(body.contains("DRAINING"));
    assert_eq!(server.refused("/ws/stream", &[]).await, (503, "DRAINING".into()));
    let (events, end) = caller.rest().await;
    assert!(matches!(end, Got::Closed(1001)), "{end:?}");
    let spoken = events.iter().filter(|e| matches!(e, ServerEvent::TtsAudio { .. })).count();
    assert!(spoken > 10, "the goodbye was not heard: {events:?}");
    let Some(ServerEvent::SessionClosed { reason, .. }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(reason, "drain");
    tokio::time::timeout(PATIENCE, server.done).await.unwrap().unwrap().unwrap();
    assert_eq!(server.calls.count(), 0);
    let gone = tokio::net::TcpStream::connect(server.address).await;
    assert!(gone.is_err(), "it still listens");
}

#[tokio::test]
async fn calls_that_take_too_long_are_cut_off() {
    let mut config = config();
    config.timing.drain = Duration::from_millis(50);
    let server = TestServer::start(config).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("turn_end").await;
    server.stop.gently.cancel();
    let (_, end) = caller.rest().await;
    assert!(matches!(end, Got::Closed(1001)), "{end:?}");
    tokio::time::timeout(PATIENCE, server.done).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_second_signal_means_now() {
    let mut config = config();
    config.timing.drain = Duration::from_secs(3_600);
    let server = TestServer::start(config).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("turn_end").await;
    caller.send(r#"{"type":"text","text":"speech"}"#).await;
    caller.until("tts_audio").await;
    server.stop.gently.cancel();
    server.stop.now.cancel();
    let (_, end) = caller.rest().await;
    assert!(matches!(end, Got::Closed(1001)), "{end:?}");
    tokio::time::timeout(PATIENCE, server.done).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn without_calls_it_stops_at_once() {
    let server = TestServer::start(config()).await;
    assert_eq!(server.get("/healthz", "").await.0, 200);
    // A connection that idles must not hold it up.
    let _idle = tokio::net::TcpStream::connect(server.address).await.unwrap();
    server.stop.gently.cancel();
    tokio::time::timeout(PATIENCE, server.done).await.unwrap().unwrap().unwrap();
}
