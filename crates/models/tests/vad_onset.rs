//! Layer: real. How long after the caller's first sound, and first voiced sound, the detector tells a clear
//! beginning (which pauses the agent), and how often noise, babble and music bring one. Both numbers together:
//! either is easy alone. Deterministic: the clock is the audio, in frames of 20 ms.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::panic, reason = "a test")]

mod vad_support;

use tom_models::vad::VadEngine;
use vad_support::{EARLY, SPEECH_DB, Track, listen, mix, name, noise, quantile, telephone, track};

struct Onsets {
    utterances: usize,
    /// Milliseconds from the first sound, and from the first voiced sound.
    sound: Vec<i64>,
    voice: Vec<i64>,
}

fn onsets(engine: &VadEngine, track: &Track, pcm: &[i16]) -> Onsets {
    let told = listen(&mut *engine.open(), pcm);
    let mut found = Onsets { utterances: track.voiced.len(), sound: Vec::new(), voice: Vec::new() };
    for &(from, to) in &track.voiced {
        let clear = told.iter().find(|t| t.is_clear() && t.told + EARLY > from && t.told <= to + 1_600);
        let Some(clear) = clear else {
            continue;
        };
        let since = |start: usize| ((clear.told as i64 - start as i64) / 16).max(0);
        found.sound.push(since(from));
        found.voice.push(since(track.voice((from, to))));
    }
    found.sound.sort_unstable();
    found.voice.sort_unstable();
    found
}

fn line(v: &[i64]) -> String {
    format!("p50 {:3} p95 {:3} max {:3}", quantile(v, 0.5), quantile(v, 0.95), quantile(v, 1.0))
}

#[test]
fn a_clear_beginning_is_told_within_two_windows() {
    let mut sentences = vad_support::flite();
    sentences.extend(vad_support::espeak());
    sentences.extend(vad_support::jfk());
    let over_telephone: Vec<_> = sentences.iter().map(|pcm| telephone(pcm)).collect();
    let sources = [
        ("sentences", sentences),
        ("sentences, telephone", over_telephone),
        ("digits, telephone", vad_support::digits()),
    ];
    for engine in vad_support::engines() {
        for (source, pieces) in sources.iter().filter(|(_, pieces)| !pieces.is_empty()) {
            let track = track(pieces);
            let len = track.pcm.len();
            let noises = [
                ("comfort noise -60 dBFS", noise::white(len, 1), -60.0),
                ("white, 20 dB SNR", noise::white(len, 1), SPEECH_DB - 20.0),
                ("pink, 20 dB SNR", noise::pink(len, 2), SPEECH_DB - 20.0),
            ];
            for (kind, noise, db) in &noises {
                let found = onsets(&engine, &track, &mix(&track.pcm, noise, *db));
                println!(
                    "{:15} {source:20} {kind:22}: {}/{} clear; ms from sound {}; from voice {}",
                    name(&engine),
                    found.sound.len(),
                    found.utterances,
                    line(&found.sound),
                    line(&found.voice),
                );
                assert!(found.sound.len() * 50 >= found.utterances * 49, "missed");
                if engine.name() == "silero" {
                    assert!(quantile(&found.voice, 0.5) <= 50, "late as a rule");
                    assert!(quantile(&found.voice, 0.95) <= 64, "late now and then");
                }
            }
        }
    }
}

#[test]
fn what_is_no_caller_rarely_pauses_the_agent() {
    const MINUTES: usize = 2;
    let len = MINUTES * 60 * 16_000;
    let mut kinds = vec![
        ("pink", noise::pink(len, 31), -30.0, 0.5),
        ("pink", noise::pink(len, 32), -45.0, 0.5),
        ("music", noise::music(len, 33), -30.0, 4.0),
        ("music", noise::music(len, 34), -40.0, 4.0),
        ("clicks", noise::clicks(len, 35), -40.0, 0.5),
        ("coughs", noise::coughs(len, 36), -30.0, 2.0),
    ];
    let mut pieces = vad_support::flite();
    pieces.extend(vad_support::jfk());
    if !pieces.is_empty() {
        let speech: Vec<f32> = pieces.concat().into_iter().map(f32::from).collect();
        kinds.push(("babble", noise::babble(&speech, len), -40.0, 20.0));
    }
    let nobody = vec![0.0; len];
    for engine in vad_support::engines() {
        for (kind, noise, db, most) in &kinds {
            let told = listen(&mut *engine.open(), &mix(&nobody, noise, *db));
            let a_minute = |n: usize| n as f64 / MINUTES as f64;
            let clear = a_minute(told.iter().filter(|t| t.is_clear()).count());
            let all = a_minute(told.iter().filter(|t| t.is_start()).count());
            println!("{:15} {kind:8} {db} dBFS: {clear:.1} clear, {all:.1} starts a minute", name(&engine));
            if engine.name() == "silero" {
                assert!(clear <= *most, "{kind}");
            }
        }
    }
}
