//! Layer: real. WebSockets as RFC 6455 has them: messages in pieces, signs of life, closes, and whoever does not read.

use std::time::Duration;

use crate::common::{Caller, Got, PATIENCE, TestServer, config};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first, 0x80 | u8::try_from(payload.len()).unwrap()];
    out.extend([0; 4]);
    out.extend(payload);
    out
}

async fn raw(caller: &mut Caller, bytes: &[u8]) {
    caller.socket.get_mut().write_all(bytes).await.unwrap();
}

#[tokio::test]
async fn a_message_may_come_in_pieces_and_byte_by_byte() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("connected").await;
    let pieces = [
        frame(0x01, br#"{"type":"#),
        frame(0x89, b"between"),
        frame(0x00, br#""ping","#),
        frame(0x80, br#""ts":5}"#),
    ];
    for byte in pieces.concat() {
        raw(&mut caller, &[byte]).await;
    }
    caller.until("pong").await;
    // Several at once.
    let ping = frame(0x81, br#"{"type":"ping","ts":5}"#);
    raw(&mut caller, &ping.repeat(3)).await;
    for _ in 0..3 {
        caller.until("pong").await;
    }
}

#[tokio::test]
async fn a_ping_is_answered_with_its_own_bytes() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("connected").await;
    caller.socket.send(Frame::Ping("are you there".into())).await.unwrap();
    let pong = async {
        loop {
            match caller.socket.next().await.unwrap().unwrap() {
                Frame::Pong(bytes) => return bytes,
                _ => continue,
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, pong).await.unwrap(), "are you there");
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_the_connection_ends() {
    let server = TestServer::start(config()).await;
    for code in [1000u16, 1001, 4321] {
        let mut caller = server.call("/ws/stream").await;
        caller.until("connected").await;
        let close = CloseFrame { code: code.into(), reason: "enough".into() };
        caller.socket.send(Frame::Close(Some(close))).await.unwrap();
        let (_, end) = caller.rest().await;
        assert!(matches!(end, Got::Closed(answer) if answer == code), "{code}: {end:?}");
        // After both closes the server ends the connection.
        let mut rest = Vec::new();
        let end = caller.socket.get_mut().read_to_end(&mut rest);
        tokio::time::timeout(PATIENCE, end).await.unwrap().unwrap();
    }
    server.until("the calls are over", |s| s.calls.count() == 0).await;
}

#[tokio::test]
async fn what_was_wrong_is_told_before_the_close() {
    let server = TestServer::start(config()).await;
    for (bytes, word) in [
        (vec![0x81, 0x05, b'h', b'e', b'l', b'l', b'o'], "masked"),
        (frame(0x81, &[0xc3, 0x28]), "UTF-8"),
        (frame(0x80, b"more"), "did not begin"),
        (frame(0x09, b"half"), "pieces"),
    ] {
        let mut caller = server.call("/ws/stream").await;
        caller.until("connected").await;
        raw(&mut caller, &bytes).await;
        // What follows is not read, and takes nothing from what is told.
        raw(&mut caller, &[0; 10_000]).await;
        let (_, error) = caller.until("error").await;
        assert_eq!(error["error"]["code"], "BAD_EVENT", "{word}");
        assert!(error["message"].as_str().unwrap().contains(word), "{error}");
        let (_, end) = caller.rest().await;
        assert!(matches!(end, Got::Closed(1008)), "{word}: {end:?}");
    }
}

#[tokio::test]
async fn whoever_pings_and_does_not_read_costs_no_memory_and_no_other_call() {
    let mut config = config();
    config.limits.messages_per_second = 1_000_000;
    config.limits.bytes_per_second = u32::MAX;
    config.timing.slow_client = Duration::from_secs(1);
    config.timing.heartbeat = Duration::from_secs(1);
    let server = TestServer::start(config).await;
    let mut bystander = server.call("/ws/stream/bystander").await;
    bystander.until("connected").await;
    let mut flood = server.call("/ws/stream/flood").await;
    flood.until("connected").await;
    // Their pongs are never read: some wait in the kernel, one in the server.
    let pings = frame(0x89, &[7; 125]).repeat(1_000);
    let flooding = async { while flood.socket.get_mut().write_all(&pings).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, flooding).await.expect("it is dropped for not reading");
    bystander.answers().await;
    server.until("its call is over", |s| s.calls.count() == 1).await;
}
