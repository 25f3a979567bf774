//! Layer: bench. What of a corpus of speech, noise and silence the recogniser understands, takes and turns down.
//!
//! `cargo bench -p tom-worker-sphinx --bench recognition` says all of it and prints a table, then JSON. After `--`:
//! `--every N` takes each Nth phrase alone, `--only TEXT` the calls whose name holds the text (or one of several), `--rows FILE` also
//! writes a line of JSON per utterance, with the evidence that its confidence is made of.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "whoever runs it wants it to stop where something is amiss"
)]

mod calls;
#[path = "../../tests/corpus/mod.rs"]
mod corpus;
mod report;
mod sounds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tom_worker_sphinx::model::Model;
use tom_worker_sphinx::{Call, Heard, Limits, Recogniser};

use calls::{Spoken, Talk};
use report::Row;

/// Samples given at once: 20 ms at 16 kHz, as in a call.
const PIECE: usize = 320;

struct Arguments {
    every: usize,
    only: Vec<String>,
    rows: Option<String>,
}

fn arguments() -> Arguments {
    let mut arguments = Arguments { every: 1, only: Vec::new(), rows: None };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut value = || given.next().unwrap_or_else(|| panic!("{name} wants a value"));
        match name.as_str() {
            "--every" => arguments.every = value().parse().expect("a number"),
            "--only" => arguments.only.push(value()),
            "--rows" => arguments.rows = Some(value()),
            "--bench" => {}
            other => panic!("{other} is no option; those are --every N, --only TEXT and --rows FILE"),
        }
    }
    arguments
}

fn main() {
    // `cargo test --all-targets` starts benches too, and has no time for this one.
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("skipped: `cargo bench -p tom-worker-sphinx --bench recognition` does it");
        return;
    }
    let arguments = arguments();
    let began = Instant::now();
    let talks: Vec<Talk> = calls::all(arguments.every)
        .into_iter()
        .filter(|talk| {
            let only = &arguments.only;
            only.is_empty() || only.iter().any(|text| talk.name().contains(text))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let model = Model::find().expect("a model");
                let mut recogniser = Recogniser::load(model, Limits::default()).expect("a recogniser");
                while let Some(talk) = talks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let heard = hold(&mut recogniser, talk);
                    rows.lock().expect("rows").extend(heard);
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("rows");
    rows.sort_by_key(|row| row.talk.name());
    report::table(&rows);
    report::json(&rows, began.elapsed());
    if let Some(file) = arguments.rows {
        std::fs::write(&file, report::lines(&rows)).expect("rows are written");
    }
}

/// Has a call's utterances recognised one after the other.
fn hold<'a>(recogniser: &mut Recogniser, talk: &'a Talk) -> Vec<Row<'a>> {
    let mut call = Call::default();
    let rows = talk.spoken.iter().map(|spoken| {
        if talk.afresh {
            call = Call::default();
        }
        let pcm = spoken.sound.pcm(talk, spoken.seed);
        let began = Instant::now();
        let heard = listen(recogniser, &mut call, spoken, &pcm);
        let load = began.elapsed().as_secs_f64() / (pcm.len().max(1) as f64 / 16_000.0);
        Row { talk, spoken, heard, load, seconds: pcm.len() as f64 / 16_000.0 }
    });
    rows.collect()
}

fn listen(recogniser: &mut Recogniser, call: &mut Call, spoken: &Spoken, pcm: &[i16]) -> Heard {
    recogniser.begin(call, Some(&spoken.grammar)).expect("begins");
    for piece in pcm.chunks(PIECE) {
        recogniser.audio(call, piece).expect("listens");
    }
    recogniser.finish(call).expect("ends")
}
