//! Layer: bench. What echoes cost per 20 ms of a call: the canceller, and the gate's comparing and searching.
//! `--json` prints one line of JSON instead of the table.
#![expect(clippy::expect_used, reason = "a bench")]

#[expect(dead_code, reason = "the bench needs no synthesiser")]
#[path = "../tests/common/room.rs"]
mod room;

use std::hint::black_box;
use std::time::Instant;

use room::{echo, mixed, pcm, voice};
use tom_audio::{EchoCanceller, EchoDetector};

const FRAME: usize = 320;
/// Frames measured per row: 40 s of audio.
const FRAMES: usize = 2_000;
/// Calls that take turns on one core in the row "of 100".
const CALLS: usize = 100;

/// The microseconds of each frame of one row.
struct Row {
    name: String,
    micros: Vec<f64>,
}

impl Row {
    fn new(name: &str, mut one: impl FnMut(usize)) -> Self {
        let timed = |n| {
            let start = Instant::now();
            one(n);
            start.elapsed().as_secs_f64() * 1e6
        };
        let mut micros: Vec<f64> = (0..FRAMES).map(timed).collect();
        micros.sort_by(f64::total_cmp);
        Self { name: name.into(), micros }
    }

    fn at(&self, share: f64) -> f64 {
        self.micros[(share * (self.micros.len() - 1) as f64) as usize]
    }

    fn mean(&self) -> f64 {
        self.micros.iter().sum::<f64>() / self.micros.len() as f64
    }
}

/// The canceller; calls of so many take turns.
fn canceller(name: &str, played: &[i16], heard: &[i16], calls: usize) -> Row {
    let mut all: Vec<_> = (0..calls).map(|_| EchoCanceller::new()).collect();
    let mut out = [0; FRAME];
    let frames = heard.len() / FRAME;
    Row::new(name, |n| {
        let from = n / calls % frames * FRAME;
        out.copy_from_slice(&heard[from..from + FRAME]);
        all[n % calls].clean(played.get(from..from + FRAME).unwrap_or_default(), &mut out);
        black_box(&out);
    })
}

fn main() {
    let agent = voice(3, 10 * 16_000);
    let heard = mixed(&echo(&agent, 80, -15.0), &vec![0.0; agent.len()]);
    let agent = pcm(&agent);
    let frame = |signal: &[i16], n: usize| -> [i16; FRAME] {
        let from = n * FRAME % signal.len();
        signal[from..from + FRAME].try_into().expect("a frame")
    };
    let mut detector = EchoDetector::new();
    let mut rows = vec![
        canceller("canceller, the agent speaks", &agent, &heard, 1),
        canceller("canceller, the agent is silent", &[], &heard, 1),
        canceller("canceller, of 100", &agent, &heard, CALLS),
    ];
    rows.push(Row::new("gate, a frame", |n| {
        detector.sent(&frame(&agent, n));
        detector.heard(&frame(&heard, n));
    }));
    rows.push(Row::new("gate, at a known delay", |_| {
        black_box(detector.at(320));
    }));
    rows.push(Row::new("gate, a search", |_| {
        black_box(detector.search());
    }));
    if std::env::args().any(|arg| arg == "--json") {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({"name": row.name, "p50_us": row.at(0.5), "p95_us": row.at(0.95),
                    "p99_us": row.at(0.99), "mean_us": row.mean()})
            })
            .collect();
        println!("{}", serde_json::json!({"bench": "echo", "per_ms": 20, "rows": rows}));
        return;
    }
    println!("{:32} {:>8} {:>8} {:>8} {:>8}  us per 20 ms", "echo", "p50", "p95", "p99", "mean");
    for row in &rows {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| row.at(share));
        println!("{:32} {p50:8.2} {p95:8.2} {p99:8.2} {:8.2}", row.name, row.mean());
    }
}
