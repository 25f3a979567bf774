//! Layer: real. A large voice gives way while the machine is short of memory, comes back afterwards, and has only so many calls.

use std::path::Path;
use std::process::Stdio;
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
    let short = until(&server, "/health", r#""level":"built_in""#);
    assert!(short.contains("espeak-ng speaks instead: the machine is short of memory"), "{short}");
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
    let fine = until(&server, "/health", r#""level":"normal""#);
    assert!(!fine.contains("smaller model"), "{fine}");
    heard();
    until(&server, "/metrics", r#"tom_strain_changes_total{level="normal",because="none"} 1"#);
    until(&server, "/metrics", r#"tom_spared_calls_total{engine="whisper"} 1"#);
    server.signal("TERM");
    let (code, log) = server.end(PATIENCE);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("a call is understood with less than usual"), "{log}");
}

#[test]
fn a_call_for_which_an_engine_has_no_room_is_refused_where_that_is_wanted() {
    let home = tempfile::tempdir().expect("a folder");
    let more = "prompts_mib = 0\n[limits]\nengine_calls = 1\nwhen_full = \"refuse\"\n";
    let config = config(home.path(), more);
    let server = Serving::start(home.path(), &["--config", &config]);
    let url = format!("ws://{}", server.address);
    let began = Instant::now();
    let first = loop {
        // The voice may still be busy with what is spoken before calls.
        let mut first = tom(home.path())
            .args(["call", "--url", &url, "--keys", "30:1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let active = loop {
            if server.get("/health").contains(r#""active":1"#) {
                break true;
            }
            if first.try_wait().expect("its state").is_some() {
                break false;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        if active {
            break first;
        }
        assert!(began.elapsed() < PATIENCE, "the first call never began");
    };
    let second = tom(home.path()).args(["call", "--url", &url, "--keys", "1:1"]).output().expect("runs");
    let said = format!("{}{}", stdout(&second), stderr(&second));
    assert!(second.status.code() != Some(0) && said.contains("503"), "{said}");
    let mut first = first;
    first.kill().expect("killed");
    first.wait().expect("gone");
    until(&server, "/health", r#""active":0"#);
    let third = tom(home.path()).args(["call", "--url", &url, "--keys", "1:1"]).output().expect("runs");
    assert_eq!(third.status.code(), Some(0), "{}{}", stdout(&third), stderr(&third));
}
