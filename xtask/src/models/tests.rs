//! Layer: pure. The pinned files of the catalogue, and files compared with their pins.
use std::fs;

use super::{State, pins, state};

const OURS: &str = include_str!("../../../crates/shelf/data/catalogue.toml");

#[test]
fn our_own_pins_are_right() {
    let names: Vec<String> = pins(OURS).unwrap().into_iter().map(|m| m.file).collect();
    assert_eq!(names, ["silero_vad_16k.safetensors", "smart-turn-v3.2-cpu.onnx"]);
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    for (from, to, reason) in [
        ("sha256 = \"c59", "sha256 = \"C59", "hexadecimal"),
        ("path = \"silero", "path = \"../silero", "plain file name"),
        ("path = \"silero", "path = \".silero", "plain file name"),
        ("bytes = 1239748", "bytes = 0", "a size"),
        ("wheel = \"silero-vad\", ", "", "in no wheel"),
        ("name = \"silero-vad\"", "name = \"silero\"", "is not there"),
    ] {
        let text = OURS.replacen(from, to, 1);
        assert_ne!(text, OURS, "{from}");
        let error = format!("{:#}", pins(&text).unwrap_err());
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_file_is_missing_right_or_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x");
    let mut model = pins(OURS).unwrap().remove(0);
    model.bytes = 3;
    // SHA-256 of "abc", as FIPS 180-4 gives it.
    model.sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into();
    assert_eq!(state(&model, &file).unwrap(), State::Missing);
    fs::write(&file, "abc").unwrap();
    assert_eq!(state(&model, &file).unwrap(), State::Right);
    fs::write(&file, "abd").unwrap();
    assert_eq!(state(&model, &file).unwrap(), State::Wrong);
    fs::write(&file, "abcd").unwrap();
    assert_eq!(state(&model, &file).unwrap(), State::Wrong);
}
