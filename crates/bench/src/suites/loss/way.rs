//! How does an utterance travel? From a session over a bad network to another one: RTP, jitter buffer, concealment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tom_probe::clip::noise;
use tom_probe::impair::{DatagramRelay, Weather};
use tom_probe::voice::FRAME;
use tom_rtp::{Options, Ports, Statistics};
use tom_wire::sdp::{Codec, Direction, Negotiated};

/// A quiet line before the utterance: the receiver learns how late packets are, as it does while the agent speaks.
const BEFORE: usize = 75;
/// And behind it, so that the last word may come late.
const BEHIND: usize = 25;
/// The level of a line on which nobody speaks.
const COMFORT_DBFS: f64 = -60.0;
/// Frames of that line which come before the utterance is cut out, whatever was lost.
const CUT: usize = 50;

/// What arrived of an utterance.
#[derive(Debug)]
pub(super) struct Arrived {
    /// As the call hears it, 16 kHz, some of the quiet line around it.
    pub(super) pcm: Vec<i16>,
    /// How the receiving session fared.
    pub(super) heard: Statistics,
    /// Frames that the sender did not send in their time: the trial is void.
    pub(super) unsent: u64,
    /// Most packets the network lost in a row.
    pub(super) lost_in_a_row: u64,
    /// The longest time in which the call was given nothing.
    pub(super) longest_wait: Duration,
}

/// What a receiving session hands out.
#[derive(Default)]
struct Heard {
    pcm: Vec<i16>,
    last: Option<Instant>,
    longest: Duration,
}

/// An agreement on a codec with a far end there.
fn agreed(codec: Codec, remote: SocketAddr) -> Negotiated {
    let payload = match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 96,
    };
    Negotiated {
        codec,
        payload,
        receive: vec![(payload, codec)],
        event_out: None,
        event_in: None,
        event_clock: 8_000,
        noise: false,
        remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port().saturating_add(1)),
        mux: false,
        direction: Direction::SendRecv,
        secure: None,
    }
}

/// Sends an utterance through a network.
pub(super) async fn carry(ports: &Ports, codec: Codec, pcm: &[i16], weather: Weather) -> Result<Arrived> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (speaker, listener) = (ports.bind(here)?, ports.bind(here)?);
    let relay = DatagramRelay::start(listener.local(), weather).await?;
    let (events, _nobody) = mpsc::channel(4);
    let heard = Arc::new(Mutex::new(Heard::default()));
    let ear = heard.clone();
    let listens = listener.start(
        &agreed(codec, relay.behind),
        Options::default(),
        events.clone(),
        move |pcm: &[i16]| {
            let mut heard = ear.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if let Some(last) = heard.last.replace(now) {
                heard.longest = heard.longest.max(now - last);
            }
            heard.pcm.extend_from_slice(pcm);
        },
    )?;
    let speaks = speaker.start(&agreed(codec, relay.address), Options::default(), events, |_: &[i16]| ())?;
    let quiet = noise(weather.seed, COMFORT_DBFS, FRAME * (BEFORE + BEHIND));
    let (before, behind) = quiet.split_at(FRAME * BEFORE);
    let sent = [before, pcm, behind].concat();
    let mut next = Instant::now();
    let mut frame = [0; FRAME];
    for piece in sent.chunks(FRAME) {
        tokio::time::sleep_until(next).await;
        frame.fill(0);
        frame[..piece.len()].copy_from_slice(piece);
        speaks.send(&frame);
        next += Duration::from_millis(20);
    }
    // The last packets may be as late as the network makes them, and are waited for.
    tokio::time::sleep(Duration::from_millis(400)).await;
    let (said, statistics) = (speaks.statistics(), listens.statistics());
    drop((speaks, listens));
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    let end = heard.pcm.len().min(sent.len());
    Ok(Arrived {
        pcm: heard.pcm[(CUT * FRAME).min(end)..end].to_vec(),
        heard: statistics,
        unsent: said.dropped + said.unsent,
        lost_in_a_row: relay.passed.lost_in_a_row.load(Ordering::Relaxed),
        longest_wait: heard.longest,
    })
}
