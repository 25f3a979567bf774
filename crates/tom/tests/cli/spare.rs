//! Layer: real. A large voice gives way while the machine is short of memory, comes back afterwards, and has only so many calls.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tom_tiny::{Voice, Whisper};

use crate::serve::Serving;
use crate::support::{flite, json, stderr, stdout, tom};

const PATIENCE: Duration = Duration::from_secs(150);

/// A machine of 8 GB of which so much is free.
fn free(root: &Path, kilobytes: u64) {
    let proc = root.join("proc");
    std::fs::create_dir_all(&proc).expect("made");
    let text = format!("MemTotal: 8000000 kB\nMemAvailable: {kilobytes} kB\n");
    // In one step: it is looked at all the time.
    std::fs::write(proc.join("new"), text).expect("written");
    std::fs::rename(proc.join("new"), proc.join("meminfo")).expect("renamed");
}

fn until(server: &Serving, path: &str, what: &str) -> String {
    let began = Instant::now();
    loop {
        let answer = server.get(path);
        if answer.contains(what) {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "{what:?} does not come: {answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn config(home: &Path, more: &str) -> String {
    let model = Voice::Small.write(home, "en-us").expect("written");
    let file = home.join("tom.toml");
    let text = format!("[tts]\nengine = \"piper\"\nmodel = \"{}\"\nshards = 1\n{more}", model.display());
    std::fs::write(&file, text).expect("written");
    file.display().to_string()
}

#[test]
fn a_voice_is_unloaded_while_memory_is_short_and_calls_go_on() {
    let home = tempfile::tempdir().expect("a folder");
    let machine = home.path().join("machine");
    free(&machine, 4_000_000);
    let config = config(home.path(), "");
    let server = Serving::with(home.path(), &["--config", &config], &[("TOM_MACHINE_DIR", &machine)]);
    let fine = until(&server, "/health", r#""level":"normal""#);
    assert!(!fine.contains("espeak-ng speaks instead"), "{fine}");
    until(&server, "/metrics", r#"tom_cache_lookups_total{cache="prompts",result="miss"}"#);

    free(&machine, 400_000);
    // The engines follow the level, so theirs is what is waited for.
    let short = until(&server, "/health", "espeak-ng speaks instead: the machine is short of memory");
    assert!(short.contains(r#""level":"built_in""#), "{short}");
    let url = format!("ws://{}", server.address);
    let call = tom(home.path()).args(["call", "--url", &url, "--keys", "2:1"]).output().expect("runs");
    assert_eq!(call.status.code(), Some(0), "{}{}", stdout(&call), stderr(&call));

    free(&machine, 100_000);
    until(&server, "/readyz", "short of memory");
    let refused = tom(home.path()).args(["call", "--url", &url, "--keys", "2:1"]).output().expect("runs");
    assert_ne!(refused.status.code(), Some(0), "{}", stdout(&refused));
    server.signal("TERM");
    let (code, log) = server.end(PATIENCE);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("idle worker was ended"), "{log}");
}

#[test]
fn callers_are_understood_by_a_smaller_model_while_memory_is_short_and_by_the_usual_one_afterwards() {
    let home = tempfile::tempdir().expect("a folder");
    let machine = home.path().join("machine");
    free(&machine, 4_000_000);
    let (usual, small) = (home.path().join("usual"), home.path().join("small"));
    for (model, folder) in [(Whisper::Small, &usual), (Whisper::Whole, &small)] {
        std::fs::create_dir_all(folder).expect("made");
        model.write(folder).expect("written");
    }
    let (file, wav) =
        (home.path().join("tom.toml"), flite(home.path(), "q.wav", "what are your opening hours"));
    let text = format!(
        "[stt]\nengine = \"whisper\"\nmodel = \"{}\"\nsmaller = \"{}\"\nthreads = 2\n",
        usual.display(),
        small.display()
    );
    std::fs::write(&file, text).expect("written");
    let config = file.display().to_string();
    let server = Serving::with(home.path(), &["--config", &config], &[("TOM_MACHINE_DIR", &machine)]);
    until(&server, "/metrics", r#"tom_spared_calls_total{engine="whisper"} 0"#);
    let heard = || {
        let url = format!("ws://{}", server.address);
        let mut call = tom(home.path());
        let call =
            call.args(["call", "--json", "--lang", "de", "--url", &url]).arg(&wav).output().expect("runs");
        let report = json(&call);
        let said = report["transcript"].as_array().into_iter().flatten();
        let said: Vec<_> = said.filter_map(|turn| turn["caller"].as_str().map(str::to_owned)).collect();
        assert!(call.status.success() && !said.is_empty(), "{report:#} {}", stderr(&call));
    };
    heard();
    until(&server, "/metrics", r#"tom_spared_calls_total{engine="whisper"} 0"#);
    free(&machine, 700_000);
    let short = until(&server, "/health", "the smaller model understands new calls");
    assert!(short.contains(r#""level":"lean""#), "{short}");
    heard();
    until(&server, "/metrics", r#"tom_spared_calls_total{engine="whisper"} 1"#);

    // The way back takes a minute in which all is well.
    free(&machine, 4_000_000);
    let fine = until(&server, "/health", r#""stt":{"detail":null,"status":"ok"}"#);
    assert!(fine.contains(r#""level":"normal""#), "{fine}");
    heard();
    until(&server, "/metrics", r#"tom_strain_changes_total{level="normal",because="none"} 1"#);
    until(&server, "/metrics", r#"tom_spared_calls_total{engine="whisper"} 1"#);
    server.signal("TERM");
    let (code, log) = server.end(PATIENCE);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("a call is understood with less than usual"), "{log}");
}

/// A call that goes on for half a minute, once it has begun.
fn occupied(home: &Path, server: &Serving) -> Child {
    let url = format!("ws://{}", server.address);
    let began = Instant::now();
    loop {
        // The voice may still be busy with what is spoken before calls.
        let mut first = tom(home)
            .args(["call", "--url", &url, "--keys", "30:1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        loop {
            if server.get("/health").contains(r#""active":1"#) {
                return first;
            }
            if first.try_wait().expect("its state").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(began.elapsed() < PATIENCE, "the first call never began");
    }
}

#[test]
fn a_call_for_which_an_engine_has_no_room_is_refused_where_that_is_wanted() {
    let home = tempfile::tempdir().expect("a folder");
    let more = "prompts_mib = 0\n[limits]\nengine_calls = 1\nwhen_full = \"refuse\"\n";
    let config = config(home.path(), more);
    let server = Serving::start(home.path(), &["--config", &config]);
    let url = format!("ws://{}", server.address);
    let mut first = occupied(home.path(), &server);
    let second = tom(home.path()).args(["call", "--url", &url, "--keys", "1:1"]).output().expect("runs");
    let said = format!("{}{}", stdout(&second), stderr(&second));
    assert!(second.status.code() != Some(0) && said.contains("503"), "{said}");
    first.kill().expect("killed");
    first.wait().expect("gone");
    until(&server, "/health", r#""active":0"#);
    let third = tom(home.path()).args(["call", "--url", &url, "--keys", "1:1"]).output().expect("runs");
    assert_eq!(third.status.code(), Some(0), "{}{}", stdout(&third), stderr(&third));
}

/// What the agent said in a call, and what of it was heard.
fn said(report: &serde_json::Value) -> String {
    let turns = report["transcript"].as_array().into_iter().flatten();
    turns.filter_map(|turn| turn["agent"].as_str()).collect::<Vec<_>>().join(" | ")
}

#[test]
fn callers_hold_the_line_while_the_voice_has_no_room_and_then_the_dialogue_begins() {
    let home = tempfile::tempdir().expect("a folder");
    let more = "prompts_mib = 0\n[limits]\nengine_calls = 1\nwhen_full = \"hold\"\n";
    let config = config(home.path(), more);
    let server = Serving::start(home.path(), &["--config", &config]);
    let url = format!("ws://{}", server.address);
    for (lang, hold, greeting) in [
        ("en", "Please hold the line.", "you are speaking with"),
        ("de", "Bitte bleiben Sie am Apparat.", "Guten Tag, Sie sprechen mit dem KI-Assistenten von"),
    ] {
        let mut first = occupied(home.path(), &server);
        let second = tom(home.path())
            .args(["call", "--json", "--lang", lang, "--url", &url, "--keys", "20:1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        until(&server, "/metrics", "tom_calls_held 1");
        first.kill().expect("killed");
        first.wait().expect("gone");
        until(&server, "/metrics", "tom_calls_held 0");
        let second = second.wait_with_output().expect("ends");
        let report = json(&second);
        let said = said(&report);
        assert_eq!(second.status.code(), Some(0), "{report:#} {}", stderr(&second));
        let (asked, greeted) = (said.find(hold), said.rfind(greeting));
        assert!(asked.is_some() && asked < greeted, "{said}");
        until(&server, "/health", r#""active":0"#);
    }
    until(&server, "/metrics", r#"tom_calls_held_total{outcome="admitted"} 2"#);
    server.signal("TERM");
    assert_eq!(server.end(PATIENCE).0, Some(0));
}

#[test]
fn callers_who_have_held_the_line_for_too_long_are_asked_to_call_again() {
    let home = tempfile::tempdir().expect("a folder");
    let more = "prompts_mib = 0\n[limits]\nengine_calls = 1\nwhen_full = \"hold\"\nhold_s = 2\n";
    let config = config(home.path(), more);
    let server = Serving::start(home.path(), &["--config", &config]);
    let mut first = occupied(home.path(), &server);
    let url = format!("ws://{}", server.address);
    let second =
        tom(home.path()).args(["call", "--json", "--url", &url, "--keys", "60:1"]).output().expect("runs");
    let report = json(&second);
    let said = said(&report);
    assert!(said.contains("Please hold the line.") && said.contains("Please call again"), "{report:#}");
    until(&server, "/metrics", r#"tom_calls_held_total{outcome="refused"} 1"#);
    first.kill().expect("killed");
    first.wait().expect("gone");
}
