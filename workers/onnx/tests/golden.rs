//! Layer: real. The spectrum and the judgements are those of the published extractor and of onnxruntime.
//!
//! `golden/make.py` made what is expected; the waves are made here by the same rules. Without the weights
//! (`cargo xtask setup` fetches them) only the spectra are compared.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::f64::consts::{PI, TAU};
use std::path::PathBuf;

use tom_worker_onnx::Network;
use tom_worker_onnx::features::{BANDS, Features};

const RATE: f64 = 16_000.0;

/// A linear congruential generator: uniform in [-1, 1).
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0) / 2f64.powi(31) - 1.0
    }
}

/// Harmonics of a gliding pitch in syllables of 0.2 s, with a little noise, then near silence.
fn voice(seconds: f64, seed: u32, trailing: f64) -> Vec<f64> {
    let (mut hiss, mut phase) = (Noise(seed), 0.0);
    let mut out: Vec<f64> = (0..(seconds * RATE) as usize)
        .map(|n| {
            let t = n as f64 / RATE;
            let pitch = 120.0 + 30.0 * (TAU * 0.4 * t).sin() - 8.0 * t;
            phase += TAU * pitch / RATE;
            let syllable = ((t / 0.2) as u32).is_multiple_of(2);
            let loud = if syllable { (PI * t / 0.2).sin().max(0.0) } else { 0.3 };
            let centre = 600.0 + 400.0 * (TAU * 1.7 * t).sin();
            let harmonic = |k: f64| (k * phase).sin() * (-((k * pitch - centre) / 500.0).powi(2)).exp();
            let tone: f64 = (1..25).map(|k| harmonic(f64::from(k))).sum();
            6000.0 * loud * tone + 40.0 * hiss.next()
        })
        .collect();
    out.extend((0..(trailing * RATE) as usize).map(|_| 10.0 * hiss.next()));
    out
}

/// A tone that rises evenly, with an offset.
fn chirp(seconds: f64, low: f64, high: f64) -> Vec<f64> {
    let count = seconds * RATE;
    let turn = |n: f64| TAU * (low * n + (high - low) * n * n / (2.0 * count)) / RATE;
    (0..count as usize).map(|n| 8000.0 * turn(n as f64).sin() + 300.0).collect()
}

fn hiss(seconds: f64, seed: u32) -> Vec<f64> {
    let mut source = Noise(seed);
    (0..(seconds * RATE) as usize).map(|_| 3000.0 * source.next()).collect()
}

fn wave(name: &str) -> Vec<i16> {
    let samples = match name {
        "voice 1.5 s" => voice(1.5, 1, 0.064),
        "voice 3 s" => voice(3.0, 2, 0.2),
        "voice 7.9 s" => voice(7.9, 3, 0.1),
        "voice 10 s" => voice(10.0, 4, 0.4),
        "chirp 2 s" => chirp(2.0, 100.0, 4000.0),
        "chirp 9 s" => chirp(9.0, 50.0, 7900.0),
        "noise 0.5 s" => hiss(0.5, 5),
        "noise 8 s" => hiss(8.0, 6),
        "nothing" => Vec::new(),
        other => panic!("no rule for {other}"),
    };
    samples.iter().map(|x| (x + 0.5).floor() as i16).collect()
}

fn golden() -> serde_json::Value {
    serde_json::from_str(include_str!("golden/smart_turn.json")).unwrap()
}

/// The weights, where setup puts them.
fn weights() -> Option<Vec<u8>> {
    let set = |name| std::env::var_os(name).filter(|x| !x.is_empty()).map(PathBuf::from);
    let data = set("TOM_DATA_DIR")
        .or_else(|| Some(set("XDG_DATA_HOME")?.join("tom")))
        .or_else(|| Some(set("HOME")?.join(".local/share/tom")))?;
    let file = std::fs::read(data.join("models/smart-turn-v3.2-cpu.onnx")).ok();
    if file.is_none() {
        assert!(std::env::var_os("CI").is_none(), "the weights of smart-turn are missing: cargo xtask setup");
        eprintln!("not tested: the weights of smart-turn are missing (cargo xtask setup fetches them)");
    }
    file
}

/// The recording whose judgements are known, if it lies beside the checkout.
fn recording() -> Option<Vec<i16>> {
    let file = std::fs::read("../../../shared/data/speech/jfk.wav").ok()?;
    let data = file.windows(4).position(|four| four == b"data")? + 8;
    Some(file[data..].as_chunks().0.iter().map(|two| i16::from_le_bytes(*two)).collect())
}

#[test]
fn spectra_are_those_of_whispers_extractor() {
    let mut features = Features::default();
    let mut compare = |name: &str, wave: &[i16], expected: &serde_json::Value| {
        let spectrum = features.spectrum(wave);
        for spot in expected["spectrum"].as_array().unwrap() {
            let (band, frame) = (spot[0].as_u64().unwrap() as usize, spot[1].as_u64().unwrap() as usize);
            let (got, want) = (spectrum[frame * BANDS + band], spot[2].as_f64().unwrap() as f32);
            assert!((got - want).abs() < 1e-4, "{name}: band {band} of frame {frame} is {got}, not {want}");
        }
    };
    let golden = golden();
    for (name, expected) in golden["made"].as_object().unwrap() {
        compare(name, &wave(name), expected);
    }
    let recording = recording().unwrap_or_default();
    for (ms, expected) in golden["jfk"].as_object().unwrap().iter().filter(|_| !recording.is_empty()) {
        compare(ms, &recording[..ms.parse::<usize>().unwrap() * 16], expected);
    }
}

/// Runtimes differ in where they round to bytes, and onnxruntime itself by up to 0.09 between its levels of
/// optimisation; a judgement has to lie that near to one of the two.
#[test]
fn judgements_are_those_of_onnxruntime() {
    let Some(file) = weights() else {
        return;
    };
    let mut features = Features::default();
    let mut bytes = Network::load(&file).unwrap();
    let mut floats = Network::load_in_floats(&file).unwrap();
    let mut compare = |name: &str, wave: &[i16], expected: &serde_json::Value| {
        let spectrum = features.spectrum(wave);
        let got = bytes.judge(spectrum).unwrap();
        let want: Vec<f32> =
            expected["p"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap() as f32).collect();
        println!("{name}: {got:.3}, onnxruntime {want:.3?}");
        let near = want.iter().map(|want| (got - want).abs()).fold(f32::MAX, f32::min);
        assert!(near < 0.08, "{name}: {got}, not {want:?}");
        // Where whole numbers cannot be multiplied exactly, products are made in floats: slower, and the same.
        if name.starts_with("voice") {
            assert_eq!(got, floats.judge(spectrum).unwrap(), "{name}: in floats");
        }
    };
    let golden = golden();
    for (name, expected) in golden["made"].as_object().unwrap() {
        compare(name, &wave(name), expected);
    }
    let recording = recording().unwrap_or_default();
    for (ms, expected) in golden["jfk"].as_object().unwrap().iter().filter(|_| !recording.is_empty()) {
        compare(ms, &recording[..ms.parse::<usize>().unwrap() * 16], expected);
    }
}
