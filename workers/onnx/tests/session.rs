//! Layer: real. rten and onnxruntime say the same of made-up models, which is what the reference says; what is wrong is told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use tom_tiny::Voice;
use tom_worker_onnx::session::{Choice, OnnxRuntime, Rten, Session, Tensor, find, open, within};

/// The library of onnxruntime; without it a test is left out on a machine of somebody's, and fails in CI.
fn library() -> Option<PathBuf> {
    let found = find();
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI installs onnxruntime: cargo xtask setup");
        eprintln!("skipped: onnxruntime is not found (cargo xtask setup brings it)");
    }
    found
}

/// What a session says for numbers of sounds, without noise.
fn spoken(session: &mut dyn Session, ids: &[i32], length: f32, speaker: Option<i32>) -> Vec<f32> {
    let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
    let count = ids.len();
    let input = Tensor::whole(&[1, count], ids);
    let lengths = Tensor::whole(&[1], vec![count as i64]);
    let scales = Tensor::floats(&[3], vec![0.0, length, 0.0]);
    let sid = Tensor::whole(&[1], vec![i64::from(speaker.unwrap_or_default())]);
    let mut inputs = vec![("input", &input), ("input_lengths", &lengths), ("scales", &scales)];
    if session.inputs().iter().any(|name| name == "sid") {
        inputs.push(("sid", &sid));
    }
    let output = session.outputs()[0].clone();
    let [found] = session.run(&inputs, &[&output]).unwrap().try_into().unwrap();
    found.into_floats().unwrap()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn both_say_what_the_reference_says() {
    let library = library();
    for golden in tom_tiny::golden().unwrap() {
        let model = golden.voice.model().unwrap();
        let mut rten = Rten::load(model.clone(), 1).unwrap();
        let ours = spoken(&mut rten, &golden.ids, golden.length, golden.speaker);
        assert!(worst(&ours, &golden.samples) < 1e-3, "rten, {:?}", golden.voice);
        let Some(library) = &library else { continue };
        let mut other = OnnxRuntime::load(library, &model, 1).unwrap();
        assert!(other.name().starts_with("onnxruntime"), "{}", other.name());
        let theirs = spoken(&mut other, &golden.ids, golden.length, golden.speaker);
        assert!(worst(&ours, &theirs) < 1e-3, "rten and onnxruntime, {:?}", golden.voice);
    }
}

#[test]
fn a_voice_of_full_size_is_the_same_in_both() {
    let Some(library) = library() else { return };
    let model = Voice::Medium.model().unwrap();
    let ids: Vec<i32> = (0..41).map(|n| if n % 2 == 0 { 0 } else { 3 + n % 50 }).collect();
    let ours = spoken(&mut Rten::load(model.clone(), 1).unwrap(), &ids, 1.0, None);
    let theirs = spoken(&mut OnnxRuntime::load(&library, &model, 1).unwrap(), &ids, 1.0, None);
    let loudest = ours.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    assert!(worst(&ours, &theirs) < 0.01 * loudest.max(1e-3), "{} of {loudest}", worst(&ours, &theirs));
}

#[test]
fn what_is_wrong_is_told_and_the_next_question_answered() {
    let model = Voice::Small.model().unwrap();
    let mut sessions: Vec<Box<dyn Session>> = vec![Box::new(Rten::load(model.clone(), 1).unwrap())];
    if let Some(library) = library() {
        assert!(OnnxRuntime::load(&library, b"no model", 1).is_err());
        sessions.push(Box::new(OnnxRuntime::load(&library, &model, 1).unwrap()));
    }
    for session in &mut sessions {
        let who = session.name();
        let scales = Tensor::floats(&[3], vec![0.0, 1.0, 0.0]);
        assert!(session.run(&[("nobody", &scales)], &["output"]).is_err(), "{who}");
        let short = Tensor::floats(&[4], vec![0.0]);
        assert!(session.run(&[("scales", &short)], &["output"]).is_err(), "{who}");
        let golden = tom_tiny::golden().unwrap().into_iter().find(|g| g.voice == Voice::Small).unwrap();
        assert_eq!(
            spoken(session.as_mut(), &golden.ids, golden.length, None).len(),
            golden.samples.len(),
            "{who}"
        );
    }
    assert!(Rten::load(b"no model".to_vec(), 1).is_err());
}

#[test]
fn a_file_is_loaded_by_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = Voice::Small.write(folder.path(), "en-us").unwrap();
    assert_eq!(open(&path, Choice::Rten, 1).unwrap().name(), "rten");
    let auto = open(&path, Choice::Auto, 1).unwrap().name();
    match library() {
        Some(_) => assert!(auto.starts_with("onnxruntime"), "{auto}"),
        None => assert_eq!(auto, "rten"),
    }
    let nowhere = open(&folder.path().join("no.onnx"), Choice::Auto, 1).err().unwrap();
    assert!(nowhere.contains("cannot be read"), "{nowhere}");
}

#[test]
fn the_library_of_a_python_package_is_found() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(within(folder.path()), None);
    let capi = folder.path().join("python3.11/dist-packages/onnxruntime/capi");
    std::fs::create_dir_all(&capi).unwrap();
    std::fs::write(capi.join("onnxruntime_pybind11_state.so"), "").unwrap();
    assert_eq!(within(folder.path()), None);
    std::fs::write(capi.join("libonnxruntime.so.1.32.0"), "").unwrap();
    assert_eq!(within(folder.path()), Some(capi.join("libonnxruntime.so.1.32.0")));
}
