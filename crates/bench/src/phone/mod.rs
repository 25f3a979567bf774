//! Who calls over SIP? Telephones in software, on a thread of their own, with the callers of the other suites in them.
//!
//! Their signalling is tom-sip's client side, their media tom-rtp, G.711 A-law. They hear as the callers over
//! WebSocket do, by the same pacing schedule; a telephone is told nothing, so all figures are taken by ear.

mod call;
mod hearing;
mod voice;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tom_probe::clip::noise;
use tom_probe::line::{EngineReport, Planned};
use tom_probe::stats::Sample;
use tom_probe::{Clip, Trace};
use tom_rtp::{Ports, Statistics};
use tom_sip::{Options, Phone, Transport};
use tom_urgency::{Urgency, hurry};

use self::call::{Outcome, make};

/// The level of a line on which nobody speaks.
const COMFORT_DBFS: f64 = -60.0;
/// The callers' RTP ports: others than the server's.
const PORTS: (u16, u16) = (40_000, 59_999);

/// How calls are made.
#[derive(Clone, Debug)]
pub struct Calling {
    /// Where the server takes SIP, over UDP.
    pub server: SocketAddr,
    /// The language asked for.
    pub lang: String,
    /// Calls at once.
    pub at_once: usize,
    /// Time between two INVITEs.
    pub spacing: Duration,
    /// Longest call.
    pub longest: Duration,
    /// The seed of the comfort noise.
    pub seed: u64,
}

/// What came of the calls, besides their traces.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// From INVITE to answer, in milliseconds; a call that was not answered is a miss.
    pub setup: Sample,
    /// Packets of all calls.
    pub media: Media,
    /// How well the callers kept their time.
    pub own: EngineReport,
}

/// Packets of all calls, as the callers' sessions count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Media {
    /// Packets sent.
    pub sent: u64,
    /// Packets the callers' system did not take.
    pub unsent: u64,
    /// Packets that came.
    pub received: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Datagrams that came and were no audio of the call.
    pub rejected: u64,
    /// How long packets waited in the telephones' jitter buffers.
    pub waited_ms: f64,
    /// That of the one that waited longest.
    pub waited_longest_ms: f64,
    /// Calls whose far end told how it received us.
    pub told: u64,
    /// Of these, calls in which the far end missed packets at its last report.
    pub far_missed: u64,
}

impl Media {
    fn add(&mut self, one: &Statistics) {
        self.sent += one.sent;
        self.unsent += one.unsent;
        self.received += one.received;
        self.lost += one.lost;
        self.rejected += one.rejected_all();
        self.waited_ms += one.waited.total.as_secs_f64() * 1_000.0;
        self.waited_longest_ms = self.waited_longest_ms.max(one.waited.longest.as_secs_f64() * 1_000.0);
        self.told += u64::from(one.far.is_some());
        self.far_missed += u64::from(one.far.is_some_and(|(lost, _)| lost > 0));
    }
}

/// What all calls share.
struct Telephone {
    phone: Phone,
    ports: Ports,
    server: SocketAddr,
    lang: String,
    longest: Duration,
}

/// Makes the calls in their order, and hands over each trace when its call is over. Blocks until the last is.
///
/// # Errors
/// When the system gives no sockets. What goes wrong in a call stands in its trace.
pub fn run(calling: &Calling, calls: Vec<Planned>, each: impl FnMut(Trace) + Send) -> Result<Made> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the system gives no event loop")?;
    let work = || {
        // Telephones are machines of their own: none waits for a processor that the server's workers have. A thread
        // of its own, so that no server that is started later inherits this. Where it is not allowed the callers
        // are as late as they then tell.
        hurry(Urgency::Realtime);
        runtime.block_on(all(calling, calls, each))
    };
    std::thread::scope(|threads| threads.spawn(work).join())
        .map_err(|_| anyhow::anyhow!("the telephones broke down"))?
}

async fn all(calling: &Calling, calls: Vec<Planned>, mut each: impl FnMut(Trace)) -> Result<Made> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let listen = vec![(Transport::Udp, SocketAddr::new(here, 0))];
    let (phone, _incoming) = Phone::start(Options { listen, ..Options::default() }).await?;
    let telephone = Arc::new(Telephone {
        phone,
        ports: Ports::new(PORTS.0, PORTS.1)?,
        server: calling.server,
        lang: calling.lang.clone(),
        longest: calling.longest,
    });
    let hiss = Arc::new(Clip::new("noise", &noise(calling.seed, COMFORT_DBFS, 32_000), &[]));
    let places = Arc::new(Semaphore::new(calling.at_once.max(1)));
    let (mut running, mut made) = (JoinSet::new(), Made::default());
    let mut next = Instant::now();
    for planned in calls {
        let place = places.clone().acquire_owned().await.context("nobody closes it")?;
        tokio::time::sleep_until(next).await;
        next = Instant::now() + calling.spacing;
        let (telephone, hiss) = (telephone.clone(), hiss.clone());
        running.spawn(async move {
            let outcome = make(telephone, planned, hiss).await;
            drop(place);
            outcome
        });
        made.own.most_at_once = made.own.most_at_once.max(calling.at_once - places.available_permits());
        while let Some(done) = running.try_join_next() {
            each(made.add(done.context("a call broke down")?));
        }
    }
    while let Some(done) = running.join_next().await {
        each(made.add(done.context("a call broke down")?));
    }
    telephone.phone.stop().await;
    Ok(made)
}

impl Made {
    fn add(&mut self, outcome: Outcome) -> Trace {
        let Outcome { trace, setup, media, own } = outcome;
        self.setup.add(setup.map(|setup| setup.as_secs_f64() * 1_000.0));
        if let Some(media) = &media {
            self.media.add(media);
        }
        self.own.frames += own.frames;
        self.own.late += own.late;
        self.own.latest_ms = self.own.latest_ms.max(own.latest_ms);
        trace
    }

    /// Adds what came of other calls.
    pub fn join(&mut self, other: &Self) {
        self.setup.join(&other.setup);
        let (ours, theirs) = (&mut self.media, &other.media);
        ours.sent += theirs.sent;
        ours.unsent += theirs.unsent;
        ours.received += theirs.received;
        ours.lost += theirs.lost;
        ours.rejected += theirs.rejected;
        ours.waited_ms += theirs.waited_ms;
        ours.waited_longest_ms = ours.waited_longest_ms.max(theirs.waited_longest_ms);
        ours.told += theirs.told;
        ours.far_missed += theirs.far_missed;
        self.own.frames += other.own.frames;
        self.own.late += other.own.late;
        self.own.latest_ms = self.own.latest_ms.max(other.own.latest_ms);
        self.own.most_at_once = self.own.most_at_once.max(other.own.most_at_once);
    }
}
