//! Layer: bench. What voice activity costs per 32 ms: each network, on each set of instructions, in one call and
//! in many. `--json` prints one line of JSON instead of the table.
#![expect(clippy::unwrap_used, reason = "a bench")]
#![expect(clippy::expect_used, reason = "a bench")]
#![expect(clippy::panic, reason = "a bench")]

#[path = "../tests/vad_support/mod.rs"]
mod vad_support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tom_audio::Frame;
use tom_base::{MediaTime, Rate};
use tom_engine::Vad;
use tom_models::vad::silero::{SileroModel, SileroState, WINDOW};
use tom_models::vad::{EarshotVad, Isa, SileroVad, VadConfig};
use vad_support::noise;

/// Windows measured per row: 64 s of audio.
const WINDOWS: usize = 2_000;
/// Calls that take turns on one core in the rows "of 300".
const CALLS: usize = 300;

/// The microseconds of each window of one row.
struct Row {
    name: String,
    micros: Vec<f64>,
}

impl Row {
    fn new(name: String, mut micros: Vec<f64>) -> Self {
        micros.sort_by(f64::total_cmp);
        Self { name, micros }
    }

    fn at(&self, share: f64) -> f64 {
        self.micros[(share * (self.micros.len() - 1) as f64) as usize]
    }

    fn mean(&self) -> f64 {
        self.micros.iter().sum::<f64>() / self.micros.len() as f64
    }
}

fn micros(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e6
}

/// The network alone: `calls` of them take turns.
fn network(model: &SileroModel, isa: Isa, calls: usize) -> Row {
    let pcm = noise::voice_like(200 * WINDOW, 3);
    let (windows, _) = pcm.as_chunks::<WINDOW>();
    let mut states = vec![SileroState::on(isa); calls];
    let mut one = |n: usize| {
        let state = &mut states[n % calls];
        micros(|| {
            black_box(model.window(state, black_box(&windows[n / calls % windows.len()])));
        })
    };
    for n in 0..calls {
        one(n);
    }
    Row::new(format!("network {isa:?}, of {calls}"), (0..WINDOWS).map(one).collect())
}

/// The network alone, after other work each time: its weights lie in no near cache any more.
fn cold(model: &SileroModel, isa: Isa) -> Row {
    let pcm = noise::voice_like(WINDOW, 3);
    let (windows, _) = pcm.as_chunks::<WINDOW>();
    let mut state = SileroState::on(isa);
    let mut other = vec![1u8; 8 << 20];
    let one = |_| {
        other.iter_mut().step_by(64).for_each(|b| *b = b.wrapping_add(1));
        black_box(&other);
        micros(|| {
            black_box(model.window(&mut state, &windows[0]));
        })
    };
    Row::new(format!("network {isa:?}, cold"), (0..WINDOWS / 4).map(one).collect())
}

/// A whole detector, in 20 ms frames; the time of eight frames makes five windows.
fn detector(name: &str, vad: &mut dyn Vad, pcm: &[i16]) -> Row {
    let mut frames = pcm.chunks_exact(320).enumerate().cycle().map(|(n, pcm)| Frame {
        at: MediaTime::from_millis(20 * n as u64),
        rate: Rate::Hz16000,
        pcm,
    });
    let mut eight = || {
        micros(|| {
            for frame in frames.by_ref().take(8) {
                black_box(vad.push(frame));
            }
        }) / 5.0
    };
    for _ in 0..20 {
        eight();
    }
    Row::new(name.into(), (0..WINDOWS / 5).map(|_| eight()).collect())
}

fn main() {
    let mut rows = Vec::new();
    let speech: Vec<f32> = noise::voice_like(64 * 16_000, 3).into_iter().map(f32::from).collect();
    let hiss = noise::white(speech.len(), 5);
    let speech = vad_support::mix(&speech, &hiss, -60.0);
    let line = vad_support::mix(&vec![0.0; hiss.len()], &hiss, -60.0);
    if let Some(file) = vad_support::weights() {
        let model = Arc::new(SileroModel::load(&file).expect("weights that load"));
        for isa in Isa::all() {
            rows.push(network(&model, isa, 1));
            rows.push(network(&model, isa, CALLS));
            rows.push(cold(&model, isa));
        }
        for isa in Isa::all() {
            for (what, pcm) in [("speech", &speech), ("a quiet line", &line)] {
                let mut vad = SileroVad::new(model.clone(), VadConfig::silero(), isa);
                rows.push(detector(&format!("silero {isa:?}, {what}"), &mut vad, pcm));
            }
        }
    }
    for (what, pcm) in [("speech", &speech), ("a quiet line", &line)] {
        rows.push(detector(&format!("earshot, {what}"), &mut EarshotVad::default(), pcm));
    }
    if std::env::args().any(|arg| arg == "--json") {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({"name": row.name, "p50_us": row.at(0.5), "p95_us": row.at(0.95),
                    "p99_us": row.at(0.99), "mean_us": row.mean()})
            })
            .collect();
        println!("{}", serde_json::json!({"bench": "vad", "per_ms": 32, "rows": rows}));
        return;
    }
    println!("{:32} {:>8} {:>8} {:>8} {:>8}  us per 32 ms", "voice activity", "p50", "p95", "p99", "mean");
    for row in &rows {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| row.at(share));
        println!("{:32} {p50:8.2} {p95:8.2} {p99:8.2} {:8.2}", row.name, row.mean());
    }
}
