//! Layer: bench. How fast does a model of the shape of Qwen2.5 0.5B (`Q4_0`) read and write, against llama.cpp's plain loop?
//!
//! `cargo bench -p tom-worker-llama --bench chat [-- speed [THREADS]]`, the latter for the comparison only. The weights are made up
//! and written into a file that goes afterwards (350 MB). The reference is the library itself in the same process: one
//! sequence, one token after the other, all that is read in one batch. The two run in turns, each first in every second
//! round, and each round is compared with itself, since others use the machine as well.

use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use tom_base::Epoch;
use tom_tiny::Llama;
use tom_worker::Job;
use tom_worker_llama::engine::{Engine, Told};
use tom_worker_llama::model::{self, Model};
use tom_worker_llama::options::Options;
use tom_worker_llama::request::{Ask, Message};

/// Tokens that are read and written when speeds are compared.
const READ: usize = 128;
const WRITTEN: u32 = 24;
/// How often; there is a round before them that does not count.
const ROUNDS: usize = 8;

/// Seconds of llama.cpp's own loop to read and to write, and of our engine.
type Round = ([f64; 2], [f64; 2]);
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("half.gguf");
    Llama::Half.write(&path)?;
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    let backend = LlamaBackend::init()?;
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let only = args.iter().find_map(|arg| arg.parse::<u32>().ok());
    for threads in [1, 2].into_iter().filter(|n| *n <= cores && only.is_none_or(|only| only == *n)) {
        let options = Options { threads, temperature: 0.0, cache: 4096, ..Options::new(&path) };
        let model = model::load(&backend, &options)?;
        let mut engine = Engine::new(&backend, &model, &options)?;
        let mut context = model::context(&backend, &model, &options)?;
        let mut rounds = Vec::new();
        for round in 0..=ROUNDS {
            let (theirs, own) = if round % 2 == 0 {
                let theirs = plain(&mut context, &model)?;
                (theirs, ours(&mut engine, round)?)
            } else {
                let own = ours(&mut engine, round)?;
                (plain(&mut context, &model)?, own)
            };
            if round > 0 {
                rounds.push((theirs, own));
            }
        }
        let figure = |what: &str| format!("0.5B model in Q4_0, {threads} thread(s), {what}");
        for (at, what, tokens) in [(1, "written", f64::from(WRITTEN - 1)), (0, "read", READ as f64)] {
            compare(&figure(&format!("tokens {what} a second, of llama.cpp's own")), tokens, &rounds, at);
        }
        if args.iter().any(|arg| arg == "speed") {
            continue;
        }
        turns(&mut engine, &figure)?;
        for calls in [1, 4, 20] {
            together(&mut engine, calls, &figure)?;
        }
    }
    Ok(())
}

/// A row: the median of the rounds' ratios, and the least and the most of them.
fn compare(figure: &str, tokens: f64, rounds: &[Round], at: usize) {
    let mut ratios: Vec<f64> = rounds.iter().map(|(theirs, ours)| theirs[at] / ours[at]).collect();
    ratios.sort_by(f64::total_cmp);
    let fastest = |of: fn(&Round) -> [f64; 2]| {
        tokens / rounds.iter().map(|round| of(round)[at]).fold(f64::MAX, f64::min)
    };
    let (theirs, ours) = (fastest(|round| round.0), fastest(|round| round.1));
    let percent = |at: usize| 100.0 * ratios[at];
    let last = ratios.len() - 1;
    let middle = (percent(last / 2) + percent(last.div_ceil(2))) / 2.0;
    let measured = format!(
        "{middle:.0} % ({:.0} to {:.0} % in {} rounds; fastest {ours:.1} of {theirs:.1})",
        percent(0),
        percent(last),
        ratios.len()
    );
    row(figure, ">= 95 %", &measured, middle >= 95.0);
}

fn row(figure: &str, bar: &str, measured: &str, met: bool) {
    let met = match (bar, met) {
        ("", _) => "",
        (_, true) => "yes",
        (_, false) => "**no**",
    };
    println!("| {figure} | {bar} | {measured} | {met} |");
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// Seconds of llama.cpp to read and to write, without anything of ours.
fn plain(context: &mut LlamaContext<'_>, model: &Model) -> Outcome<[f64; 2]> {
    context.clear_kv_cache();
    let text = "a".repeat(READ);
    let tokens = model.llama.vocab().tokenize(text.as_bytes(), true, true);
    let mut batch = LlamaBatch::new(READ, 1);
    batch.add_sequence(&tokens, 0, false)?;
    let mut sampler = LlamaSampler::greedy();
    let began = Instant::now();
    context.decode(&mut batch)?;
    let mut token = sampler.sample(context, batch.n_tokens() - 1);
    let read = seconds(began.elapsed());
    let began = Instant::now();
    for at in 0..WRITTEN as i32 - 1 {
        batch.clear();
        batch.add(token, READ as i32 + at, &[0], true)?;
        context.decode(&mut batch)?;
        token = sampler.sample(context, 0);
    }
    Ok([read, seconds(began.elapsed())])
}

const fn job(serial: u32) -> Job {
    Job { serial, epoch: Epoch::new(1, 0), clause: 0 }
}

/// The same by our engine.
fn ours(engine: &mut Engine<'_>, round: usize) -> Outcome<[f64; 2]> {
    // Another text each time, so that nothing is known.
    let text = char::from(b'b' + round as u8).to_string().repeat(READ);
    let before = engine.counts();
    let began = Instant::now();
    engine.begin_text(0, job(1), &text, WRITTEN)?;
    while engine.counts().written == before.written {
        engine.step();
    }
    let read = seconds(began.elapsed());
    let began = Instant::now();
    while engine.is_busy() {
        engine.step();
    }
    let written = engine.counts().written - before.written;
    // A made-up model may end early: what was written counts.
    let each = seconds(began.elapsed()) / (written.saturating_sub(1)).max(1) as f64;
    engine.close(0);
    Ok([read, each * f64::from(WRITTEN - 1)])
}

fn asked(turns: &[(&str, &str)], words: &str, most: u32) -> Ask {
    let rules = "You are a friendly assistant on the telephone. Answer in one or two short sentences, and in the \
                 caller's language.";
    let mut messages = vec![Message::System { text: rules.into() }];
    for (user, agent) in turns {
        messages.push(Message::User { text: (*user).into() });
        messages.push(Message::Assistant { text: (*agent).into(), calls: Vec::new() });
    }
    messages.push(Message::User { text: words.into() });
    Ask { messages, max_tokens: most, ..Ask::default() }
}

/// A second turn after a first one.
fn turns(engine: &mut Engine<'_>, figure: &impl Fn(&str) -> String) -> Outcome<()> {
    let mut tallies = Vec::new();
    let mut waits = Vec::new();
    for (serial, ask) in
        [(1, asked(&[], "Open today?", 4)), (2, asked(&[("Open today?", "Till six.")], "And Sunday?", 4))]
    {
        let began = Instant::now();
        let before = engine.counts();
        engine.begin(0, job(serial), &ask)?;
        let mut first = None;
        while engine.is_busy() {
            for told in engine.step() {
                if let Told::Done { tally, .. } = told {
                    tallies.push(tally);
                }
            }
            if first.is_none() && engine.counts().written > before.written {
                first = Some(began.elapsed());
            }
        }
        waits.push(first.unwrap_or_default());
    }
    let [first, second] = tallies[..] else { return Err("a turn failed".into()) };
    let ms = |n: usize| 1e3 * seconds(waits[n]);
    let measured = format!(
        "{:.0} ms for {} tokens of {} (first turn: {:.0} ms, {} tokens)",
        ms(1),
        second.read,
        second.prompt,
        ms(0),
        first.prompt
    );
    row(&figure("to the first token of a second turn"), "", &measured, true);
    Ok(())
}

/// Many replies at once, whose common beginning is known.
fn together(engine: &mut Engine<'_>, calls: u32, figure: &impl Fn(&str) -> String) -> Outcome<()> {
    let before = engine.counts();
    let began = Instant::now();
    for call in 0..calls {
        engine.begin(call, job(1), &asked(&[], &format!("{call}?"), 12))?;
    }
    while engine.is_busy() {
        engine.step();
    }
    let took = seconds(began.elapsed());
    let (written, read) = (engine.counts().written - before.written, engine.counts().read - before.read);
    let speed = written as f64 / took;
    let measured =
        format!("{speed:.1}, {:.1} for each, {read} tokens read meanwhile", speed / f64::from(calls));
    row(&figure(&format!("tokens written a second by {calls} replies at once")), "", &measured, true);
    (0..calls).for_each(|call| engine.close(call));
    Ok(())
}
