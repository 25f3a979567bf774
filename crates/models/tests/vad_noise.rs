//! Layer: real. How often noise alone is taken for speech, in starts per minute.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::panic, reason = "a test")]

mod vad_support;

use vad_support::{listen, mix, name, noise};

const MINUTE: usize = 60 * 16_000;

#[test]
fn noise_alone_rarely_starts_speech() {
    let mut kinds = vec![
        ("silence", vec![1e-6; 16_000], -96.0, 0, 0),
        ("white", noise::white(MINUTE, 11), -40.0, 1, 2),
        ("white", noise::white(MINUTE, 12), -30.0, 1, 2),
        ("pink", noise::pink(MINUTE, 13), -40.0, 1, 2),
        ("pink", noise::pink(MINUTE, 14), -30.0, 1, 2),
        ("hum", noise::hum(MINUTE), -30.0, 1, 2),
        ("band 300 Hz", noise::band(MINUTE, 300.0, 60.0, 15), -35.0, 3, 8),
        ("band 1 kHz", noise::band(MINUTE, 1000.0, 100.0, 16), -35.0, 3, 8),
        ("clicks", noise::clicks(MINUTE, 17), -40.0, 0, 4),
        ("coughs", noise::coughs(MINUTE, 18), -30.0, 30, 30),
    ];
    let mut pieces = vad_support::flite();
    pieces.extend(vad_support::jfk());
    if !pieces.is_empty() {
        let speech: Vec<f32> = pieces.concat().into_iter().map(f32::from).collect();
        // People in the background are people: only reported, with a wide bound.
        kinds.push(("babble", noise::babble(&speech, MINUTE), -40.0, 60, 90));
    }
    let nobody = vec![0.0; MINUTE];
    for engine in vad_support::engines() {
        for (kind, noise, db, most_clear, most) in &kinds {
            let told = listen(&mut *engine.open(), &mix(&nobody, noise, *db));
            let starts = told.iter().filter(|t| t.is_start()).count();
            let clear = told.iter().filter(|t| t.is_clear()).count();
            println!(
                "{:15} {kind:12} {db:4} dBFS: {clear:3} clear, {starts:3} starts a minute",
                name(&engine)
            );
            assert!(clear <= *most_clear, "{clear} clear starts in {kind}");
            assert!(starts <= *most, "{starts} starts in {kind}");
        }
    }
}
