//! Layer: real. A network that is not asked during silence finds what one finds that hears everything.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::panic, reason = "a test")]

mod vad_support;

use std::sync::Arc;

use tom_models::vad::silero::SileroModel;
use tom_models::vad::{Isa, SileroVad, VadConfig};
use vad_support::{EARLY, SPEECH_DB, Told, listen, mix, noise, quantile, track};

/// Windows of 32 ms in a signal, for the share that was asked about.
fn windows(pcm: &[i16]) -> u64 {
    pcm.len() as u64 / 512
}

/// The first clear start inside of an utterance, or shortly before its label.
fn clear(told: &[Told], (from, to): (usize, usize)) -> Option<usize> {
    told.iter().find(|t| t.is_clear() && t.told + EARLY > from && t.told <= to + 1_600).map(|t| t.told)
}

/// Starts outside of all utterances.
fn false_starts(told: &[Told], voiced: &[(usize, usize)]) -> usize {
    let outside = |t: &Told| !voiced.iter().any(|(from, to)| t.told + EARLY > *from && t.told <= to + 3_200);
    told.iter().filter(|t| t.is_start() && outside(t)).count()
}

#[test]
fn silence_that_is_skipped_costs_no_beginning() {
    let Some(file) = vad_support::weights() else {
        return;
    };
    let model = Arc::new(SileroModel::load(&file).unwrap());
    let open = || SileroVad::new(model.clone(), VadConfig::silero(), Isa::best());
    let mut pieces = vad_support::flite();
    pieces.extend(vad_support::espeak());
    pieces.extend(vad_support::jfk());
    pieces.extend(vad_support::digits());
    if pieces.is_empty() {
        return;
    }
    let track = track(&pieces);
    let len = track.pcm.len();
    // At most so many questions per window. Music is never silence.
    let noises = [
        ("digital silence", noise::white(len, 1), -96.0, 0.6),
        ("comfort noise", noise::white(len, 1), -60.0, 0.6),
        ("white, 20 dB SNR", noise::white(len, 2), SPEECH_DB - 20.0, 0.6),
        ("pink, 10 dB SNR", noise::pink(len, 3), SPEECH_DB - 10.0, 0.6),
        ("hum, 20 dB SNR", noise::hum(len), SPEECH_DB - 20.0, 0.6),
        ("music, 20 dB SNR", noise::music(len, 4), SPEECH_DB - 20.0, 1.5),
    ];
    for (kind, noise, db, most) in &noises {
        let pcm = mix(&track.pcm, noise, *db);
        let (mut gated, mut all) = (open(), open().ungated());
        let (with, without) = (listen(&mut gated, &pcm), listen(&mut all, &pcm));
        let mut later: Vec<i64> = track
            .voiced
            .iter()
            .filter_map(|u| Some((clear(&with, *u)? as i64 - clear(&without, *u)? as i64) / 16))
            .collect();
        later.sort_unstable();
        let found = |told: &[Told]| track.voiced.iter().filter(|u| clear(told, **u).is_some()).count();
        let (found_with, found_without) = (found(&with), found(&without));
        let (wrong_with, wrong_without) =
            (false_starts(&with, &track.voiced), false_starts(&without, &track.voiced));
        let share = |vad: &SileroVad| vad.asked() as f64 / windows(&pcm) as f64;
        println!(
            "{kind:16}: asked {:.2} times a window, ungated {:.2}; clear {found_with} and {found_without} of {}; \
             later by p5 {} p50 {} p95 {} max {} ms; false starts {wrong_with} and {wrong_without}",
            share(&gated),
            share(&all),
            track.voiced.len(),
            quantile(&later, 0.05),
            quantile(&later, 0.5),
            quantile(&later, 0.95),
            quantile(&later, 1.0),
        );
        assert!(share(&gated) <= *most, "the gate is shut where nobody speaks");
        assert!(found_with + 1 >= found_without, "utterances lost");
        assert!(quantile(&later, 0.5) <= 0 && quantile(&later, 0.95) <= 20, "later");
        assert!(wrong_with <= wrong_without + 2, "false starts");
    }
}

#[test]
fn a_quiet_line_costs_nothing() {
    let Some(file) = vad_support::weights() else {
        return;
    };
    let model = Arc::new(SileroModel::load(&file).unwrap());
    let mut vad = SileroVad::new(model, VadConfig::silero(), Isa::best());
    let line = mix(&vec![0.0; 60 * 16_000], &noise::white(60 * 16_000, 9), -60.0);
    assert!(listen(&mut vad, &line).is_empty());
    // The first windows are heard, until the noise floor is known and the memory at rest.
    assert!(vad.asked() * 20 < windows(&line), "asked {} times", vad.asked());
}
