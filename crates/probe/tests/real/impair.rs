//! Layer: real. A relay that loses and delays, between the probe and a server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tom_probe::impair::{Impairment, Relay};
use tom_probe::line::Target;
use tom_probe::probe::{ProbeOptions, probe};

use crate::agent::{converse, frame, serve};

fn spec(text: &str) -> Impairment {
    text.parse().unwrap()
}

/// Sends so many frames, a text after every tenth, through a relay to a server that sends them back. Returns
/// frames and texts that came back.
async fn echo(relay: &Relay, frames: u32) -> (u32, Vec<String>) {
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}", relay.address)).await.unwrap();
    for n in 0..frames {
        socket.send(frame(true)).await.unwrap();
        if n % 10 == 9 {
            socket.send(Message::text(n.to_string())).await.unwrap();
        }
    }
    let (mut audio, mut texts) = (0, Vec::new());
    while texts.len() < (frames / 10) as usize {
        match socket.next().await.unwrap().unwrap() {
            Message::Binary(_) => audio += 1,
            Message::Text(text) => texts.push(text.to_string()),
            _ => {}
        }
    }
    (audio, texts)
}

#[tokio::test(flavor = "multi_thread")]
async fn audio_is_lost_and_messages_come_in_order() {
    let server = serve(async |mut socket| {
        while let Some(Ok(message)) = socket.next().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
    .await;
    let relay = Relay::start(server, spec("loss=20%,jitter=5ms,seed=7")).await.unwrap();
    let (audio, texts) = echo(&relay, 500).await;
    // 0.8 * 0.8 come back both ways.
    assert!((250..400).contains(&audio), "{audio}");
    assert_eq!(texts, (0..50).map(|n| (n * 10 + 9).to_string()).collect::<Vec<_>>());
    assert!(relay.counts.lost.load(Ordering::Relaxed) > 100);
    let again = Relay::start(server, spec("loss=20%,jitter=5ms,seed=7")).await.unwrap();
    assert_eq!(echo(&again, 500).await.0, audio, "the same seed loses the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_is_heard_by_the_probe() {
    let server = serve(|socket| converse(socket, Duration::from_millis(100), true)).await;
    let relay = Relay::start(server, spec("delay=200ms")).await.unwrap();
    let tone = (0..9_600).map(|n| (4_000.0 * (f64::from(n) * 0.3).sin()) as i16);
    let options = ProbeOptions {
        target: Target::new(&format!("ws://{}", relay.address), None, None).unwrap(),
        question: tone.collect(),
        iterations: 1,
        thresholds: (500.0, 800.0),
        patience: Duration::from_secs(10),
    };
    let report = tokio::task::spawn_blocking(move || probe(&options, &AtomicBool::new(false)).unwrap());
    let report = report.await.unwrap();
    // There and back 400 ms, and the server's own 100.
    assert!(report.voice_to_voice.p50 >= Some(490.0), "{report:?}");
}
