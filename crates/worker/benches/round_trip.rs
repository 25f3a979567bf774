//! Layer: bench. How long does a question take to a worker and back, while a hundred calls send it their audio?
//!
//! `cargo bench -p tom-worker --bench round_trip`. The worker does nothing, so what is measured is the protocol, the
//! supervisor's threads and the socket, both ways. Every call sends 20 ms of audio every 20 ms to its worker, spread over
//! the time as calls are; meanwhile one call after another asks and waits.

use std::error::Error;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};
use std::time::{Duration, Instant};

use tom_base::Epoch;
use tom_worker::{Event, Stream, Supervisor, SupervisorOptions};

const CALLS: usize = 100;
const QUESTIONS: usize = 2_000;
const FRAME: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(30);
/// Microseconds that half of the questions may take.
const BAR: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = SupervisorOptions::new("echo", env!("CARGO_BIN_EXE_tom-worker-echo"));
    options.shards = 2;
    let supervisor = Supervisor::start(options)?;
    let status = supervisor.wait_ready(LONG);
    if status.up != status.shards {
        return Err(format!("the workers are not ready: {status:?}").into());
    }
    println!("machine: {} cores, {} workers", std::thread::available_parallelism()?, status.shards);
    let quiet = asked(&supervisor, 0)?;
    told("worker round trip, one call", quiet);
    let loud = asked(&supervisor, CALLS)?;
    let (median, ..) = loud;
    told(&format!("worker round trip, {CALLS} calls sending audio"), loud);
    let met = if median <= BAR { "yes" } else { "**no**" };
    println!(
        "| worker protocol, there and back, {CALLS} calls sending | p50 <= {BAR:.0} us | p50 {median:.0} us, p99 {:.0} us | {met} |",
        loud.1
    );
    supervisor.close();
    Ok(())
}

/// Median, 99th percentile and maximum of a round trip in microseconds.
type Spread = (f64, f64, f64);

fn told(what: &str, (median, high, most): Spread) {
    println!("{what}: p50 {median:.0}, p99 {high:.0}, most {most:.0} us of {QUESTIONS}");
}

/// Asks while so many other calls send audio.
fn asked(supervisor: &Supervisor, calls: usize) -> Result<Spread, Box<dyn Error>> {
    let others: Result<Vec<Stream>, _> =
        (0..calls).map(|_| supervisor.open("{}", Box::new(|_: Event| Ok(())))).collect();
    let others = others?;
    let (sender, answers) = sync_channel(64);
    let asker = supervisor.open(
        "{}",
        Box::new(move |event| {
            // One question at a time: there is always room.
            let _ = matches!(event, Event::Done { .. } | Event::Error { .. }).then(|| sender.try_send(event));
            Ok(())
        }),
    )?;
    let over = Arc::new(AtomicBool::new(false));
    let sending = std::thread::scope(|scope| {
        let ended = Arc::clone(&over);
        let sent = scope.spawn(move || send(&others, &ended));
        let mut times = Vec::with_capacity(QUESTIONS);
        let result = (0..QUESTIONS as u32).try_for_each(|n| -> Result<(), Box<dyn Error>> {
            // Questions come as calls have them, not as fast as they can.
            std::thread::sleep(Duration::from_millis(2));
            let began = Instant::now();
            asker.speak(Epoch::new(n + 1, 0), 0, "x")?;
            match answers.recv_timeout(LONG)? {
                Event::Done { .. } => times.push(began.elapsed().as_secs_f64() * 1e6),
                other => return Err(format!("the worker answered {other:?}").into()),
            }
            Ok(())
        });
        over.store(true, Ordering::Relaxed);
        let sent = sent.join().map_err(|_| "the calls' thread panicked")?;
        result?;
        if calls > 0 && sent == 0 {
            return Err("the calls sent nothing".into());
        }
        Ok::<_, Box<dyn Error>>(times)
    });
    let mut times = sending?;
    times.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    Ok((at(50), at(99), at(100)))
}

/// Sends each call's audio in its turn until it is over, and says how many frames went.
fn send(calls: &[Stream], over: &AtomicBool) -> usize {
    let pcm = [100_i16; 320];
    let mut sent = 0;
    for call in calls {
        // A call that cannot begin sends nothing, which the sum shows.
        let _ = call.begin(Epoch::new(1, 0), "", "");
    }
    let began = Instant::now();
    for tick in 0_u32.. {
        for (number, call) in calls.iter().enumerate() {
            if over.load(Ordering::Relaxed) {
                return sent;
            }
            let due = FRAME * tick + FRAME.mul_f64(number as f64 / calls.len() as f64);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            sent += usize::from(call.audio(&pcm).is_ok());
        }
        if calls.is_empty() {
            return 0;
        }
    }
    sent
}
