//! Layer: real. A made-up Whisper sees, computes and says what the reference does: spectrum, states, scores, tokens.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use tom_tiny::{wave, whisper_golden};
use tom_worker_onnx::whisper::{Found, Mel, Task, Whisper, decode, share};

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as f32).collect()
}

fn tokens(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as u32).collect()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn wave_of(case: &Value) -> Vec<i16> {
    wave(count(&case["seed"]) as u32, count(&case["samples"]))
}

/// The largest difference.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The same, as a share of the largest number.
fn relative(a: &[f32], b: &[f32]) -> f32 {
    apart(a, b) / b.iter().map(|x| x.abs()).fold(0.0, f32::max)
}

fn load(kind: tom_tiny::Whisper) -> Whisper {
    let folder = tempfile::tempdir().unwrap();
    kind.write(folder.path()).unwrap();
    Whisper::load(folder.path(), 1).unwrap()
}

fn find(whisper: &Whisper, states: &rten::Value, task: &Task<'_>) -> Found {
    decode::<String>(&whisper.decoder, &whisper.config, states, task, || Ok(true)).unwrap().unwrap()
}

#[test]
fn spectra_are_those_of_the_reference() {
    for golden in whisper_golden().unwrap()["mels"].as_array().unwrap() {
        let bands = count(&golden["bands"]);
        let spectrum = Mel::new(bands).spectrum(&wave_of(golden), 3_000);
        let frames = golden["frames"].as_array().unwrap().iter().map(count);
        let shown: Vec<f32> = frames
            .flat_map(|frame| (0..bands).map(|band| spectrum[band * 3_000 + frame]).collect::<Vec<_>>())
            .collect();
        let worst = apart(&shown, &numbers(&golden["values"]));
        assert!(worst < 1e-4, "{bands} bands: {worst}");
    }
}

#[test]
fn states_scores_and_tokens_are_those_of_the_reference_in_windows_of_any_length() {
    let mut whisper = load(tom_tiny::Whisper::Small);
    assert!(whisper.encoder.is_free() && whisper.decoder.tells_looks() && !whisper.quantised);
    for case in whisper_golden().unwrap()["cases"].as_array().unwrap() {
        let frames = count(&case["frames"]);
        let spectrum = whisper.mel.spectrum(&wave_of(case), frames);
        let states = whisper.encoder.encode(&spectrum, frames).unwrap();
        let all: rten_tensor::NdTensor<f32, 3> = states.clone().try_into().unwrap();
        let size = whisper.config.states;
        let shown: Vec<f32> = case["places"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|place| (0..size).map(|n| all[[0, count(place), n]]).collect::<Vec<_>>())
            .collect();
        let worst = relative(&shown, &numbers(&case["states"]));
        assert!(worst < 2e-3, "states of {frames} frames: {worst}");

        let prompt = tokens(&case["prompt"]);
        let (scores, _) = whisper.decoder.begin(&states, &prompt).unwrap();
        let worst = relative(scores.row(prompt.len() - 1), &numbers(&case["logits"]));
        assert!(worst < 2e-3, "scores over {frames} frames: {worst}");
        let silence = share(scores.row(0), whisper.config.untimed - 1);
        assert!((silence - case["silence"].as_f64().unwrap() as f32).abs() < 1e-5);
        let before: Vec<u32> = std::iter::once(whisper.config.previous.unwrap())
            .chain([40, 72, 105, 257])
            .chain(prompt.iter().copied())
            .collect();
        let (scores, _) = whisper.decoder.begin(&states, &before).unwrap();
        let worst = relative(scores.row(before.len() - 1), &numbers(&case["told"]));
        assert!(worst < 2e-3, "scores with a prompt: {worst}");

        let text = &tokens(&case["tokens"])[..20];
        let begins = whisper.begins(&states, &prompt, text, count(&case["samples"])).unwrap();
        let golden: Vec<usize> = case["begins"].as_array().unwrap().iter().map(count).collect();
        assert_eq!(begins, golden, "where words begin in {frames} frames");
        let language = whisper.hear_language(&states).unwrap().0;
        assert_eq!(whisper.config.language(case["language"].as_str().unwrap()), Some(language));

        for (name, timed) in [("tokens", false), ("timed", true)] {
            let golden = tokens(&case[name]);
            let prompt = if timed { &prompt[..3] } else { &prompt };
            let task = Task { prompt, start: 0, timed, seconds: 2.0, draft: &[], forced: None };
            let found = find(&whisper, &states, &task);
            assert_eq!(found.tokens, golden, "{name} of {frames} frames");
            // The same with a guess that is right, and with one that is wrong somewhere.
            let guessed = find(&whisper, &states, &Task { draft: &golden, ..task });
            assert_eq!((guessed.held, &guessed.tokens), (golden.len(), &golden));
            assert!((guessed.log - found.log).abs() < 1e-4);
            let mut wrong = golden.clone();
            wrong.truncate(6);
            if let Some(token) = wrong.get_mut(3) {
                *token = 5;
            }
            wrong.push(7);
            assert_eq!(find(&whisper, &states, &Task { draft: &wrong, ..task }).tokens, golden);
        }
    }
}

#[test]
fn a_decoder_in_two_files_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let kind = tom_tiny::Whisper::Untimed;
    kind.write(folder.path()).unwrap();
    std::fs::remove_file(folder.path().join("decoder_model_merged.onnx")).unwrap();
    let onnx = folder.path().join("onnx");
    std::fs::create_dir(&onnx).unwrap();
    std::fs::rename(folder.path().join("encoder_model.onnx"), onnx.join("encoder_model.onnx")).unwrap();
    let [first, next] = kind.halves().unwrap();
    std::fs::write(onnx.join("decoder_model.onnx"), first).unwrap();
    std::fs::write(onnx.join("decoder_with_past_model.onnx"), next).unwrap();
    let mut whisper = Whisper::load(folder.path(), 2).unwrap();
    assert!(!whisper.decoder.tells_looks());
    let golden = whisper_golden().unwrap();
    let case = &golden["cases"][0];
    let spectrum = whisper.mel.spectrum(&wave_of(case), 3_000);
    let states = whisper.encoder.encode(&spectrum, 3_000).unwrap();
    let prompt = tokens(&case["prompt"]);
    let task = Task { prompt: &prompt, start: 0, timed: false, seconds: 2.0, draft: &[], forced: None };
    assert_eq!(find(&whisper, &states, &task).tokens, tokens(&case["tokens"]));
    let stopped = decode::<String>(&whisper.decoder, &whisper.config, &states, &task, || Ok(false)).unwrap();
    assert_eq!(stopped, None, "nobody wants it any more");
}

#[test]
fn whole_numbers_stay_within_their_spread() {
    let mut whisper = load(tom_tiny::Whisper::Whole);
    assert!(whisper.quantised && whisper.encoder.is_free());
    let golden = whisper_golden().unwrap();
    let case = &golden["cases"][0];
    let spectrum = whisper.mel.spectrum(&wave_of(case), 3_000);
    let states = whisper.encoder.encode(&spectrum, 3_000).unwrap();
    let prompt = tokens(&case["prompt"]);
    let (scores, _) = whisper.decoder.begin(&states, &prompt).unwrap();
    let row = scores.row(prompt.len() - 1);
    // Another runtime rounds other numbers up, and full numbers are further away.
    let (own, full) =
        (relative(row, &numbers(&golden["whole"]["logits"])), relative(row, &numbers(&case["logits"])));
    println!("scores in whole numbers: {own} from onnxruntime's, {full} from full numbers");
    assert!(own < 0.02 && full < 0.05, "{own} {full}");
}
