//! Layer: real. `tom probe` and `tom bench` against a real server, and against nobody.

use crate::serve::Serving;
use crate::support::{flite, json, run, stderr, stdout, tom};

#[test]
fn a_running_server_is_measured() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Serving::start(home.path(), &[]);
    let wav = flite(home.path(), "q.wav", "what are your opening hours");
    let url = format!("ws://{}", server.address);
    let args = ["probe", "--json", "-n", "1", "--thresholds", "9000,10000", "--url", &url];
    let probe = tom(home.path()).args(args).arg("--wav").arg(&wav).output().expect("runs");
    let report = json(&probe);
    assert_eq!(probe.status.code(), Some(0), "{report:#}");
    assert_eq!(report["verdict"], "good");
    assert!(report["iterations"][0]["voice_to_voice_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{report:#}");
    assert!(report["iterations"][0]["barge_in_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{report:#}");

    let impaired = ["probe", "--csv", "-n", "1", "--impair", "delay=100ms,jitter=20ms", "--url", &url];
    let probe = tom(home.path()).args(impaired).arg("--wav").arg(&wav).output().expect("runs");
    assert!(stdout(&probe).lines().nth(1).is_some_and(|row| row.starts_with("1,")), "{}", stdout(&probe));

    let bench = ["bench", "--json", "--calls", "2", "--seconds", "25", "--url", &url];
    let bench = tom(home.path()).args(bench).arg("--wav").arg(&wav).output().expect("runs");
    let report = json(&bench);
    assert_eq!(bench.status.code(), Some(0), "{report:#}");
    assert_eq!((&report["calls"], &report["lost"]), (&2.into(), &0.into()), "{report:#}");
    assert!(report["voice_to_voice"]["p50"].as_f64().is_some_and(|ms| ms > 0.0), "{report:#}");
}

#[test]
fn nobody_there_is_no_result() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "hello there");
    let wav = wav.to_str().expect("a name");
    let probe = run(home.path(), &["probe", "--url", "ws://127.0.0.1:9", "-n", "2", "--wav", wav]);
    assert_eq!(probe.status.code(), Some(3), "{}", stdout(&probe));
    let bench = ["bench", "--url", "ws://127.0.0.1:9", "--calls", "2", "--seconds", "5", "--wav", wav];
    assert_eq!(run(home.path(), &bench).status.code(), Some(3));
}

#[test]
fn what_cannot_be_measured_is_said_at_once() {
    let home = tempfile::tempdir().expect("a folder");
    for (args, says) in [
        (["probe", "--thresholds", "800,500"], "500,800"),
        (["probe", "--impair", "loss=200%"], "loss=1%"),
        (["probe", "--url", "http://127.0.0.1"], "ws://"),
        (["bench", "--url", "wss://127.0.0.1"], "TLS"),
    ] {
        let refused = run(home.path(), &args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(stderr(&refused).contains(says), "{args:?}: {}", stderr(&refused));
    }
}
