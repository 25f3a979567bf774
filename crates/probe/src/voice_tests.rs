//! Layer: pure. Edges of sounds whose edges are known.
use super::*;

/// Silence, a tone of that amplitude, silence; in samples.
fn sound(before: usize, tone: usize, after: usize, amplitude: f64) -> Vec<i16> {
    let mut pcm = vec![0; before];
    pcm.extend((0..tone).map(|n| (amplitude * (n as f64 * 0.4).sin()) as i16));
    pcm.resize(before + tone + after, 0);
    pcm
}

#[test]
fn edges_are_found_to_five_milliseconds() {
    let pcm = sound(1_600, 8_000, 800, 3_000.0);
    assert_eq!(edges(&pcm), Some((1_600, 9_599)));
    // An onset within a step belongs to that step.
    let (first, last) = edges(&sound(1_630, 8_000, 800, 3_000.0)).unwrap();
    assert_eq!((first, last), (1_600, 9_679));
}

#[test]
fn the_threshold_is_minus_fifty_dbfs() {
    // A sine has an RMS of its amplitude / sqrt 2; -50 dBFS is an RMS of 103.6.
    assert!(edges(&sound(0, 1_600, 0, 103.6 * 1.414 * 1.05)).is_some());
    assert_eq!(edges(&sound(0, 1_600, 0, 103.6 * 1.414 * 0.95)), None);
    let tone = sound(0, 320, 0, 3_000.0);
    assert_eq!(is_audible(&envelope(&tone)), tom_audio::level::is_audible(&tone));
}

#[test]
fn a_click_too_short_to_fill_twenty_milliseconds_counts_by_its_energy() {
    // 5 ms at -50 dBFS + 5 dB are less than 20 ms at -50 dBFS; at + 7 dB they are more.
    assert_eq!(edges(&sound(800, 80, 800, 103.6 * 1.414 * 1.78)), None);
    assert!(edges(&sound(800, 80, 800, 103.6 * 1.414 * 2.4)).is_some());
}

#[test]
fn bytes_and_samples_have_one_envelope() {
    let pcm = sound(100, 200, 20, 5_000.0);
    assert_eq!(envelope(&pcm), envelope_of_bytes(&tom_wire::pcm_to_bytes(&pcm)));
    assert_eq!(envelope(&[i16::MIN; FRAME]), [32_768; STEPS]);
    assert_eq!(envelope_of_bytes(&[1]), [0; STEPS]);
}

#[test]
fn a_pause_within_a_recording_is_found() {
    let mut pcm = sound(320, 3_200, 4_800, 3_000.0);
    pcm.extend(sound(0, 3_200, 320, 3_000.0));
    assert_eq!(pauses(&pcm, 1_600), [(3_520, 4_800)]);
    assert!(pauses(&pcm, 4_801).is_empty());
    assert!(pauses(&[0; 1_000], 0).is_empty());
}
