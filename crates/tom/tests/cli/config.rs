//! Layer: real. Commands that need no engine.

use crate::support::{json, run, stderr, stdout, tom};

#[test]
fn the_configuration_is_checked_and_shown() {
    let home = tempfile::tempdir().expect("a folder");
    let fine = run(home.path(), &["config", "check"]);
    assert_eq!(fine.status.code(), Some(0), "{}", stderr(&fine));
    let shown = json(&run(home.path(), &["config", "show", "--json"]));
    let listen = shown.as_array().expect("a list").iter().find(|s| s["setting"] == "server.listen");
    assert_eq!(listen.map(|s| s["value"].clone()), Some("127.0.0.1:8080".into()));

    let file = home.path().join("tom.toml");
    std::fs::write(&file, "[limits]\nmax_cals = 3\n").expect("written");
    let wrong = tom(home.path()).args(["config", "check", "--config"]).arg(&file).output().expect("runs");
    assert_eq!(wrong.status.code(), Some(4));
    assert!(
        stderr(&wrong)
            .contains("tom.toml:2: there is no setting limits.max_cals; did you mean limits.max_calls?")
    );
    let missing = run(home.path(), &["config", "check", "--config", "/nonexistent/tom.toml"]);
    assert_eq!(missing.status.code(), Some(4), "{}", stderr(&missing));
}

/// Files of the right sizes stand for the models: only the configuration is looked at.
#[test]
fn a_profile_sets_what_nobody_has_set_and_the_source_is_shown() {
    let home = tempfile::tempdir().expect("a folder");
    let voice = home.path().join("data/models/en-ljspeech-medium");
    std::fs::create_dir_all(&voice).expect("made");
    let listed = json(&run(home.path(), &["models", "list", "--json"]));
    let model = listed.as_array().expect("a list").iter().find(|model| model["name"] == "en-ljspeech-medium");
    for file in model.expect("in the catalogue")["files"].as_array().expect("files") {
        let path = home.path().join("data/models").join(file["path"].as_str().expect("a path"));
        let made = std::fs::File::create(path).expect("made");
        made.set_len(file["bytes"].as_u64().expect("a size")).expect("a sparse file");
    }
    let show = |profile: &str, more: Option<(&str, &str)>| {
        let mut command = tom(home.path());
        command.args(["config", "show", "--json", "--data-dir"]).arg(home.path().join("data"));
        command.env("TOM_MODELS__PROFILE", profile).envs(more);
        let shown = json(&command.output().expect("runs"));
        let of = |name: &str| {
            let all = shown.as_array().expect("a list").iter();
            let setting = all.clone().find(|setting| setting["setting"] == name).expect("a setting");
            format!("{} from {}", setting["value"], setting["source"])
        };
        (of("tts.engine"), of("tts.model"))
    };
    let (engine, model) = show("pi5_performance", None);
    assert_eq!(engine, r#""piper" from "profile pi5_performance""#);
    assert_eq!(model, r#""en-ljspeech-medium" from "profile pi5_performance""#);
    let own = show("pi5_performance", Some(("TOM_TTS__ENGINE", "off"))).0;
    assert_eq!(own, r#""off" from "env TOM_TTS__ENGINE""#);
    for other in ["none", "minimal", "pi5_balanced"] {
        assert_eq!(show(other, None).0, r#""espeak-ng" from "default""#, "{other}");
    }
}

#[test]
fn usage_mistakes_are_exit_code_2() {
    let home = tempfile::tempdir().expect("a folder");
    for args in [&["frobnicate"][..], &["say"], &["call"], &["serve", "--nonsense"]] {
        assert_eq!(run(home.path(), args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn completions_and_manual_are_printed() {
    let home = tempfile::tempdir().expect("a folder");
    assert!(stdout(&run(home.path(), &["completions", "bash"])).contains("_tom()"));
    assert!(stdout(&run(home.path(), &["man"])).contains(".TH tom 1"));
    assert!(stdout(&run(home.path(), &["--help"])).contains("Exit codes: 0 ok"));
}

#[test]
fn a_flow_with_a_mistake_is_refused_with_its_line() {
    let home = tempfile::tempdir().expect("a folder");
    for name in ["reception", "workshop"] {
        let fine = run(home.path(), &["flow", "check", name]);
        assert_eq!(fine.status.code(), Some(0), "{}", stdout(&fine));
    }
    let file = home.path().join("broken.toml");
    let good = include_str!("../../../../flows/reception.toml");
    let line = 1 + good.lines().position(|l| l.starts_with("start = ")).expect("a start");
    std::fs::write(&file, good.replacen("\nstart = ", "\nstrat = ", 1)).expect("written");
    let broken = tom(home.path()).args(["flow", "check"]).arg(&file).output().expect("runs");
    assert_eq!(broken.status.code(), Some(1));
    let told = stdout(&broken);
    assert!(told.contains(&format!("broken.toml:{line}:")) && told.contains("start"), "{told}");
}

#[test]
fn a_journal_that_is_none_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("x.journal");
    std::fs::write(&file, "hello\n").expect("written");
    let refused = tom(home.path()).arg("replay").arg(&file).output().expect("runs");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("x.journal"), "{}", stderr(&refused));
}
