//! What does a bad network cost a telephone call? The same utterances over a good way and a bad one.

mod compare;
mod ear;
mod way;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tom_engine::Grammar;
use tom_probe::impair::Weather;
use tom_probe::stats::Sample;
use tom_rtp::Ports;
use tom_wire::sdp::Codec;

use self::compare::{Pairs, longest_gap};
use self::ear::Ear;
use self::way::{Arrived, carry};
use super::Bench;
use crate::corpus::{DIGITS, Item, PHRASES};
use crate::table::Row;

/// Both sides' RTP ports: others than those of the server and of the telephones.
const PORTS: (u16, u16) = (33_000, 39_999);
/// Calls at once.
const AT_ONCE: usize = 32;
/// Pairs of trials whose sender was kept from its time are made again, so often.
const TRIES: usize = 5;
/// Points that recognition may lose, and the longest gap that may be heard.
const POINTS: f64 = 5.0;
const GAP_MS: f64 = 40.0;

/// The networks: what the table calls them, and what they do. The first is the one with a bar.
const NETWORKS: [(&str, &str); 2] = [
    ("5 % random loss, 50 ms jitter", "loss=5%,jitter=50ms"),
    ("5 % loss in bursts of 3, 50 ms jitter, 2 % reordered, 1 % doubled", BURSTS),
];
const BURSTS: &str = "loss=5%,burst=3,jitter=50ms,reorder=2%,duplicate=1%";

/// All networks.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let count = bench.plan.sizes.pauses * 4 / 3;
    let mut items = bench.maker.digits(count / 4)?;
    items.extend(bench.maker.menu(count - items.len())?);
    let grammars = [grammar("menu", &PHRASES), grammar("digit", &DIGITS)];
    let mut ear = Ear::open()?;
    let seed = bench.plan.seed;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the system gives no event loop")?;
    let clean = runtime.block_on(all(&items, Weather::default(), seed))?;
    let mut rows = Vec::new();
    let mut understood = Vec::new();
    for (item, arrived) in items.iter().zip(&clean) {
        understood.push(hears(&mut ear, &grammars, item, arrived)?);
    }
    for (n, (name, weather)) in NETWORKS.into_iter().enumerate() {
        let weather: Weather = weather.parse()?;
        let bad = runtime.block_on(all(&items, weather, seed))?;
        let (mut pairs, mut recorded) = (Pairs::default(), Pairs::default());
        let mut sums = Sums::default();
        for ((item, (clean, bad)), &before) in items.iter().zip(clean.iter().zip(&bad)).zip(&understood) {
            let after = hears(&mut ear, &grammars, item, bad)?;
            pairs.add(before, after);
            if item.name.starts_with("digit") {
                recorded.add(before, after);
            }
            sums.add(longest_gap(&clean.pcm, &bad.pcm), bad);
        }
        rows.push(row(name, n == 0, pairs, recorded, &sums));
    }
    Ok(rows)
}

/// What came of all trials on a network.
#[derive(Default)]
struct Sums {
    gaps: Sample,
    over: usize,
    longest: usize,
    in_a_row: u64,
    lost: u64,
    late: u64,
    received: u64,
    restarts: u64,
    concealed: Duration,
    waits: Sample,
    delays: Sample,
}

impl Sums {
    fn add(&mut self, gap: usize, bad: &Arrived) {
        self.gaps.add(Some(gap as f64));
        self.over += usize::from(gap as f64 > GAP_MS);
        self.longest = self.longest.max(gap);
        self.in_a_row = self.in_a_row.max(bad.lost_in_a_row);
        self.lost += bad.heard.lost;
        self.late += bad.heard.buffer.late;
        self.received += bad.heard.received;
        self.restarts += bad.heard.buffer.restarts;
        self.concealed += bad.heard.concealed;
        self.waits.add(Some(bad.longest_wait.as_secs_f64() * 1e3));
        self.delays.add(Some(bad.heard.delay.as_secs_f64() * 1e3));
    }
}

fn row(network: &str, judged: bool, pairs: Pairs, recorded: Pairs, sums: &Sums) -> Row {
    let (points, low, high) = pairs.points();
    let value = format!(
        "{points:.1} points lost (95 %: {low:.1} to {high:.1}): {} of {} understood, {} without it; longest gap heard \
         {} ms, {} utterances with one over 40 ms; {} packets in a row lost at most, {:.1} % of all, {:.1} % late",
        pairs.bad,
        pairs.count,
        pairs.clean,
        sums.longest,
        sums.over,
        sums.in_a_row,
        sums.lost as f64 * 100.0 / (sums.lost + sums.received).max(1) as f64,
        sums.late as f64 * 100.0 / sums.received.max(1) as f64,
    );
    let data = json!({
        "pairs": pairs, "recorded_digits": recorded, "points": points, "interval": [low, high],
        "gap_ms": sums.gaps.summary(), "longest_gap_ms": sums.longest, "gaps_over_40_ms": sums.over,
        "lost": sums.lost, "late": sums.late, "received": sums.received, "lost_in_a_row": sums.in_a_row,
        "restarts": sums.restarts, "concealed_s": sums.concealed.as_secs_f64(),
        "longest_wait_ms": sums.waits.summary(), "delay_ms": sums.delays.summary(),
    });
    let figure = format!("SIP: grammar recognition over a bad network: {network}");
    if judged {
        let met = points <= POINTS && sums.longest as f64 <= GAP_MS && pairs.count > 0;
        Row::judged(&figure, "<= 5 points, no gap over 40 ms (400 pairs)", value, met, data)
    } else {
        Row::reported(&figure, value, data)
    }
}

/// Whether an utterance that came over a network is understood word by word.
fn hears(ear: &mut Ear, grammars: &[Grammar; 2], item: &Item, arrived: &Arrived) -> Result<bool> {
    let grammar = &grammars[usize::from(item.name.starts_with("digit"))];
    Ok(ear.hear(grammar, &arrived.pcm)? == item.segments[0].text)
}

/// A grammar of one of these phrases.
fn grammar(name: &str, phrases: &[&str]) -> Grammar {
    let text = phrases.join(" | ");
    let jsgf = format!("#JSGF V1.0;\ngrammar {name};\npublic <{name}> = {text};\n");
    Grammar { id: name.into(), jsgf: jsgf.into() }
}

/// All utterances through a network, each with luck of its own.
async fn all(items: &[Item], weather: Weather, seed: u64) -> Result<Vec<Arrived>> {
    let ports = Ports::new(PORTS.0, PORTS.1)?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (n, item) in items.iter().enumerate() {
        let place = places.clone().acquire_owned().await.context("nobody closes it")?;
        let (ports, pcm) = (ports.clone(), item.pcm.clone());
        let weather = Weather { seed: seed.wrapping_mul(1_000_003).wrapping_add(n as u64), ..weather };
        running.spawn(async move {
            let _place = place;
            let mut tries = 0;
            loop {
                let arrived = carry(&ports, Codec::Pcma, &pcm, weather).await?;
                tries += 1;
                if arrived.unsent == 0 {
                    return Ok((n, arrived));
                }
                anyhow::ensure!(tries < TRIES, "this machine is too busy to send audio in time");
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = running.join_next().await {
        all.push(done.context("a trial broke down")??);
    }
    all.sort_by_key(|(n, _)| *n);
    Ok(all.into_iter().map(|(_, arrived)| arrived).collect())
}

#[cfg(test)]
mod tests;
