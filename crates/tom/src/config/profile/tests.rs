//! Layer: pure. A profile fills what nobody has set, with what is here, and says what is not.

use std::path::{Path, PathBuf};

use super::super::{Inputs, load};
use super::*;

/// A data folder in which files of the right sizes stand for these models.
fn folder(models: &[&str]) -> (tempfile::TempDir, Stock) {
    let dir = tempfile::tempdir().expect("a folder");
    let stock = Stock::open(None, dir.path()).expect("TOM's catalogue is sound");
    for model in models {
        for file in &stock.catalogue.find(model).expect("in the catalogue").files {
            let path = file.path.under(stock.shelf.folder());
            std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
            std::fs::File::create(path).and_then(|made| made.set_len(file.bytes)).expect("a sparse file");
        }
    }
    (dir, stock)
}

fn settings(file: &str) -> Settings {
    let file = Some((PathBuf::from("tom.toml"), file.to_owned()));
    load(&Inputs { file, env: Vec::new(), flags: Vec::new() }).expect("valid")
}

fn pi() -> Machine {
    Machine { device: "Raspberry Pi 5 Model B".into(), memory_mb: 8_000, cores: 4, gpu: false }
}

fn state(applied: &Applied, section: &str) -> PartState {
    applied.parts.iter().find(|part| part.section == section).expect("the profile fills it").state
}

#[test]
fn a_voice_that_is_here_speaks_in_the_language_of_the_calls() {
    let (_dir, stock) = folder(&["de-thorsten-medium", "en-ljspeech-medium"]);
    for (language, voice) in [("de", "de-thorsten-medium"), ("en", "en-ljspeech-medium")] {
        let mut settings = settings(&format!("[agent]\nlanguage = \"{language}\"\n"));
        let applied = apply(&mut settings, &stock, &pi()).expect("sound").expect("a profile");
        assert!(applied.auto && applied.name == "pi5_performance");
        assert_eq!(settings.get("tts.engine").0, &Value::Text("piper".into()));
        assert_eq!(settings.get("tts.model").0, &Value::Text(voice.into()));
        assert_eq!(settings.get("tts.model").1.to_string(), "profile pi5_performance");
        assert_eq!(state(&applied, "tts"), PartState::Set);
        assert!(applied.told().is_some_and(|told| told.contains(&format!("tts piper ({voice})"))));
    }
}

#[test]
fn what_is_missing_is_said_with_the_command_and_nothing_is_set() {
    let (_dir, stock) = folder(&[]);
    let mut settings = settings("");
    let applied = apply(&mut settings, &stock, &pi()).expect("sound").expect("a profile");
    assert_eq!(settings.get("tts.engine").1, &Source::Default);
    assert_eq!(state(&applied, "tts"), PartState::Missing);
    let said = applied.lacking().expect("much is missing");
    assert!(said.contains("tts stays with what is built in") || said.contains("tts stays"), "{said}");
    assert!(said.contains("tom models pull --profile pi5_performance"), "{said}");
    assert_eq!(applied.told(), None);
}

#[test]
fn what_the_operator_has_set_is_left_alone() {
    let (_dir, stock) = folder(&["de-thorsten-medium", "en-ljspeech-medium"]);
    for mine in ["engine = \"espeak-ng\"", "model = \"en-ljspeech-medium\""] {
        let mut settings = settings(&format!("[tts]\n{mine}\n"));
        let applied = apply(&mut settings, &stock, &pi()).expect("sound").expect("a profile");
        assert_eq!(state(&applied, "tts"), PartState::Yours, "{mine}");
        assert!(!matches!(settings.get("tts.engine").1, Source::Profile(_)), "{mine}");
        assert!(!applied.lacking().is_some_and(|said| said.contains("ljspeech")), "{mine}");
    }
    let mut settings = settings("[tts]\nspeed = 120\n");
    let applied = apply(&mut settings, &stock, &pi()).expect("sound").expect("a profile");
    assert_eq!(state(&applied, "tts"), PartState::Set, "its speed is another matter");
}

#[test]
fn the_smaller_recogniser_is_set_with_the_usual_one_where_it_is_here() {
    let smaller = |models: &[&str], file: &str| {
        let (_dir, stock) = folder(models);
        let mut settings = settings(file);
        apply(&mut settings, &stock, &pi()).expect("sound").expect("a profile");
        settings.get("stt.smaller").0.clone()
    };
    let (tiny, none) = (Value::Text("whisper-tiny-int8".into()), Value::None);
    assert_eq!(smaller(&["whisper-base-int8", "whisper-tiny-int8"], ""), tiny);
    assert_eq!(smaller(&["whisper-base-int8"], ""), none, "it is not here");
    assert_eq!(smaller(&["whisper-tiny-int8"], ""), none, "the usual one is not here");
    let mine = "[stt]\nengine = \"whisper\"\nmodel = \"whisper-small\"\n";
    assert_eq!(smaller(&["whisper-base-int8", "whisper-tiny-int8"], mine), none, "the operator chose");
}

#[test]
fn no_profile_is_applied_where_none_is_wanted_and_another_by_name() {
    let (_dir, stock) = folder(&["en-ljspeech-medium", "en-ljspeech-high"]);
    let mut none = settings("[models]\nprofile = \"none\"\n");
    assert_eq!(apply(&mut none, &stock, &pi()).expect("sound"), None);
    assert_eq!(none.get("tts.engine").1, &Source::Default);
    let mut named = settings("[models]\nprofile = \"pi5_quality\"\n");
    let applied = apply(&mut named, &stock, &pi()).expect("sound").expect("a profile");
    assert!(!applied.auto);
    assert_eq!(named.get("tts.model").0, &Value::Text("en-ljspeech-high".into()));
    let small = Machine { device: String::new(), memory_mb: 2_000, cores: 1, gpu: false };
    let mut minimal = settings("");
    let applied = apply(&mut minimal, &stock, &small).expect("sound").expect("a profile");
    assert_eq!((applied.name.as_str(), applied.parts.len()), ("minimal", 0));
}

#[test]
fn a_voice_is_found_by_its_own_name_and_by_that_of_its_publisher() {
    let (dir, stock) = folder(&["de-thorsten-medium"]);
    for name in ["de-thorsten-medium", "de_DE-thorsten-medium"] {
        let model = stock.find(tom_shelf::Kind::Voice, name).expect("known");
        assert!(stock.has(model), "{name}");
        let file = Path::new("models/de-thorsten-medium/de_DE-thorsten-medium.onnx");
        assert_eq!(stock.file(model), dir.path().join(file));
    }
    let unknown = stock.find(tom_shelf::Kind::Voice, "de_DE-nobody").expect_err("unknown");
    assert!(unknown.contains("de-thorsten-medium, ") && unknown.contains("path"), "{unknown}");
}
