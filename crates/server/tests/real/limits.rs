//! Layer: real. How many connections and calls there may be, and what a client that does not read costs.

use std::time::Duration;

use crate::common::{Caller, Got, TestServer, config};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::{MaybeTlsStream, client_async};

#[tokio::test]
async fn sixty_connections_from_one_address_meet_the_cap() {
    let mut config = config();
    config.limits.connections_per_address = 20;
    let server = TestServer::start(config).await;
    let mut inside = Vec::new();
    let mut refused = 0;
    for _ in 0..60 {
        match server.call_with("/ws/stream", &[]).await {
            Ok(caller) => inside.push(caller),
            Err(Error::Http(response)) => {
                assert_eq!(response.status(), 429);
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((inside.len(), refused), (20, 40));
    assert_eq!(server.metric("tom_blocked_dial_attempts_total{reason=\"connections\"}"), 40.0);
    for caller in &mut inside {
        caller.answers().await;
    }
    inside.truncate(10);
    server.until("there is room again", |s| s.calls.count() == 10).await;
    let mut late = loop {
        if let Ok(caller) = server.call_with("/ws/stream", &[]).await {
            break caller;
        }
    };
    late.until("connected").await;
}

#[tokio::test]
async fn new_calls_are_counted_by_the_minute() {
    let mut config = config();
    config.limits.connections_per_minute = 3;
    let server = TestServer::start(config).await;
    for _ in 0..3 {
        server.call("/ws/stream").await.until("connected").await;
    }
    assert_eq!(server.refused("/ws/stream", &[]).await, (429, "RATE_CONNECTIONS".into()));
    let (status, _, _) = server.get("/healthz", "").await;
    assert_eq!(status, 200, "other requests are not calls");
}

#[tokio::test]
async fn all_call_slots_taken_is_said_everywhere() {
    let mut config = config();
    config.limits.max_calls = 2;
    let server = TestServer::start(config).await;
    let mut first = server.call("/ws/stream").await;
    let mut second = server.call("/ws/stream").await;
    first.until("connected").await;
    second.until("connected").await;
    assert_eq!(server.refused("/ws/stream", &[]).await, (503, "RATE_CALLS".into()));
    let (status, _, body) = server.get("/readyz", "").await;
    assert_eq!(status, 503);
    assert!(body.contains("RATE_CALLS"));
    first.answers().await;
    drop(first);
    server.until("a slot is free", |s| s.calls.count() == 1).await;
    assert_eq!(server.get("/readyz", "").await.0, 200);
    server.call("/ws/stream").await.until("connected").await;
}

/// A client whose kernel holds as little as possible.
async fn slow_client(server: &TestServer) -> Caller {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let stream = socket.connect(server.address).await.unwrap();
    let url = format!("ws://{}/ws/stream/slow?rate=48000&audio=json", server.address);
    let (socket, _) = client_async(url, MaybeTlsStream::Plain(stream)).await.unwrap();
    Caller { socket, protocol: None }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_costs_nobody_else() {
    let mut config = config();
    config.timing.slow_client = Duration::from_millis(400);
    config.timing.linger = Duration::from_secs(20);
    let server = TestServer::start(config).await;
    let mut other = server.call("/ws/stream/other").await;
    other.until("turn_end").await;
    let mut slow = slow_client(&server).await;
    slow.until("turn_end").await;
    slow.send(r#"{"type":"text","text":"speech"}"#).await; // half a minute of audio
    // It reads nothing until the server has given up on it.
    server.until("the server gives up", |s| s.metric("tom_errors_total{component=\"client\"}") == 1.0).await;
    server.until("its call is over", |s| s.calls.count() == 1).await;
    let (error, code) = slow.end().await;
    assert_eq!((error, code), (Some("SLOW_CLIENT"), 1013));
    other.answers().await;
    assert_eq!(server.metric("audio_queue_depth"), 0.0);
}

#[tokio::test]
async fn audio_for_a_slow_client_drops_the_oldest_and_is_counted() {
    let mut config = config();
    config.limits.audio_backlog = 5;
    config.timing.slow_client = Duration::from_secs(20);
    let server = TestServer::start(config).await;
    let mut slow = slow_client(&server).await;
    slow.until("turn_end").await;
    slow.send(r#"{"type":"text","text":"speech"}"#).await;
    server.until("audio is dropped", |s| s.metric("tom_ws_backpressure_drops_total") > 20.0).await;
    assert!(server.metric("tom_ws_backpressure_events_total") >= 1.0);
    assert!(server.metric("audio_queue_depth") <= 5.0);
    // It reads on: the messages have no gap, the audio has.
    let (mut seq, mut frame, mut skipped) = (None, None, 0);
    while skipped == 0 {
        let Got::Message(message, _) = slow.next().await else {
            panic!("the call ended");
        };
        if let Some(last) = seq {
            assert_eq!(message.seq, last + 1);
        }
        seq = Some(message.seq);
        if let tom_wire::ServerEvent::TtsAudio { frame_number, .. } = message.event {
            if let Some(last) = frame {
                skipped += frame_number - last - 1;
            }
            frame = Some(frame_number);
        }
    }
    slow.answers().await;
}
