//! What does a telephone call's media cost, part by part, and how do 500 calls fare over loopback?
//!
//! `cargo run --release -p tom-rtp --example media_cost -- [CALLS] [SECONDS] [srtp|g722|opus|noise]...`
//!
//! Half of the calls talk to the other half, in this process: each sends speech all the time and hears the other, so
//! that the processor's time divided by the calls is what one call costs both ways.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tom_audio::jitter::{JitterBuffer, Packet, Release};
use tom_audio::opus::{OpusDecode, OpusEncode};
use tom_audio::{Concealer, G722Decoder, G722Encoder, Law, Resampler};
use tom_rtp::{Options, Ports, Session};
use tom_wire::rtp::{RtpHeader, RtpPacket};
use tom_wire::sdp::{Codec, Direction, MasterKey, Negotiated, Secure, Suite};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let calls = arguments.next().map_or(Ok(500), |text| text.parse())?;
    let seconds = arguments.next().map_or(Ok(30), |text| text.parse())?;
    let wishes: Vec<String> = arguments.collect();
    parts()?;
    loopback(calls, seconds, &wishes).await
}

/// 20 ms of something like speech, at 16 kHz.
fn speech() -> [i16; 320] {
    std::array::from_fn(|at| ((at as f32 * 0.06).sin() * 6_000.0 + (at as f32 * 0.31).sin() * 2_000.0) as i16)
}

/// Runs something often and prints the least time of ten rounds.
fn time(what: &str, mut work: impl FnMut()) {
    let round = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        (0..1_000).for_each(|_| work());
        began.elapsed() / 1_000
    };
    let least = (0..10).map(|_| round(&mut work)).min().unwrap_or_default();
    println!("  {what:<46} {:>8.2} us", least.as_secs_f64() * 1e6);
}

fn parts() -> Outcome {
    println!("cost of 20 ms, by part (least of ten rounds of a thousand):");
    let frame = speech();
    let (mut down, mut up) = (Resampler::new(16_000, 8_000), Resampler::new(8_000, 16_000));
    let (mut narrow, mut wide, mut code) =
        (Vec::with_capacity(400), Vec::with_capacity(400), Vec::with_capacity(400));
    down.push(&frame, &mut narrow);
    Law::A.encode_into(&narrow, &mut code);
    let alaw = code.clone();
    time("16 to 8 kHz", || {
        wide.clear();
        down.push(black_box(&frame), &mut wide);
    });
    time("8 to 16 kHz", || {
        wide.clear();
        up.push(black_box(&narrow), &mut wide);
    });
    time("G.711 encode", || {
        code.clear();
        Law::A.encode_into(black_box(&narrow), &mut code);
    });
    time("G.711 decode", || {
        wide.clear();
        Law::A.decode_into(black_box(&alaw), &mut wide);
    });
    let (mut encoder, mut decoder) = (G722Encoder::default(), G722Decoder::default());
    time("G.722 encode", || {
        code.clear();
        encoder.encode_into(black_box(&frame), &mut code);
    });
    time("G.722 decode", || {
        wide.clear();
        decoder.decode_into(black_box(&code), &mut wide);
    });
    let (mut encoder, mut decoder) = (OpusEncode::new()?, OpusDecode::new()?);
    time("Opus encode", || {
        code.clear();
        let _ = encoder.encode_into(black_box(&frame), &mut code);
    });
    time("Opus decode", || {
        wide.clear();
        let _ = decoder.decode_into(black_box(&code), &mut wide);
    });
    let mut concealer = Concealer::new(8_000);
    time("concealment, nothing lost", || concealer.good(black_box(&mut narrow)));
    time("concealment of a lost packet", || {
        concealer.good(black_box(&mut narrow));
        wide.clear();
        concealer.fill(160, &mut wide);
    });
    let mut buffer = JitterBuffer::new(8_000, Release::OnArrival);
    let mut place = 0;
    time("jitter buffer, in and out", || {
        let now = Duration::from_millis(place * 20);
        let timestamp = (place * 160) as u32;
        buffer.push(Packet { place, timestamp, ticks: 160, tag: 8, payload: &alaw }, now);
        black_box(buffer.pop(now));
        black_box(buffer.pop(now).is_some());
        place += 1;
    });
    let header = RtpHeader { payload_type: 8, sequence: 1, timestamp: 160, ssrc: 7, marker: false };
    let packet = [&header.write()[..], &alaw].concat();
    time("RTP header read", || {
        black_box(RtpPacket::parse(black_box(&packet)).is_ok());
    });
    let (a, b) = (std::net::UdpSocket::bind("127.0.0.1:0")?, std::net::UdpSocket::bind("127.0.0.1:0")?);
    let to = b.local_addr()?;
    let mut bytes = [0; 2_000];
    time("socket, send and receive", || {
        let _ = a.send_to(black_box(&packet), to);
        let _ = b.recv_from(&mut bytes);
    });
    Ok(())
}

/// Processor time of this process so far, and its memory.
fn spent() -> Result<(Duration, u64), Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let memory = line.split_whitespace().next().unwrap_or_default().parse::<u64>()?;
    // The kernel counts in hundredths of a second.
    Ok((Duration::from_millis((ticks(11) + ticks(12)) * 10), memory))
}

fn agreed(to: SocketAddr, turned: bool, wishes: &[String]) -> Negotiated {
    let wants = |wish: &str| wishes.iter().any(|word| word == wish);
    let (codec, payload) = match (wants("g722"), wants("opus")) {
        (true, _) => (Codec::G722, 9),
        (_, true) => (Codec::Opus, 96),
        _ => (Codec::Pcma, 8),
    };
    let (mut ours, mut theirs) = (MasterKey([1; 30]), MasterKey([2; 30]));
    if turned {
        std::mem::swap(&mut ours, &mut theirs);
    }
    Negotiated {
        codec,
        payload,
        receive: vec![(payload, codec)],
        event_out: None,
        event_in: None,
        event_clock: 8_000,
        noise: wants("noise"),
        remote: to,
        remote_rtcp: SocketAddr::new(to.ip(), to.port() + 1),
        mux: false,
        direction: Direction::SendRecv,
        secure: wants("srtp").then_some(Secure { suite: Suite::Aes128Sha1Tag80, ours, theirs }),
    }
}

async fn loopback(calls: usize, seconds: u64, wishes: &[String]) -> Outcome {
    let ports = Ports::new(20_000, 32_000)?;
    let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let heard = Arc::new(AtomicU64::new(0));
    let (tx, _rx) = mpsc::channel(64);
    let before = spent()?;
    let mut sessions: Vec<Session> = Vec::new();
    for _ in 0..calls / 2 {
        let (a, b) = (ports.bind(ip)?, ports.bind(ip)?);
        let (to_a, to_b) = (agreed(b.local(), false, wishes), agreed(a.local(), true, wishes));
        for (media, agreed) in [(a, to_a), (b, to_b)] {
            let heard = heard.clone();
            let sink = move |pcm: &[i16]| {
                heard.fetch_add(pcm.len() as u64, Ordering::Relaxed);
            };
            sessions.push(media.start(&agreed, Options::default(), tx.clone(), sink)?);
        }
    }
    let frame = speech();
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let began = Instant::now();
    let mut turn = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        ticks.tick().await;
        sessions.iter().skip(turn % 4).step_by(4).for_each(|session| session.send(&frame));
        turn += 1;
    }
    let (wall, after) = (began.elapsed().as_secs_f64(), spent()?);
    let total =
        |of: &dyn Fn(&tom_rtp::Statistics) -> u64| sessions.iter().map(|s| of(&s.statistics())).sum::<u64>();
    let busy = (after.0 - before.0).as_secs_f64() / wall;
    println!("\n{calls} calls talking to each other for {wall:.1} s {wishes:?}:");
    println!("  sent {}, received {}", total(&|s| s.sent), total(&|s| s.received));
    println!("  lost {}, late {}", total(&|s| s.lost), total(&|s| s.buffer.late));
    println!("  not taken by the system {}, frames dropped {}", total(&|s| s.unsent), total(&|s| s.dropped));
    println!("  rejected {}", total(&tom_rtp::Statistics::rejected_all));
    println!("  made up {:.1} s", total(&|s| s.concealed.as_millis() as u64) as f64 / 1_000.0);
    println!("  heard {:.0} s of {:.0} s", heard.load(Ordering::Relaxed) as f64 / 16e3, wall * calls as f64);
    println!("  {:.1} % of a core, {:.3} % a call", busy * 100.0, busy * 100.0 / calls as f64);
    println!(
        "  memory {:.1} MB, {:.1} KB a call",
        after.1 as f64 / 1024.0,
        (after.1 - before.1) as f64 / calls as f64
    );
    Ok(())
}
