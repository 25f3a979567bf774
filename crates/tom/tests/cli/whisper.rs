//! Layer: real. A Whisper with made-up weights understands recordings and calls, in words that mean nothing, and what is wrong with
//! one is said.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tom_tiny::Whisper;

use crate::serve::Serving;
use crate::support::{flite, json, stderr, stdout, tom};

/// A configuration with the model of a folder, and the folder.
fn configured(home: &Path, more: &str) -> (PathBuf, PathBuf) {
    let (model, file) = (home.join("made-up"), home.join("tom.toml"));
    std::fs::create_dir_all(&model).expect("made");
    Whisper::Small.write(&model).expect("written");
    let text = format!("[stt]\nengine = \"whisper\"\nmodel = \"{}\"\nthreads = 1\n{more}", model.display());
    std::fs::write(&file, text).expect("written");
    (file, model)
}

#[test]
fn a_recording_is_understood_with_the_times_of_its_words() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "what are your opening hours");
    let (file, model) = configured(home.path(), "language = \"auto\"\nprompt = \"the wonder\"\n");
    let transcribe = || {
        let mut command = tom(home.path());
        command
            .args(["transcribe", "--json", "--lang", "de", "--config"])
            .arg(&file)
            .arg(&wav)
            .output()
            .expect("runs")
    };
    let heard = transcribe();
    assert_eq!(heard.status.code(), Some(0), "{}", stderr(&heard));
    let heard = json(&heard);
    assert!(heard["text"].as_str().is_some_and(|text| !text.is_empty()), "{heard:#}");
    let begins: Vec<f64> =
        heard["words"].as_array().into_iter().flatten().filter_map(|word| word["at"].as_f64()).collect();
    assert!(!begins.is_empty() && begins.is_sorted(), "{heard:#}");
    std::fs::remove_file(model.join("decoder_model_merged.onnx")).expect("removed");
    let refused = transcribe();
    assert_ne!(refused.status.code(), Some(0));
    let why = stderr(&refused);
    assert!(
        why.contains("decoder_model_merged.onnx is not there") && why.contains("tom models pull"),
        "{why}"
    );
}

#[test]
fn a_german_call_is_understood_and_two_at_once_share_the_model() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "what are your opening hours");
    let (file, _) = configured(home.path(), "[agent]\nlanguage = \"de\"\n");
    let server = Serving::start(home.path(), &["--config", file.to_str().expect("a path")]);
    let call = || {
        let url = format!("ws://{}", server.address);
        let mut command = tom(home.path());
        command.args(["call", "--json", "--lang", "de", "--url", &url]).arg(&wav).output().expect("runs")
    };
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(call)).collect();
        for called in both {
            let called = called.join().expect("called");
            let report = json(&called);
            assert_eq!(called.status.code(), Some(0), "{report:#} {}", stderr(&called));
            let turns = report["transcript"].as_array().into_iter().flatten();
            let mut said = turns.filter_map(|turn| turn["caller"].as_str());
            assert!(said.any(|text| !text.is_empty()), "{report:#}");
        }
    });
    server.signal("TERM");
    assert_eq!(server.end(Duration::from_secs(30)).0, Some(0));
}

#[test]
fn a_model_that_is_not_said_or_not_known_is_an_error_with_its_remedy() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("tom.toml");
    for (text, named) in [
        ("[stt]\nengine = \"whisper\"\n", "whisper-base-int8"),
        ("[stt]\nengine = \"whisper\"\nmodel = \"whisper-huge\"\n", "whisper-tiny-int8"),
        ("[stt]\nengine = \"whisper\"\nmodel = \"/x\"\nlanguage = \"klingonisch\"\n", "stt.language"),
    ] {
        std::fs::write(&file, text).expect("written");
        let shown = tom(home.path()).args(["config", "show", "--config"]).arg(&file).output().expect("runs");
        assert_ne!(shown.status.code(), Some(0), "{}", stdout(&shown));
        assert!(stderr(&shown).contains(named), "{}", stderr(&shown));
    }
    std::fs::write(&file, "[stt]\nengine = \"whisper\"\nmodel = \"whisper-tiny-int8\"\n").expect("written");
    let doctor = tom(home.path()).args(["doctor", "--config"]).arg(&file).output().expect("runs");
    let told = format!("{}{}", stdout(&doctor), stderr(&doctor));
    assert!(told.contains("tom models pull whisper-tiny-int8"), "{told}");
}
