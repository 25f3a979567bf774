//! Layer: real. Calls from an Asterisk over AudioSocket: a fake of it, written from its frames.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tom_server::ServerConfig;

use super::far::noise;
use crate::common::desk::{Desk, GREETING};
use crate::common::{PATIENCE, TestServer, config};

const UUID: [u8; 16] = [0xab; 16];
const NAME: &str = "abababab-abab-abab-abab-abababababab";

/// The PBX's end of a call.
struct Asterisk {
    reader: OwnedReadHalf,
    /// What was read and is no whole frame yet.
    buffer: Vec<u8>,
    writer: OwnedWriteHalf,
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, len[0], len[1]], payload].concat()
}

/// 20 ms of loud noise, or of silence, at 8 kHz.
fn voice(loud: bool, n: u64) -> Vec<u8> {
    tom_wire::pcm_to_bytes(&noise(160, loud, n))
}

impl Asterisk {
    async fn dial(server: &TestServer) -> Self {
        let (reader, writer) = TcpStream::connect(server.audiosocket).await.unwrap().into_split();
        Self { reader, buffer: Vec::new(), writer }
    }

    async fn call(server: &TestServer, uuid: [u8; 16]) -> Self {
        let mut asterisk = Self::dial(server).await;
        asterisk.send(0x01, &uuid).await;
        asterisk
    }

    async fn send(&mut self, kind: u8, payload: &[u8]) {
        self.writer.write_all(&frame(kind, payload)).await.unwrap();
    }

    /// The next frame; none when the connection ends. Loses nothing when it is given up.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(&[kind, high, low]) = self.buffer.first_chunk::<3>() {
                let len = 3 + usize::from(u16::from_be_bytes([high, low]));
                if self.buffer.len() >= len {
                    let frame: Vec<u8> = self.buffer.drain(..len).collect();
                    return Some((kind, frame[3..].to_vec()));
                }
            }
            let read = self.reader.read_buf(&mut self.buffer);
            match tokio::time::timeout(PATIENCE, read).await.expect("nothing comes") {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads on until so many frames had a voice in them.
    async fn hears(&mut self, voiced: usize) {
        let mut count = 0;
        while count < voiced {
            let (kind, payload) = self.next().await.expect("the call ended");
            assert_eq!((kind, payload.len()), (0x10, 320));
            count += usize::from(is_voice(&payload));
        }
    }

    /// Reads to the end; the last frame.
    async fn end(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut last = None;
        while let Some(frame) = self.next().await {
            last = Some(frame);
        }
        last
    }
}

fn is_voice(payload: &[u8]) -> bool {
    payload.chunks(2).any(|b| i16::from_le_bytes([b[0], b[1]]).unsigned_abs() > 2_000)
}

#[tokio::test]
async fn a_call_is_a_conversation() {
    let server = TestServer::start(config()).await;
    let mut asterisk = Asterisk::call(&server, UUID).await;
    // The filter that halves the rate may leave the first and last frame too quiet to count.
    asterisk.hears(6 * 300 / 20 - 2).await;
    assert_eq!(server.calls.live()[0].id.as_str(), NAME);
    assert_eq!(server.calls.live()[0].transport.as_str(), "audiosocket");
    server.until("the greeting is over", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
    asterisk.send(0x03, b"5").await;
    asterisk.hears(3 * 300 / 20 - 2).await;
    asterisk.send(0x10, &voice(false, 1)).await;
    // The caller hangs up: Asterisk just closes.
    drop(asterisk);
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    assert!(timeline.contains(GREETING) && timeline.contains("You pressed 5"), "{timeline}");
    assert_eq!(server.metric("tom_calls_total{outcome=\"caller\"}"), 1.0);
}

#[tokio::test]
async fn we_hang_up_with_a_frame_of_its_own() {
    let server = TestServer::start(config()).await;
    let mut asterisk = Asterisk::call(&server, UUID).await;
    asterisk.hears(1).await;
    server.stop.gently.cancel();
    assert_eq!(asterisk.end().await, Some((0x00, vec![])));
}

/// Asterisk's application gives up after two seconds in which neither side sends.
#[tokio::test]
async fn a_quiet_line_gets_silence_and_never_runs_ahead() {
    let server = TestServer::start(config()).await;
    let mut asterisk = Asterisk::call(&server, UUID).await;
    let began = Instant::now();
    let (mut frames, mut quiet) = (0u32, 0);
    while quiet < 100 {
        let (kind, payload) = asterisk.next().await.expect("the call ended");
        assert_eq!((kind, payload.len()), (0x10, 320), "never a frame without audio");
        frames += 1;
        quiet += usize::from(!is_voice(&payload) && frames > 90);
        // A busy machine is late, never early: what came can only be less than what was due.
        let sent = Duration::from_millis(20) * frames;
        let due = began.elapsed() + Duration::from_millis(60 + 20);
        assert!(sent <= due, "{sent:?} sent where {due:?} was due");
    }
}

#[tokio::test]
async fn speech_stops_the_voice() {
    let server = TestServer::with(config(), Desk::long_winded()).await;
    let mut asterisk = Asterisk::call(&server, UUID).await;
    asterisk.hears(45).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for sent in 0.. {
        assert!(sent < 1_000, "the voice goes on");
        tokio::select! {
            _ = ticks.tick() => asterisk.send(0x10, &voice(true, sent)).await,
            frame = asterisk.next() => assert!(frame.is_some(), "the call goes on"),
        }
        if server.metric("tom_barge_in_total{kind=\"true\"}") == 1.0 {
            break;
        }
    }
    // What was on its way is at most a few frames; then there is silence, though half a minute was to be said.
    let mut silent = 0;
    for frames in 0.. {
        assert!(frames < 500, "the voice goes on");
        silent = if is_voice(&asterisk.next().await.unwrap().1) { 0 } else { silent + 1 };
        if silent == 20 {
            break;
        }
    }
    drop(asterisk);
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let report = server.calls.past()[0].clone();
    assert_eq!(report.interruptions, 1, "{}", report.timeline);
}

#[tokio::test]
async fn the_channel_driver_speaks_at_a_higher_rate() {
    let server = TestServer::start(config()).await;
    let mut asterisk = Asterisk::call(&server, UUID).await;
    asterisk.send(0x12, &[0; 640]).await;
    loop {
        let (kind, payload) = asterisk.next().await.expect("the call ended");
        match kind {
            0x10 => assert_eq!(payload.len(), 320, "before the first audio"),
            _ => {
                assert_eq!((kind, payload.len()), (0x12, 640));
                break;
            }
        }
    }
}

#[tokio::test]
async fn bad_frames_end_or_are_counted_and_nobody_else_notices() {
    let server = TestServer::start(config()).await;
    let mut bystander = Asterisk::call(&server, [1; 16]).await;
    bystander.hears(1).await;
    for bad in [
        frame(0x10, &[0; 320]),         // audio before the UUID
        frame(0x01, &[0; 15]),          // half a UUID
        frame(0x42, &[0; 9]),           // an unknown type
        b"GET / HTTP/1.1\r\n".to_vec(), // another protocol, whose header tells of 18 KiB
        frame(0x10, &[0; 65_535]),      // too large
    ] {
        let mut asterisk = Asterisk::dial(&server).await;
        asterisk.writer.write_all(&bad).await.unwrap();
        asterisk.writer.shutdown().await.unwrap();
        asterisk.end().await;
    }
    let mut twice = Asterisk::call(&server, [1; 16]).await;
    assert_eq!(twice.end().await, Some((0x00, vec![])), "a name that is taken");
    let mut asterisk = Asterisk::call(&server, UUID).await;
    asterisk.hears(1).await;
    let before = server.metric("tom_errors_total{component=\"wire\"}");
    for bad in [frame(0x10, &[0; 3]), frame(0x42, b"x"), frame(0x03, b"x"), frame(0x01, &UUID)] {
        asterisk.writer.write_all(&bad).await.unwrap();
    }
    server
        .until("all are counted", |s| s.metric("tom_errors_total{component=\"wire\"}") == before + 4.0)
        .await;
    asterisk.hears(1).await;
    bystander.hears(1).await;
}

#[tokio::test]
async fn only_peers_in_the_list_may_call() {
    let config = ServerConfig { audiosocket_allow: vec!["192.0.2.0/24".into()], ..config() };
    let server = TestServer::start(config).await;
    let mut asterisk = Asterisk::dial(&server).await;
    let _ = asterisk.writer.write_all(&frame(0x01, &UUID)).await;
    assert_eq!(asterisk.end().await, None);
    assert_eq!(server.metric("tom_blocked_dial_attempts_total{reason=\"address\"}"), 1.0);
    assert!(server.calls.live().is_empty());
}
