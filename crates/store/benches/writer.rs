//! Layer: bench. What it costs to keep a call: handing it over, writing it, and reading pages of many.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::time::{Duration, Instant};

use tom_store::{Action, Call, Detail, Filter, Latency, Options, Policy, Store, Turn};

const CALLS: u64 = 20_000;
const ALONE: u64 = 2_000;

/// A call of ten turns.
fn detail(n: u64) -> Detail {
    let latency =
        Latency { end_of_turn_ms: Some(500), llm_ms: Some(2), tts_ms: Some(40), ..Latency::default() };
    let turn = |turn| Turn {
        turn,
        cause: "said".into(),
        said: Some("what are your opening hours on saturday".into()),
        heard: Some("We are open on Saturdays from nine to one.".into()),
        complete: true,
        latency,
        ..Turn::default()
    };
    Detail {
        call: Call {
            id: format!("call-{n:08}"),
            started_ms: 1_795_651_200_000 + n,
            transport: "ws".into(),
            language: "en".into(),
            variant: "v1a".into(),
            reason: Some("caller".into()),
            duration_ms: Some(60_000),
            turns: 10,
            ..Call::default()
        },
        turns: (0..10).map(turn).collect(),
        actions: vec![Action { kind: "message".into(), data: None }],
    }
}

fn told(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    println!("{what:<44} p50 {:>8.1} us   p95 {:>8.1} us", at(0.5), at(0.95));
}

fn main() {
    let home = tempfile::tempdir().unwrap();
    let policy = Policy { transcripts: true, retention_days: 36_500 };
    let path = home.path().join("tom.db");
    let store = Store::open(&Options { policy, queue: 1024, ..Options::new(&path) }).unwrap();

    let mut handing = Vec::new();
    let began = Instant::now();
    for n in 0..CALLS {
        let detail = detail(n);
        let start = Instant::now();
        store.ended(detail);
        handing.push(start.elapsed());
        if n % 512 == 0 {
            store.flush().unwrap();
        }
    }
    store.flush().unwrap();
    let took = began.elapsed().as_secs_f64();
    let written = store.health().written;
    told("handing a call over (the call's side)", handing);
    println!(
        "{:<44} {:.0} calls/s of ten turns ({written} of {CALLS})",
        "writing in batches",
        written as f64 / took
    );

    let mut alone = Vec::new();
    for n in CALLS..CALLS + ALONE {
        let detail = detail(n);
        let start = Instant::now();
        store.ended(detail);
        store.flush().unwrap();
        alone.push(start.elapsed());
    }
    told("writing one call alone, until it is committed", alone);

    let reader = store.reader();
    let mut pages = Vec::new();
    let mut after = None;
    for _ in 0..100 {
        let start = Instant::now();
        let page = reader.calls(&Filter::default(), after.as_ref(), 50).unwrap();
        pages.push(start.elapsed());
        after = page.last().map(|call| tom_store::Key { started_ms: call.started_ms, id: call.id.clone() });
    }
    told("reading a page of 50", pages);
    let filter = Filter { q: Some("77".into()), reason: Some("agent".into()), ..Filter::default() };
    let scans = (0..20).map(|_| {
        let start = Instant::now();
        reader.calls(&filter, None, 50).unwrap();
        start.elapsed()
    });
    told("a search that finds nothing", scans.collect());
    let mut one = Vec::new();
    for n in 0..200 {
        let start = Instant::now();
        reader.call(&format!("call-{:08}", n * 97)).unwrap().unwrap();
        one.push(start.elapsed());
    }
    told("reading one call with its turns", one);
    println!(
        "{:<44} {:.0} bytes a call",
        "on the disk",
        std::fs::metadata(&path).unwrap().len() as f64 / written as f64
    );
}
