//! Signals, labels and weights for the tests of voice activity.
#![expect(dead_code, reason = "each test file is a program of its own and uses a part of this")]

pub(crate) mod noise;

use std::path::PathBuf;
use std::process::Command;

use tom_audio::Frame;
use tom_base::{MediaTime, Rate, Span};
use tom_engine::{Edge, Onset, Vad};
use tom_models::vad::{Isa, SILERO_FILE, VadChoice, VadEngine, VadTuning};

/// The level speech is brought to, dBFS.
pub(crate) const SPEECH_DB: f32 = -25.0;
/// A start this long before the label, in samples, still belongs to the utterance: breath, or a sound softer than
/// the label asks for.
pub(crate) const EARLY: usize = 4_800;
/// 10 ms frames of clean speech above this are voiced, dBFS.
const VOICED_DB: f32 = -45.0;

/// Where Silero's weights lie, if they do: the data directory as `tom` itself looks for it. Without them a
/// test prints why it did not run; where `CI` is set it fails, because CI fetches them.
pub(crate) fn weights() -> Option<PathBuf> {
    let dirs = [
        std::env::var_os("TOM_DATA_DIR").map(PathBuf::from),
        std::env::var_os("XDG_DATA_HOME").map(|d| PathBuf::from(d).join("tom")),
        std::env::var_os("HOME").map(|d| PathBuf::from(d).join(".local/share/tom")),
    ];
    let tried: Vec<PathBuf> =
        dirs.into_iter().flatten().map(|d| d.join("models").join(SILERO_FILE)).collect();
    let found = tried.iter().find(|p| p.is_file()).cloned();
    if found.is_none() {
        missing(&format!("Silero's weights are at none of {tried:?}"));
    }
    found
}

/// Says why a part of a test did not run; fails where nothing may be missing.
pub(crate) fn missing(reason: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI must have this: {reason}");
    println!("NOT RUN: {reason}");
}

/// An engine's name and the instructions it runs on.
pub(crate) fn name(engine: &VadEngine) -> String {
    engine.isa().map_or(engine.name().into(), |isa| format!("{} {isa:?}", engine.name()))
}

/// The detectors that can be had here, Silero on every set of instructions.
pub(crate) fn engines() -> Vec<VadEngine> {
    let tuning = VadTuning::default();
    let mut engines = vec![VadEngine::load(None, VadChoice::Earshot, &tuning).unwrap()];
    if let Some(file) = weights() {
        let load = || VadEngine::load(file.parent(), VadChoice::Silero, &tuning).unwrap();
        engines.extend(Isa::all().map(|isa| load().on(isa)));
    }
    engines
}

/// The recorded address of J. F. Kennedy, 16 kHz; it lies beside the checkout, not in it.
pub(crate) fn jfk() -> Option<Vec<i16>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/speech/jfk.wav");
    match std::fs::read(path) {
        Ok(bytes) => Some(tom_audio::wav::read(&bytes).unwrap().to_mono_16k()),
        Err(e) => {
            println!("NOT RUN on recorded speech: ../shared/data/speech/jfk.wav: {e}");
            None
        }
    }
}

/// Single digits by two people over the telephone (8 kHz), brought to 16 kHz; they lie beside the checkout.
pub(crate) fn digits() -> Vec<Vec<i16>> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/speech/digits");
    let mut files: Vec<PathBuf> = match std::fs::read_dir(dir) {
        Ok(entries) => entries.map(|e| e.unwrap().path()).collect(),
        Err(e) => {
            println!("NOT RUN on recorded digits: ../shared/data/speech/digits: {e}");
            return Vec::new();
        }
    };
    files.retain(|f| f.extension().is_some_and(|e| e == "wav"));
    files.sort();
    let read = |f: &PathBuf| tom_audio::wav::read(&std::fs::read(f).unwrap()).unwrap().to_mono_16k();
    files.iter().map(read).collect()
}

/// What is said to an agent that talks.
const SENTENCES: [&str; 8] = [
    "yes please I would like an appointment",
    "stop I meant Tuesday",
    "hello can you hear me",
    "what are your opening hours",
    "excuse me",
    "the number is four five seven two",
    "no thank you very much",
    "can I speak to a person",
];

/// Sentences spoken by flite, at most 16 kHz wide, each as a piece of its own.
pub(crate) fn flite() -> Vec<Vec<i16>> {
    spoken("flite", |n, text, out| {
        vec!["-voice".into(), ["slt", "rms", "awb"][n % 3].into(), "-t".into(), text.into(), "-o".into(), out]
    })
}

/// The same sentences spoken by espeak-ng.
pub(crate) fn espeak() -> Vec<Vec<i16>> {
    spoken("espeak-ng", |n, text, out| {
        vec!["-v".into(), ["en-us", "en-gb+f3"][n % 2].into(), "-w".into(), out, text.into()]
    })
}

fn spoken(program: &str, args: impl Fn(usize, &str, String) -> Vec<String>) -> Vec<Vec<i16>> {
    let dir = tempfile::tempdir().unwrap();
    let mut pieces = Vec::new();
    for (n, text) in SENTENCES.iter().enumerate() {
        let out = dir.path().join(format!("{n}.wav"));
        match Command::new(program).args(args(n, text, out.to_str().unwrap().into())).output() {
            Ok(done) if done.status.success() => {
                let bytes = std::fs::read(&out).unwrap();
                pieces.push(tom_audio::wav::read(&bytes).unwrap().to_mono_16k());
            }
            Ok(done) => panic!("{program} failed: {}", String::from_utf8_lossy(&done.stderr)),
            Err(e) => {
                missing(&format!("{program}, which makes speech, cannot be started: {e}"));
                break;
            }
        }
    }
    pieces
}

/// What a telephone leaves of it.
pub(crate) fn telephone(pcm: &[i16]) -> Vec<i16> {
    use tom_audio::resample::convert;
    let (mut codes, mut heard) = (Vec::new(), Vec::new());
    let law = tom_audio::g711::Law::Mu;
    law.encode_into(&convert(pcm, 16_000, 8_000), &mut codes);
    law.decode_into(&codes, &mut heard);
    convert(&heard, 8_000, 16_000)
}

/// Level in dBFS (full-scale square wave: 0).
pub(crate) fn level_db(pcm: &[f32]) -> f32 {
    let mean = pcm.iter().map(|x| x * x).sum::<f32>() / pcm.len().max(1) as f32;
    10.0 * (mean / (32_768.0 * 32_768.0)).max(1e-12).log10()
}

/// A track of clean speech and where it is voiced, in samples.
pub(crate) struct Track {
    pub(crate) pcm: Vec<f32>,
    pub(crate) voiced: Vec<(usize, usize)>,
}

/// Pieces of speech at [`SPEECH_DB`], each after at least 1.2 s of silence, at odd offsets so that onsets meet
/// frames and windows at every phase. Pauses under 300 ms belong to an utterance.
pub(crate) fn track(pieces: &[Vec<i16>]) -> Track {
    let mut pcm = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        let piece: Vec<f32> = piece.iter().map(|&x| f32::from(x)).collect();
        let gain = 10f32.powf((SPEECH_DB - level_db(&piece)) / 20.0);
        pcm.extend(std::iter::repeat_n(0.0, 19_200 + 97 * n));
        pcm.extend(piece.iter().map(|x| x * gain));
    }
    pcm.extend(std::iter::repeat_n(0.0, 16_000));
    let mut voiced: Vec<(usize, usize)> = Vec::new();
    for (n, frame) in pcm.chunks_exact(160).enumerate() {
        if level_db(frame) < VOICED_DB {
            continue;
        }
        let (from, to) = (n * 160, (n + 1) * 160);
        match voiced.last_mut() {
            Some(last) if from - last.1 < 4_800 => last.1 = to,
            _ => voiced.push((from, to)),
        }
    }
    // Noise of the recording between words is no utterance.
    voiced.retain(|(from, to)| to - from >= 1_600);
    Track { pcm, voiced }
}

/// Speech and noise of a level, as 16-bit samples.
pub(crate) fn mix(speech: &[f32], noise: &[f32], noise_db: f32) -> Vec<i16> {
    let gain = 10f32.powf((noise_db - level_db(noise)) / 20.0);
    speech
        .iter()
        .zip(noise.iter().cycle())
        .map(|(s, n)| (s + n * gain).clamp(-32_768.0, 32_767.0) as i16)
        .collect()
}

/// An edge and the sample at which it was told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) edge: Edge,
    pub(crate) told: usize,
}

impl Told {
    pub(crate) fn is_start(&self) -> bool {
        matches!(self.edge, Edge::Start { .. })
    }

    pub(crate) fn is_clear(&self) -> bool {
        matches!(self.edge, Edge::Start { onset: Onset::Clear, .. })
    }

    /// The edge's own moment, in samples.
    pub(crate) fn at(&self) -> usize {
        let (Edge::Start { at, .. } | Edge::Hiss { at } | Edge::End { at }) = self.edge;
        at.since(MediaTime::ZERO).as_samples(Rate::Hz16000) as usize
    }
}

impl Track {
    /// The first 10 ms of an utterance with a voice in them that is at most 12 dB softer than the whole: few
    /// changes of sign. Before it there may be a hiss ("six", "four"), breath, or an onset that noise would cover.
    pub(crate) fn voice(&self, (from, to): (usize, usize)) -> usize {
        let has_voice = |at: &usize| {
            let frame = &self.pcm[*at..at + 160];
            let changes = frame.windows(2).filter(|w| w[0] * w[1] < 0.0).count();
            level_db(frame) >= SPEECH_DB - 12.0 && changes < 32
        };
        (from..to).step_by(160).find(has_voice).unwrap_or(from)
    }
}

/// Feeds 20 ms frames and collects the edges.
pub(crate) fn listen(vad: &mut dyn Vad, pcm: &[i16]) -> Vec<Told> {
    let mut at = MediaTime::ZERO;
    let mut edges = Vec::new();
    for (n, frame) in pcm.chunks_exact(320).enumerate() {
        let edge = vad.push(Frame { at, rate: Rate::Hz16000, pcm: frame });
        at += Span::FRAME;
        edges.extend(edge.map(|edge| Told { edge, told: (n + 1) * 320 }));
    }
    edges
}

/// The value below which a share of sorted values lies.
pub(crate) fn quantile(sorted: &[i64], share: f64) -> i64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(0)
}
