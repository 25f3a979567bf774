//! How does a telephone fare: answer, barge-in, the way there and back, many calls at once?

mod beside;
mod built_in;
mod disturbed;
mod load;
mod media;
mod short;
mod single;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tom_peers::free_port;
use tom_probe::Trace;
use tom_probe::clip::next;
use tom_probe::line::{Act, Actor, Planned, Seen};
use tom_probe::trace::Micros;

use super::{Bench, Plan, holding};
use crate::corpus::{Item, Tongue};
use crate::phone::{self, Calling, Made};
use crate::server::{Served, config};
use crate::table::Row;

/// A part of the suite, and what it is called when it fails.
type Part = (&'static str, fn(&mut Bench) -> Result<Vec<Row>>);

/// The parts, in order.
const PARTS: [Part; 8] = [
    ("SIP: answer after INVITE", single::answers),
    ("SIP: barge-in over RTP", single::barge_in),
    ("SIP: false stops over RTP", disturbed::run),
    ("SIP: voice to voice beside the WebSocket path", beside::run),
    ("SIP: conversations at once", load::run),
    ("SIP: built-in engines, many calls at once", built_in::run),
    ("SIP: signalling and media by themselves", media::run),
    ("SIP: what many short calls leave behind", short::run),
];

/// All parts. One that cannot be measured takes no other with it.
pub(super) fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let wanted = bench.plan.part.clone();
    for (name, part) in PARTS.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        eprintln!("  {name} ...");
        rows.extend(part(bench).unwrap_or_else(|error| vec![Row::missing(name, "", &format!("{error:#}"))]));
    }
    Ok(rows)
}

/// A server that takes calls over SIP.
struct Line {
    served: Served,
    sip: SocketAddr,
}

impl Line {
    /// Starts `tom serve` for so many calls, with engines of fixed delay.
    fn start(bench: &Bench, name: &str, calls: usize) -> Result<Self> {
        let url = bench.engines.url();
        Self::with(bench, name, calls, (!bench.plan.builtin).then_some(url.as_str()))
    }

    /// The same with the engines at an address; none: with those that are built in, and a flow.
    fn with(bench: &Bench, name: &str, calls: usize, engines: Option<&str>) -> Result<Self> {
        let plan = &bench.plan;
        let sip = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port().context("no port is free")?));
        let mut config = config(engines, calls, plan.judge);
        config.push_str(&format!(
            "\n[sip]\nlisten = \"{sip}\"\ntransports = [\"udp\"]\nallow = [\"127.0.0.0/8\"]\n\
             rtp_ports = \"20000-31999\"\n"
        ));
        let served = Served::start(&plan.tom, &plan.dir, name, &config)?;
        Ok(Self { served, sip })
    }

    fn calling(&self, plan: &Plan, tongue: Tongue, at_once: usize) -> Calling {
        Calling {
            server: self.sip,
            lang: tongue.code().to_owned(),
            at_once,
            spacing: Duration::from_millis(313),
            longest: Duration::from_secs(600),
            seed: plan.seed,
        }
    }

    /// Makes calls, some at once, and returns them.
    fn hold(&self, plan: &Plan, calls: Vec<holding::Call>) -> Result<(Vec<Trace>, Made)> {
        let (mut traces, mut made) = (Vec::new(), Made::default());
        for (lang, calls) in holding::by_tongue(calls) {
            let calling = self.calling(plan, lang, plan.at_once);
            made.join(&phone::run(&calling, calls, |trace| traces.push(trace))?);
        }
        holding::keep(plan, &traces)?;
        Ok((traces, made))
    }
}

/// So many of all, drawn by lot and in their order: each kind, language, voice and band has its share.
fn some(mut items: Vec<Item>, count: usize, seed: u64) -> Vec<Item> {
    let mut dice = seed;
    while items.len() > count {
        let at = next(&mut dice) % items.len() as u64;
        items.remove(at as usize);
    }
    items
}

/// Listens, and hangs up after a time.
struct Listener(Micros);

impl Actor for Listener {
    fn tick(&mut self, now: Micros, _: &Seen<'_>) -> Act {
        if now >= self.0 { Act::HangUp } else { Act::Wait }
    }
}

/// Calls that listen for a time.
fn listeners(count: usize, lasts: Duration) -> Vec<Planned> {
    let lasts = Micros::try_from(lasts.as_micros()).unwrap_or(Micros::MAX);
    (0..count)
        .map(|n| Planned { name: format!("call {n}"), actor: Box::new(Listener(lasts)), echo: None })
        .collect()
}
