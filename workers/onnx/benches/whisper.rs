//! Layer: bench. How soon after a caller's last word is the text of a Whisper of real shape there, on one thread and on two?
//!
//! `cargo bench -p tom-worker-onnx --bench whisper [-- tiny]`. The weights are made up, so what is understood is too: 20 words in
//! 5 s, each taken when it was said, whatever is likely. Layers, sizes and operators are those of Whisper tiny and base; the window has
//! 10 s. The caller speaks in real time over the worker's own socket; the result is asked for 64 ms after the last voiced sample, as a
//! call does. Beside that, what each part takes in computing time, which other programs on the machine change little.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use tom_base::Epoch;
use tom_tiny::{Whisper, wave};
use tom_worker::child::{Link, serve};
use tom_worker::{Event, FrameBuffer, Job, Request};
use tom_worker_onnx::clock;
use tom_worker_onnx::whisper::{self, load_ear};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How often each part is computed, and each caller heard.
const RUNS: usize = 7;
const CALLS: usize = 5;
/// What is said.
const SECONDS: usize = 5;
const WORDS_A_SECOND: f32 = 4.0;
/// Seconds of the window.
const WINDOW: usize = 10;
/// Samples of 20 ms.
const FRAME: usize = 320;
/// When a call asks for the result.
const PAUSE: Duration = Duration::from_millis(64);

fn main() -> Outcome<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let folder = tempfile::tempdir()?;
    // How long the text may take, in milliseconds.
    for (name, kind, bar) in [
        ("tiny", Whisper::Tiny, 300.0),
        ("tiny-int8", Whisper::TinyWhole, 300.0),
        ("base", Whisper::Base, 700.0),
        ("base-int8", Whisper::BaseWhole, 700.0),
    ] {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        let place = folder.path().join(name);
        std::fs::create_dir(&place)?;
        kind.write(&place)?;
        parts(name, &place)?;
        for threads in [1, 2] {
            let mut calls = (0..CALLS).map(|_| call(&place, threads)).collect::<Outcome<Vec<_>>>()?;
            calls.sort_by_key(|(took, _)| *took);
            let looks: Vec<String> = calls.iter().map(|(_, looks)| looks.to_string()).collect();
            let ms: Vec<f64> = calls.iter().map(|(took, _)| took.as_secs_f64() * 1e3).collect();
            let (middle, most) = (ms[CALLS / 2], ms[CALLS - 1]);
            // The bar is one of two idle cores.
            let met = match (threads, middle <= bar) {
                (2, true) => "yes",
                (2, false) => "**no**",
                _ => "",
            };
            let bar = if threads == 2 { format!("p50 <= {bar:.0} ms") } else { String::new() };
            println!(
                "| Whisper {name}, {threads} thread(s), {SECONDS} s, window of {WINDOW} s, 20 tokens: last voiced sample to \
                 the text | {bar} | {:.0}, {middle:.0}, {most:.0} ms (least, median, most of {CALLS}); looks while \
                 speaking {} | {met} |",
                ms[0],
                looks.join(", ")
            );
        }
    }
    Ok(())
}

/// What each part takes on one thread, in milliseconds of computing.
fn parts(name: &str, place: &Path) -> Outcome<()> {
    let began = clock::used();
    let mut whisper = whisper::Whisper::load(place, 1)?;
    println!(
        "| Whisper {name}: loaded |  | {:.0} ms of computing |  |",
        (clock::used() - began) as f64 / 1e6
    );
    let config = &whisper.config;
    let prompt = [config.start, config.languages[0].1, config.transcribe.unwrap_or_default(), config.untimed];
    let guessed: Vec<u32> = prompt.iter().copied().chain(1_000..1_016).collect();
    let (pcm, frames) = (wave(1, SECONDS * 16_000), WINDOW * 100);
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..RUNS {
        let mut laps = Vec::new();
        let mut lap = || laps.push(clock::used());
        lap();
        let spectrum = whisper.mel.spectrum(&pcm, frames);
        lap();
        let states = whisper.encoder.encode(&spectrum, frames)?;
        lap();
        whisper.decoder.begin(&states, &guessed)?;
        lap();
        let (_, mut memory) = whisper.decoder.begin(&states, &prompt)?;
        lap();
        whisper.decoder.step(&states, &mut memory, 1_000)?;
        lap();
        for (time, pair) in times.iter_mut().zip(laps.windows(2)) {
            time.push((pair[1] - pair[0]) as f64 / 1e6);
        }
    }
    let parts = ["spectrum", "encoder", "first 20 tokens at once", "first 4", "each further one"];
    for (part, time) in parts.iter().zip(&mut times) {
        time.sort_by(f64::total_cmp);
        println!(
            "  {part}: {:.1}, {:.1}, {:.1} ms (least, median, most)",
            time[0],
            time[RUNS / 2],
            time[RUNS - 1]
        );
    }
    Ok(())
}

/// A caller who speaks for 5 s: how long after the last voiced sample the text came, and how often was looked before.
fn call(place: &Path, threads: usize) -> Outcome<(Duration, u32)> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let (hello, ear) = load_ear(place, threads, WINDOW)?;
    let mut ear = ear.pacing(WORDS_A_SECOND);
    let worker = std::thread::spawn(move || {
        serve(&mut Link::new(theirs), hello, &mut ear).map(|()| ear.looks()).map_err(|e| e.to_string())
    });
    let reader = ours.try_clone()?;
    let finals = std::thread::spawn(move || final_at(reader).map_err(|e| e.to_string()));
    let job = Job { serial: 1, epoch: Epoch::new(1, 0), clause: 0 };
    let mut send =
        |request: Request| -> Outcome<()> { Ok(std::io::Write::write_all(&mut ours, &request.encode(1)?)?) };
    send(Request::Open { options: r#"{"language":"en"}"#.into() })?;
    send(Request::Begin { job, context_id: String::new(), context: String::new() })?;
    let began = Instant::now();
    for (frame, pcm) in (1u32..).zip(wave(1, SECONDS * 16_000).chunks(FRAME)) {
        std::thread::sleep(
            (began + frame * Duration::from_millis(20)).saturating_duration_since(Instant::now()),
        );
        send(Request::Audio { pcm: pcm.to_vec() })?;
    }
    let voiced = began + Duration::from_secs(SECONDS as u64);
    for pause in 1..=3 {
        let due = voiced + pause * Duration::from_millis(20);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        send(Request::Audio { pcm: vec![0; FRAME] })?;
    }
    std::thread::sleep((voiced + PAUSE).saturating_duration_since(Instant::now()));
    send(Request::Finish { job })?;
    let came = finals.join().map_err(|_| "the reader is gone")??;
    ours.shutdown(std::net::Shutdown::Both)?;
    let looks = worker.join().map_err(|_| "the worker is gone")??;
    Ok((came.duration_since(voiced), looks))
}

/// When the final text comes.
fn final_at(mut socket: UnixStream) -> Outcome<Instant> {
    let mut buffer = FrameBuffer::new();
    loop {
        while let Some(frame) = buffer.next_frame()? {
            match Event::decode(frame)? {
                Event::Final { .. } => return Ok(Instant::now()),
                Event::Error { fault, .. } => return Err(fault.into()),
                _ => {}
            }
        }
        if buffer.read_from(&mut socket)? == 0 {
            return Err("the worker went away".into());
        }
    }
}
