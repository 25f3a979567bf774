//! Layer: real. A call over Twilio Media Streams, with a mark that was heard and one that was cleared.

use std::time::Duration;

use crate::common::desk::{Desk, GREETING};
use crate::common::{Caller, PATIENCE, TestServer, config};
use futures_util::StreamExt;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_server::{ServerConfig, Token};

const CONNECTED: &str = r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#;

fn start(parameters: &str) -> String {
    format!(
        r#"{{"event":"start","sequenceNumber":"1","streamSid":"MZ7","start":{{"streamSid":"MZ7","accountSid":"AC1","callSid":"CA7","tracks":["inbound"],"customParameters":{parameters},"mediaFormat":{{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}}}}"#
    )
}

fn media(payload: &str) -> String {
    format!(
        r#"{{"event":"media","sequenceNumber":"3","streamSid":"MZ7","media":{{"track":"inbound","chunk":"2","timestamp":"40","payload":"{payload}"}}}}"#
    )
}

/// The next message to Twilio; none when the socket closes.
async fn next(caller: &mut Caller) -> Option<Value> {
    loop {
        match tokio::time::timeout(PATIENCE, caller.socket.next()).await.expect("nothing comes") {
            Some(Ok(Frame::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

async fn until_mark(caller: &mut Caller) -> (usize, String) {
    let mut frames = 0;
    loop {
        let out = next(caller).await.expect("the call ended");
        assert_eq!(out["streamSid"], "MZ7");
        match out["event"].as_str().unwrap() {
            "media" => {
                // 160 bytes of mu-law are 216 of base64.
                assert_eq!(out["media"]["payload"].as_str().unwrap().len(), 216);
                frames += 1;
            }
            "mark" => return (frames, out["mark"]["name"].as_str().unwrap().to_owned()),
            other => panic!("{other} where nothing is to be cleared"),
        }
    }
}

fn echo(name: &str) -> String {
    format!(r#"{{"event":"mark","sequenceNumber":"9","streamSid":"MZ7","mark":{{"name":"{name}"}}}}"#)
}

#[tokio::test]
async fn a_stream_is_a_call() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/twilio").await;
    caller.send(CONNECTED).await;
    caller.send(&start("{}")).await;
    let (frames, mark) = until_mark(&mut caller).await;
    assert_eq!(frames, 6 * 300 / 20, "the greeting");
    assert_eq!(server.calls.live()[0].id.as_str(), "CA7");
    caller.send(&echo(&mark)).await;
    // A key over the last of the greeting would interrupt it: wait until its turn is over.
    server.until("the greeting is over", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
    caller.send(r#"{"event":"dtmf","streamSid":"MZ7","sequenceNumber":"4","dtmf":{"track":"inbound_track","digit":"5"}}"#).await;
    let (frames, mark) = until_mark(&mut caller).await;
    assert_eq!(frames, 3 * 300 / 20, "You pressed 5");
    caller.send(&echo(&mark)).await;
    server.until("the answer is over", |s| s.metric("tom_tts_ttfb_seconds_count") >= 2.0).await;
    caller.send(r#"{"event":"stop","sequenceNumber":"9","streamSid":"MZ7","stop":{"accountSid":"AC1","callSid":"CA7"}}"#).await;
    assert_eq!(next(&mut caller).await, None);
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    assert!(timeline.contains(GREETING), "{timeline}");
    assert_eq!(server.metric("tom_calls_total{outcome=\"caller\"}"), 1.0);
}

#[tokio::test]
async fn speech_clears_what_twilio_has_not_played() {
    let server = TestServer::with(config(), Desk::long_winded()).await;
    let mut caller = server.call("/ws/twilio").await;
    caller.send(CONNECTED).await;
    caller.send(&start("{}")).await;
    for _ in 0..45 {
        assert_eq!(next(&mut caller).await.unwrap()["event"], "media");
    }
    // A loud square wave, 20 ms a message, until it has the floor. A machine that is busy needs more of it: where it
    // comes late, silence stands in.
    let loud: Vec<u8> = (0..160).map(|n| if n % 16 < 8 { 0x90 } else { 0x10 }).collect();
    let payload = base64(&loud);
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for sent in 0.. {
        assert!(sent < 1_000, "nothing was cleared");
        tokio::select! {
            _ = ticks.tick() => caller.send(&media(&payload)).await,
            out = next(&mut caller) => {
                if out.expect("the call goes on")["event"] == "clear" {
                    break;
                }
            }
        }
    }
    // Twilio now echoes every mark it had, played or not; that must not count as heard.
    for n in 0..3 {
        caller.send(&echo(&format!("tom-{n}"))).await;
    }
    drop(caller);
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let report = server.calls.past()[0].clone();
    assert_eq!(report.interruptions, 1, "{}", report.timeline);
}

fn base64(bytes: &[u8]) -> String {
    // The wire's own encoder, by way of PCM: pairs of bytes as little-endian samples.
    let pcm: Vec<i16> = bytes.chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    tom_wire::pcm_to_base64(&pcm)
}

#[tokio::test]
async fn a_stream_needs_the_token_as_a_parameter() {
    let config = ServerConfig { token: Some(Token::new("correct-horse-battery").unwrap()), ..config() };
    let server = TestServer::start(config).await;
    for parameters in ["{}", r#"{"token":"wrong"}"#] {
        let mut caller = server.call("/ws/twilio").await;
        caller.send(CONNECTED).await;
        caller.send(&start(parameters)).await;
        assert_eq!(next(&mut caller).await, None);
    }
    assert_eq!(server.metric("tom_telephony_calls_total"), 0.0);
    let mut caller = server.call("/ws/twilio").await;
    caller.send(CONNECTED).await;
    caller.send(&start(r#"{"token":"correct-horse-battery"}"#)).await;
    assert!(next(&mut caller).await.is_some());
}

#[tokio::test]
async fn what_twilio_must_not_send_ends_or_is_counted() {
    let server = TestServer::start(config()).await;
    let mut early = server.call("/ws/twilio").await;
    early.send(&media("/w==")).await;
    assert_eq!(next(&mut early).await, None, "audio before start");
    let mut caller = server.call("/ws/twilio").await;
    caller.send(CONNECTED).await;
    caller.send(&start("{}")).await;
    assert!(next(&mut caller).await.is_some());
    caller.send(&media("???")).await;
    caller.send_bytes(vec![0; 160]).await;
    caller.send("{").await;
    server.until("they are counted", |s| s.metric("tom_errors_total{component=\"wire\"}") == 4.0).await;
    assert!(next(&mut caller).await.is_some(), "the call goes on");
}
