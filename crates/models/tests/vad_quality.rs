//! Layer: real. How soon and how surely speech is found in noise, by both detectors, against labels made from
//! the clean signal's energy. Deterministic: the clock is the audio.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::panic, reason = "a test")]

mod vad_support;

use tom_models::vad::VadEngine;
use vad_support::{EARLY, SPEECH_DB, Track, listen, mix, name, noise, quantile};

/// What a run over a track gave.
#[derive(Debug, Default)]
struct Found {
    utterances: usize,
    missed: usize,
    /// Told onset minus true onset of the first start, and of the first clear start, in ms.
    any: Vec<i64>,
    clear: Vec<i64>,
    /// The start's own moment minus the true onset, in ms.
    placed: Vec<i64>,
    /// Told end minus true end, in ms.
    ends: Vec<i64>,
    false_starts: usize,
}

fn ms(from: usize, to: usize) -> i64 {
    (to as i64 - from as i64) / 16
}

fn measure(engine: &VadEngine, track: &Track, pcm: &[i16]) -> Found {
    let told = listen(&mut *engine.open(), pcm);
    let mut found = Found { utterances: track.voiced.len(), ..Found::default() };
    for &(from, to) in &track.voiced {
        let inside = |t: usize| t + EARLY > from && t <= to + 1_600;
        let start = told.iter().find(|t| t.is_start() && inside(t.told));
        let Some(start) = start else {
            found.missed += 1;
            continue;
        };
        found.any.push(ms(from, start.told));
        found.placed.push(ms(from, start.at()));
        let clear = told.iter().find(|t| t.is_clear() && inside(t.told));
        found.clear.extend(clear.map(|t| ms(from, t.told)));
        let end = told
            .iter()
            .rev()
            .find(|t| !t.is_start() && t.told > from && t.told < to + 16_000 && t.at() > from);
        found.ends.extend(end.map(|t| ms(to, t.told)));
    }
    found.false_starts = told
        .iter()
        .filter(|t| t.is_start())
        .filter(|t| !track.voiced.iter().any(|&(from, to)| t.told + EARLY > from && t.told <= to + 3_200))
        .count();
    for list in [&mut found.any, &mut found.clear, &mut found.placed, &mut found.ends] {
        list.sort_unstable();
    }
    found
}

fn line(values: &[i64]) -> String {
    format!(
        "p10 {:4} p50 {:4} p90 {:4} max {:4}",
        quantile(values, 0.1),
        quantile(values, 0.5),
        quantile(values, 0.9),
        quantile(values, 1.0)
    )
}

/// The worst that is still accepted; far from what is measured, so that it holds on other speech.
struct Floor {
    snr_db: Option<f32>,
    missed: f64,
    clear_p50_ms: i64,
    any_p90_ms: i64,
    false_per_utterance: f64,
}

const FLOORS: [Floor; 4] = [
    Floor { snr_db: None, missed: 0.0, clear_p50_ms: 110, any_p90_ms: 130, false_per_utterance: 0.1 },
    Floor { snr_db: Some(20.0), missed: 0.0, clear_p50_ms: 120, any_p90_ms: 150, false_per_utterance: 0.1 },
    Floor { snr_db: Some(10.0), missed: 0.05, clear_p50_ms: 160, any_p90_ms: 260, false_per_utterance: 0.2 },
    Floor { snr_db: Some(5.0), missed: 0.2, clear_p50_ms: 260, any_p90_ms: 600, false_per_utterance: 0.3 },
];

#[test]
fn speech_in_noise_is_found_in_time() {
    let mut pieces = vad_support::flite();
    pieces.extend(vad_support::jfk());
    if pieces.is_empty() {
        return;
    }
    let track = vad_support::track(&pieces);
    let len = track.pcm.len();
    let noises = [
        ("white", noise::white(len, 1)),
        ("pink", noise::pink(len, 2)),
        ("band 400 Hz", noise::band(len, 400.0, 120.0, 3)),
    ];
    for engine in vad_support::engines() {
        for floor in &FLOORS {
            for (kind, noise) in &noises {
                let noise_db = floor.snr_db.map_or(-96.0, |snr| SPEECH_DB - snr);
                let found = measure(&engine, &track, &mix(&track.pcm, noise, noise_db));
                println!(
                    "{} {kind} at {noise_db} dBFS: {} utterances, {} missed, {} false starts",
                    name(&engine),
                    found.utterances,
                    found.missed,
                    found.false_starts
                );
                println!("   any start  {}", line(&found.any));
                println!("   clear      {} (n {})", line(&found.clear), found.clear.len());
                println!("   placed     {}", line(&found.placed));
                println!("   end told   {}", line(&found.ends));
                let n = found.utterances as f64;
                assert!(found.missed as f64 <= n * floor.missed, "missed");
                assert!(quantile(&found.clear, 0.5) <= floor.clear_p50_ms, "clear onset too late");
                assert!(quantile(&found.any, 0.9) <= floor.any_p90_ms, "onset too late");
                assert!(found.false_starts as f64 <= n * floor.false_per_utterance, "false starts");
            }
        }
    }
}

/// Single words of 200 to 600 ms: the hardest thing to interrupt an agent with.
#[test]
fn short_words_on_the_telephone_are_found() {
    let pieces = vad_support::digits();
    if pieces.is_empty() {
        return;
    }
    let track = vad_support::track(&pieces);
    let noise = noise::pink(track.pcm.len(), 4);
    for engine in vad_support::engines() {
        for (noise_db, most_missed) in [(-96.0, 0.05), (-45.0, 0.05), (-35.0, 0.2)] {
            let found = measure(&engine, &track, &mix(&track.pcm, &noise, noise_db));
            println!(
                "{} digits, pink noise at {noise_db} dBFS: {} words, {} missed, {} clear, {} false starts",
                name(&engine),
                found.utterances,
                found.missed,
                found.clear.len(),
                found.false_starts
            );
            println!("   any start  {}", line(&found.any));
            println!("   clear      {}", line(&found.clear));
            println!("   end told   {}", line(&found.ends));
            let n = found.utterances as f64;
            assert!(found.missed as f64 <= n * most_missed, "missed");
            assert!(quantile(&found.any, 0.5) <= 120, "onset too late");
            assert!(found.false_starts as f64 <= n * 0.1, "false starts");
        }
    }
}
