//! Layer: bench. How soon does a voice of the shape of Piper's medium ones say the first sound of a five-word clause, on one thread?
//!
//! `cargo bench -p tom-worker-onnx --bench voice`. The weights are made up; layers and sizes are those of Piper's medium
//! voices (see `crates/tiny/data/voice.py` for what is simpler).

use std::time::{Duration, Instant};

use tom_tiny::Voice;
use tom_worker_onnx::session::Choice;
use tom_worker_onnx::voice::{Config, Manner, Network, Whole};

/// "How can I help you?" as espeak-ng pronounces it, with stress.
const SOUNDS: &str = "hˈaʊ kæn aɪ hˈɛlp juː?";
const RUNS: usize = 15;
/// What half of the first sounds may take.
const BAR_MS: f64 = 150.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let json = Voice::Medium.config("en-us");
    let config = Config::read(json.to_string().as_bytes())?;
    let file = Voice::Medium.model()?;
    let size = file.len() as f64 / 1e6;
    let began = Instant::now();
    let mut network = Network::load(file, &config)?;
    network.warm_up(&config)?;
    let loaded = ms(began.elapsed());
    let map = &json["phoneme_id_map"];
    let number = |c: char| map[c.to_string().as_str()][0].as_i64().unwrap_or(3) as i32;
    let mut ids = vec![1, 0];
    ids.extend(SOUNDS.chars().flat_map(|c| [number(c), 0]));
    ids.push(2);
    let manner = Manner { noise: 0.667, length: 1.0, noise_w: 0.8, speaker: 0 };
    let (mut firsts, mut totals, mut seconds) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..RUNS {
        let began = Instant::now();
        let mut utterance = network.begin(&ids, manner)?;
        let first = network.next(&mut utterance)?.map_or(0, |piece| piece.len());
        firsts.push(began.elapsed());
        let mut samples = first;
        while let Some(piece) = network.next(&mut utterance)? {
            samples += piece.len();
        }
        totals.push(began.elapsed());
        seconds = samples as f64 / 22_050.0;
    }
    let (first, total) = (spread(&mut firsts), spread(&mut totals));
    let manner_of = if network.is_streamed() { "streamed" } else { "not streamed" };
    let met = if ms(firsts[RUNS / 2]) <= BAR_MS { "yes" } else { "**no**" };
    judged(
        "first audio",
        &format!("p50 <= {BAR_MS:.0} ms"),
        &format!(
            "{first} ms (least, median, most of {RUNS}), {manner_of}; {size:.1} MB loaded and tried in {loaded:.0} ms"
        ),
        met,
    );
    let mut network = network.quick(2);
    network.warm_up(&config)?;
    let mut quick = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        network.next(&mut network.begin(&ids, manner)?)?;
        quick.push(began.elapsed());
    }
    row("first audio, that on two threads", &format!("{} ms", spread(&mut quick)));
    row("whole clause", &format!("{total} ms for {seconds:.2} s of speech"));
    row("real-time factor", &format!("{:.3}", totals[RUNS / 2].as_secs_f64() / seconds));
    let Some(whole) = Whole::open(&Voice::Medium.model()?, Choice::OnnxRuntime).ok().flatten() else {
        row("whole clause by onnxruntime", "its library is not found");
        return Ok(());
    };
    let mut network = Network::load(Voice::Medium.model()?, &config)?.by(Some(whole));
    network.warm_up(&config)?;
    let mut totals = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        network.speak(&ids, manner)?;
        totals.push(began.elapsed());
    }
    row(&format!("whole clause by {}", network.runtime()), &format!("{} ms", spread(&mut totals)));
    Ok(())
}

/// A row of the table; there is no bar.
fn row(figure: &str, measured: &str) {
    judged(figure, "", measured, "");
}

/// A row of the table.
fn judged(figure: &str, bar: &str, measured: &str, met: &str) {
    println!(
        "| Piper voice, medium shape, five words on one thread: {figure} | {bar} | {measured} | {met} |"
    );
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    format!("{:.0}, {:.0}, {:.0}", ms(times[0]), ms(times[times.len() / 2]), ms(times[times.len() - 1]))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
