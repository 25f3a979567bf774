//! Layer: real. A call over bad networks, on sockets: it keeps its length, gets over everything, and is heard again.
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tom_probe::impair::DatagramRelay;
use tom_sip::{Ask, CallEvent, Dial, Options, Phone, Transport};

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// A voiced sound that never pauses.
fn voiced(frames: usize) -> Vec<i16> {
    let sample = |at: usize| {
        let phase = at as f64 / 16_000.0 * std::f64::consts::TAU * 150.0;
        ((phase.sin() + (phase * 2.0).sin() / 2.0) * 8_000.0) as i16
    };
    (0..frames * 320).map(sample).collect()
}

async fn through(weather: &str, frames: usize) -> (Arrived, usize) {
    let ports = Ports::new(PORTS.0, PORTS.1).unwrap();
    let pcm = voiced(frames);
    let arrived = carry(&ports, Codec::Pcma, &pcm, weather.parse().unwrap()).await.unwrap();
    let loud = arrived.pcm.iter().filter(|sample| sample.unsigned_abs() > 500).count() / 320;
    (arrived, loud)
}

/// What is lost, comes twice or in another order: the stream is as long as it was, and most of it is there. A machine
/// that is busy makes every network worse, so that only what holds on the worst is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_over_a_bad_network_is_whole() {
    let mut calls = JoinSet::new();
    for weather in [
        "loss=5%,jitter=50ms,seed=3",
        "loss=5%,burst=3,seed=5",
        "reorder=10%,duplicate=20%,seed=7",
        "delay=40ms,drift=-2000ppm,seed=9",
        "drift=2000ppm,seed=9",
    ] {
        calls.spawn(async move { (weather, through(weather, 150).await) });
    }
    while let Some(done) = calls.join_next().await {
        let (weather, (arrived, loud)) = done.unwrap();
        let lossy = weather.contains("loss");
        assert!(arrived.heard.received > 150, "{weather}: {arrived:?}");
        assert!(!lossy || arrived.heard.lost > 0 && arrived.heard.concealed > Duration::ZERO, "{weather}");
        if weather.contains("duplicate") {
            assert!(arrived.heard.buffer.duplicates > 5, "{weather}: {:?}", arrived.heard);
            assert!(arrived.heard.buffer.reordered > 5, "{weather}: {:?}", arrived.heard);
        }
        assert!(loud > 75, "{weather}: {loud} of 150 frames are heard: {:?}", arrived.heard);
    }
}

/// The network is cut for five seconds in the middle of a sentence of eight.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_lives_through_a_network_that_is_cut() {
    let (arrived, loud) = through("partition=2500ms+5s,seed=1", 425).await;
    assert!(
        arrived.heard.silent.is_some_and(|silent| silent < Duration::from_secs(3)),
        "{:?}",
        arrived.heard
    );
    // A second before it and more than one behind it.
    assert!((60..300).contains(&loud), "{loud}: {:?}", arrived.heard);
    // What fades out and in again is no noise: the end is heard as loud as the beginning.
    let end: Vec<_> =
        arrived.pcm.iter().rev().filter(|sample| sample.unsigned_abs() > 500).take(8_000).collect();
    assert!(end.iter().any(|sample| sample.unsigned_abs() > 7_000));
}

/// Each message of a call may be lost on its way, and is sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_set_up_and_ended_where_every_fourth_datagram_is_lost() {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let options = || Options {
        listen: vec![(Transport::Udp, (here, 0).into())],
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        t1: Duration::from_millis(100),
        ..Options::default()
    };
    let sdp = b"v=0\r\no=t 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                m=audio 7000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
    for seed in 1..4 {
        let (called, mut incoming) = Phone::start(options()).await.unwrap();
        let weather = format!("loss=25%,reorder=10%,duplicate=10%,seed={seed}").parse().unwrap();
        let relay = DatagramRelay::start(called.listens()[0].1, weather).await.unwrap();
        let (caller, _none) = Phone::start(options()).await.unwrap();
        let dial = Dial { to: format!("sip:tom@{}", relay.address), offer: sdp.to_vec(), ..Dial::default() };
        let mut call = caller.dial(dial).await.unwrap();
        let answer = async {
            let (_, mut call) = incoming.next().await.unwrap();
            call.ask(Ask::Answer(sdp.to_vec())).await.unwrap();
            while !matches!(call.event().await, Some(CallEvent::Ended(_)) | None) {}
        };
        let talk = async {
            while !matches!(call.event().await.unwrap(), CallEvent::Answered { .. }) {}
            call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
            while !matches!(call.event().await, Some(CallEvent::Ended(_)) | None) {}
        };
        let both = async { tokio::join!(answer, talk) };
        tokio::time::timeout(PATIENCE, both).await.unwrap_or_else(|_| panic!("seed {seed}"));
    }
}
