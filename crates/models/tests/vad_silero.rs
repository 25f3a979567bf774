//! Layer: real. Silero's network as computed here against the ONNX runtime on the same weights, and what
//! happens to files that are not those weights.
//!
//! `tests/golden/silero_*.txt` hold one probability per window. They were computed by onnxruntime 1.31.1 from
//! the published graph (`silero_vad_16k_op15.onnx`) with the tensors of `silero_vad_16k.safetensors` put in
//! place of its own: in version 6.2.3 of the package the two files hold different trainings of the network.
#![expect(clippy::unwrap_used, reason = "a test")]
#![expect(clippy::panic, reason = "a test")]

mod vad_support;

use tom_models::vad::Isa;
use tom_models::vad::silero::{SileroModel, SileroState, WINDOW};
use vad_support::noise;

/// The bound of the issue.
const TOLERANCE: f32 = 1e-4;

fn golden(text: &str) -> Vec<f32> {
    text.lines().map(|l| l.parse().unwrap()).collect()
}

fn scores(model: &SileroModel, isa: Isa, pcm: &[i16]) -> Vec<f32> {
    let mut state = SileroState::on(isa);
    let (windows, _) = pcm.as_chunks::<WINDOW>();
    windows.iter().map(|w| model.window(&mut state, w)).collect()
}

fn compare(name: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{name}: windows");
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("{name}: {} windows, largest difference {worst:e}", ours.len());
    assert!(worst < TOLERANCE, "{name}: off by {worst}");
}

#[test]
fn probabilities_are_those_of_the_onnx_runtime() {
    let Some(file) = vad_support::weights() else {
        return;
    };
    let model = SileroModel::load(&file).unwrap();
    for isa in Isa::all() {
        let pcm = noise::voice_like(60 * WINDOW, 42);
        let theirs = golden(include_str!("golden/silero_voice_like.txt"));
        // The golden numbers mean something only if the signal moves the network.
        assert!(theirs.iter().any(|p| *p > 0.5) && theirs.iter().any(|p| *p < 0.1));
        compare(&format!("{isa:?}: synthetic voice"), &scores(&model, isa, &pcm), &theirs);
        if let Some(pcm) = vad_support::jfk() {
            let theirs = golden(include_str!("golden/silero_jfk.txt"));
            compare(&format!("{isa:?}: recorded speech"), &scores(&model, isa, &pcm), &theirs);
        }
    }
}

#[test]
fn a_reset_state_is_a_new_one() {
    let Some(file) = vad_support::weights() else {
        return;
    };
    let model = SileroModel::load(&file).unwrap();
    let pcm = noise::voice_like(20 * WINDOW, 7);
    let (windows, _) = pcm.as_chunks::<WINDOW>();
    let mut state = SileroState::default();
    let first: Vec<f32> = windows.iter().map(|w| model.window(&mut state, w)).collect();
    state.reset();
    let again: Vec<f32> = windows.iter().map(|w| model.window(&mut state, w)).collect();
    assert_eq!(first, again);
}
