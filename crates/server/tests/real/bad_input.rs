//! Layer: real. Bad input gets a clear error with a stable code and the right close; nobody else notices.

use std::time::Duration;

use crate::common::{Caller, Got, TestServer, config};
use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message as Frame;

/// A server with one call that must not notice anything.
async fn with_bystander() -> (TestServer, Caller) {
    let server = TestServer::start(config()).await;
    let mut bystander = server.call("/ws/stream/bystander").await;
    bystander.until("connected").await;
    (server, bystander)
}

#[tokio::test]
async fn nonsense_is_answered_and_the_call_goes_on() {
    let (server, mut bystander) = with_bystander().await;
    let mut caller = server.call("/ws/stream/caller?audio=binary").await;
    for (text, code) in [
        ("{", "BAD_EVENT"),
        ("[]", "BAD_EVENT"),
        ("hello", "BAD_EVENT"),
        (r#"{"type":"dance"}"#, "BAD_EVENT"),
        (r#"{"type":"audio_chunk","audio":5}"#, "BAD_EVENT"),
        (r#"{"type":"audio_chunk"}"#, "BAD_EVENT"),
        (r#"{"type":"dtmf","digit":"77"}"#, "BAD_EVENT"),
        (r#"{"type":"audio_chunk","audio":"???"}"#, "BAD_AUDIO"),
        (r#"{"type":"audio_chunk","audio":"AAAA"}"#, "BAD_AUDIO"),
        (r#"{"type":"audio_chunk","data":"AAA=","format":"pcm16_8k"}"#, "BAD_AUDIO"),
        (r#"{"type":"audio_chunk","data":"AAA=","format":"opus"}"#, "BAD_AUDIO"),
    ] {
        caller.send(text).await;
        let (_, error) = caller.until("error").await;
        assert_eq!(error["error"]["code"], code, "{text}");
        assert_eq!(error["message"], error["error"]["message"]);
        assert!(error["error"]["request_id"].as_str().unwrap().starts_with("caller-"));
        assert!(error["error"]["timestamp"].as_str().unwrap().ends_with('Z'));
        assert!(error["error"]["details"].is_object());
    }
    caller.send_bytes(vec![0; 641]).await;
    let (_, error) = caller.until("error").await;
    assert_eq!(error["error"]["code"], "BAD_AUDIO", "an odd number of bytes");
    caller.answers().await;
    bystander.answers().await;
    assert_eq!(server.metric("tom_errors_total{component=\"wire\"}"), 12.0);
}

#[tokio::test]
async fn fifty_bad_messages_in_a_row_end_the_call() {
    let mut config = config();
    config.limits.messages_per_second = 10_000; // It is not the haste that is to be refused here.
    let server = TestServer::start(config).await;
    let mut bystander = server.call("/ws/stream/bystander").await;
    bystander.until("connected").await;
    let mut caller = server.call("/ws/stream/caller").await;
    for n in 0..98 {
        // One good message starts the count anew.
        let text = if n == 48 { r#"{"type":"ping"}"# } else { "{" };
        caller.send(text).await;
    }
    caller.answers().await;
    for _ in 0..49 {
        caller.send("nonsense").await;
    }
    // The counter stood at 0 after the ping of `answers`.
    caller.send("the fiftieth").await;
    assert_eq!(caller.end().await, (Some("BAD_EVENT"), 1008));
    bystander.answers().await;
    server.until("its call is over", |s| s.calls.count() == 1).await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_1009() {
    let (server, mut bystander) = with_bystander().await;
    let mut caller = server.call("/ws/stream").await;
    caller.send_bytes(vec![0; 65_536]).await;
    caller.answers().await;
    caller.send_bytes(vec![0; 65_538]).await;
    assert_eq!(caller.end().await, (Some("FRAME_TOO_LARGE"), 1009));

    let mut caller = server.call("/ws/stream").await;
    caller.send(&" ".repeat(65_537)).await;
    assert_eq!(caller.end().await, (Some("FRAME_TOO_LARGE"), 1009));

    // So large that it is not even read: the connection may be cut before the reason arrives.
    let mut caller = server.call("/ws/stream").await;
    let _ = caller.socket.send(Frame::binary(vec![0; 3 << 20])).await;
    let (_, end) = caller.rest().await;
    assert!(matches!(end, Got::Closed(1009) | Got::Cut), "{end:?}");
    bystander.answers().await;
    assert_eq!(server.metric("tom_ws_gateway_rate_limit_total{type=\"frame_size\"}"), 2.0);
}

#[tokio::test]
async fn too_much_in_a_second_is_warned_of_twice() {
    let (server, mut bystander) = with_bystander().await;
    let mut caller = server.call("/ws/stream?audio=binary").await;
    for warning in 1..=2 {
        // The bucket refills while a slow machine sends: more than enough overflows it.
        for _ in 0..400 {
            caller.send(r#"{"type":"audio_end"}"#).await;
        }
        let (_, event) = caller.until("rate_limit_exceeded").await;
        assert_eq!(event["retry_after"], 1.0, "warning {warning}");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        caller.answers().await;
    }
    for _ in 0..400 {
        if caller.socket.send(Frame::text(r#"{"type":"audio_end"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(caller.end().await, (Some("RATE_MESSAGES"), 1013));
    bystander.answers().await;
    assert!(server.metric("tom_ws_gateway_rate_limit_total{type=\"messages_per_sec\"}") >= 3.0);
}

#[tokio::test]
async fn too_many_bytes_are_limited_too() {
    let (server, _bystander) = with_bystander().await;
    let mut caller = server.call("/ws/stream?audio=binary").await;
    for _ in 0..20 {
        caller.send_bytes(vec![0; 60_000]).await;
    }
    let (_, event) = caller.until("rate_limit_exceeded").await;
    assert!(event["message"].as_str().unwrap().contains("bytes"), "{event}");
}

#[tokio::test]
async fn broken_websocket_frames_end_only_their_own_call() {
    use tokio::io::AsyncWriteExt;
    let (server, mut bystander) = with_bystander().await;
    for garbage in [
        &[0xff_u8; 64][..],                          // reserved bits and an unknown opcode
        &[0x81, 0x05, b'h', b'e', b'l', b'l', b'o'], // not masked
        &[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28],       // text that is not UTF-8
    ] {
        let mut caller = server.call("/ws/stream").await;
        caller.until("connected").await;
        caller.socket.get_mut().write_all(garbage).await.unwrap();
        let (_, end) = caller.rest().await;
        assert!(matches!(end, Got::Closed(1008) | Got::Cut), "{end:?}");
    }
    bystander.answers().await;
    server.until("only the bystander is left", |s| s.calls.count() == 1).await;
}

#[tokio::test]
async fn bad_addresses_are_refused_before_a_call_begins() {
    let (server, mut bystander) = with_bystander().await;
    let long = format!("/ws/stream/{}", "x".repeat(101));
    for (path, status, code) in [
        ("/ws/stream/..%2f..%2fetc", 400, "BAD_CALL_ID"),
        ("/ws/stream/a%20b", 400, "BAD_CALL_ID"),
        (long.as_str(), 400, "BAD_CALL_ID"),
        ("/ws/stream?rate=44100", 400, "BAD_PARAMETER"),
        ("/ws/stream?audio=mp3", 400, "BAD_PARAMETER"),
        ("/ws/stream?lang=xx-not-a-language", 400, "BAD_PARAMETER"),
        ("/ws/stream?lang=fr", 400, "BAD_PARAMETER"),
    ] {
        assert_eq!(server.refused(path, &[]).await, (status, code.into()), "{path}");
    }
    let (status, _, body) = server.get("/ws/stream/x", "").await;
    assert_eq!(status, 426);
    assert!(body.contains("docs/protocol.md"));
    bystander.answers().await;
    assert_eq!(server.calls.count(), 1);
}

#[tokio::test]
async fn who_says_nothing_for_too_long_is_closed() {
    let mut config = config();
    config.timing.idle = Duration::from_millis(300);
    let server = TestServer::start(config).await;
    let mut caller = server.call("/ws/stream").await;
    assert_eq!(caller.end().await, (Some("IDLE_TIMEOUT"), 1008));
}

#[tokio::test]
async fn a_half_open_connection_is_dropped() {
    let mut config = config();
    config.timing.heartbeat = Duration::from_millis(200);
    let server = TestServer::start(config).await;
    // A client that lives answers pings by reading.
    let mut alive = server.call("/ws/stream/alive").await;
    alive.until("heartbeat").await;
    // One that does not read answers nothing, as if its cable were cut.
    let mut dead = server.call("/ws/stream/dead").await;
    dead.until("connected").await;
    let watch = async {
        loop {
            alive.until("heartbeat").await;
            if server.calls.count() == 1 {
                break;
            }
        }
    };
    tokio::time::timeout(crate::common::PATIENCE, watch).await.unwrap();
    assert_eq!(server.calls.live()[0].id.as_str(), "alive");
}
