//! Layer: real. A Piper voice with made-up weights speaks for `tom say` and in calls, and what is wrong with one is said.

use std::time::Duration;

use tom_tiny::Voice;

use crate::serve::Serving;
use crate::support::{json, rms, run, stderr, stdout, tom};

#[test]
fn it_says_with_a_voice_of_a_file_and_refuses_what_is_none() {
    let home = tempfile::tempdir().expect("a folder");
    let model = Voice::Two.write(home.path(), "de").expect("written");
    let out = home.path().join("said.wav");
    let say = |model: &std::path::Path, extra: &[&str]| {
        let mut command = tom(home.path());
        command.args([
            "say",
            "Um 14:30 Uhr in Köln.",
            "--lang",
            "de",
            "--json",
            "--engine",
            "piper",
            "--model",
        ]);
        command.arg(model).arg("--out").arg(&out).args(extra).output().expect("runs")
    };
    let said = say(&model, &[]);
    assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
    assert!(json(&said)["seconds"].as_f64().is_some_and(|s| (0.2..20.0).contains(&s)), "{}", stdout(&said));
    let wav = tom_audio::wav::read(&std::fs::read(&out).expect("written")).expect("a WAV");
    assert!(rms(&wav.to_mono_16k()) > 0.02, "it is audible");
    let other = say(&model, &["--voice", "carl"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("anna, bert"), "{}", stderr(&other));
    let nowhere = say(&home.path().join("no.onnx"), &[]);
    assert_ne!(nowhere.status.code(), Some(0));
    let needs = run(home.path(), &["say", "x", "--engine", "piper", "--out", "x.wav"]);
    assert_eq!(needs.status.code(), Some(4), "{}", stderr(&needs));
    assert!(stderr(&needs).contains("tts.model"), "{}", stderr(&needs));
}

#[test]
fn a_call_is_spoken_to_by_the_voice_and_by_espeak_where_that_is_broken() {
    let home = tempfile::tempdir().expect("a folder");
    let model = Voice::Small.write(home.path(), "en-us").expect("written");
    let file = home.path().join("tom.toml");
    let text = format!(
        "[tts]\nengine = \"piper\"\nmodel = \"{}\"\nspeed = 120\n[log]\nlevel = \"info\"\n",
        model.display()
    );
    std::fs::write(&file, text).expect("written");
    let config = ["--config", file.to_str().expect("a path")];
    let hear = |server: &Serving| {
        let out = home.path().join("heard.wav");
        let url = format!("ws://{}", server.address);
        let called =
            tom(home.path()).args(["call", "--url", &url, "--keys", "3:1", "--out"]).arg(&out).output();
        let called = called.expect("runs");
        let log = format!("{}{}", stdout(&called), stderr(&called));
        assert_eq!(called.status.code(), Some(0), "{log}");
        let wav = tom_audio::wav::read(&std::fs::read(&out).expect("written")).expect("a WAV");
        assert!(rms(&wav.to_mono_16k()) > 0.005, "it is audible: {log}");
    };
    let server = Serving::start(home.path(), &config);
    hear(&server);
    hear(&server);
    server.signal("TERM");
    let (code, log) = server.end(Duration::from_secs(30));
    assert_eq!(code, Some(0), "{log}");
    let hits =
        log.lines().find(|line| line.contains("what was spoken ahead")).unwrap_or_else(|| panic!("{log}"));
    assert!(!hits.contains("hits=0"), "the second greeting was there: {hits}");
    std::fs::write(&model, b"no voice").expect("spoilt");
    let server = Serving::start(home.path(), &config);
    let health = server.get("/health");
    assert!(health.contains("espeak-ng speaks instead") && health.contains("fetch it again"), "{health}");
    hear(&server);
    server.signal("TERM");
    assert_eq!(server.end(Duration::from_secs(30)).0, Some(0));
}

#[test]
fn a_voice_of_the_models_folder_speaks_by_its_name_and_its_publisher_s() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    let folder = data.join("models/house");
    std::fs::create_dir_all(&folder).expect("made");
    let model = Voice::Small.write(&folder, "en-us").expect("written");
    let json_file = model.with_extension("onnx.json");
    let described = |file: &std::path::Path| {
        let sum = std::process::Command::new("sha256sum").arg(file).output().expect("sha256sum is there");
        format!(
            "[[model.file]]\npath = \"house/{}\"\nbytes = {}\nsha256 = \"{}\"\nsource = [{{ file = \"{}\" }}]\n",
            file.file_name().and_then(|name| name.to_str()).expect("a name"),
            file.metadata().expect("written").len(),
            &stdout(&sum)[..64],
            file.display(),
        )
    };
    let catalogue = format!(
        "schema = 1\n[[model]]\nname = \"house\"\ntitle = \"The house\"\nkind = \"voice\"\nlicence = \"MIT\"\n\
         languages = [\"en\"]\nmemory_mb = 1\n{}{}",
        described(&model),
        described(&json_file),
    );
    std::fs::write(data.join("catalogue.toml"), catalogue).expect("written");
    let out = home.path().join("said.wav");
    let say = |name: &str| {
        let mut command = tom(home.path());
        command.args(["say", "Good day.", "--json", "--engine", "piper", "--model", name, "--out"]);
        command.arg(&out).arg("--data-dir").arg(&data).output().expect("runs")
    };
    let stem = model.file_stem().and_then(|stem| stem.to_str()).expect("a name");
    for name in ["house", stem] {
        let said = say(name);
        assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
        assert!(json(&said)["seconds"].as_f64().is_some_and(|s| s > 0.1), "{}", stdout(&said));
    }
    let unknown = say("hous");
    assert_eq!(unknown.status.code(), Some(4));
    assert!(stderr(&unknown).contains("house"), "{}", stderr(&unknown));
}
