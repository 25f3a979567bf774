//! Layer: real. Whole calls through the program.

use crate::support::{flite, json, rms, stderr, stdout, tom};

#[test]
fn a_question_gets_an_answer_that_can_be_heard_and_replayed() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "what are your opening hours on monday");
    let (reply, journal) = (home.path().join("reply.wav"), home.path().join("call.journal"));
    let call = tom(home.path())
        .args(["call", "--json"])
        .arg(&wav)
        .arg("--out")
        .arg(&reply)
        .arg("--journal")
        .arg(&journal)
        .output()
        .expect("runs");
    let report = json(&call);
    assert_eq!(call.status.code(), Some(0), "{report:#} {}", stderr(&call));
    let transcript = report["transcript"].as_array().expect("a list");
    assert!(transcript[0]["agent"].as_str().is_some_and(|t| t.contains("AI assistant")), "{report:#}");
    let asked = transcript.iter().find(|t| t["caller"] == "what are your opening hours on monday");
    assert!(asked.is_some_and(|t| t["agent"].as_str().is_some_and(|a| a.contains("open"))), "{report:#}");
    assert!(report["turns"][0]["latency_ms"].as_u64().is_some_and(|ms| ms < 5_000), "{report:#}");

    let heard = tom_audio::wav::read(&std::fs::read(&reply).expect("written")).expect("a WAV").to_mono_16k();
    assert!(rms(&heard) > 0.01, "the reply is audible");

    let first = tom(home.path()).arg("replay").arg(&journal).output().expect("runs");
    let second = tom(home.path()).arg("replay").arg(&journal).output().expect("runs");
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert_eq!(stdout(&first), stdout(&second), "a replay is the same every time");
    assert!(stdout(&first).contains("opening hours"), "{}", stdout(&first));
}

#[test]
fn speaking_over_the_greeting_interrupts_it() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "what are your opening hours please");
    let call =
        tom(home.path()).args(["call", "--json", "--interrupt", "2"]).arg(&wav).output().expect("runs");
    let report = json(&call);
    assert_eq!(report["turns"][0]["barge_in"]["outcome"], "interrupted", "{report:#}");
    assert_eq!(report["transcript"][0]["complete"], false, "{report:#}");
}

#[test]
fn german_calls_are_led_by_keys() {
    let home = tempfile::tempdir().expect("a folder");
    let args = ["call", "--json", "--lang", "de", "--flow", "workshop", "--keys", "4:3"];
    let call = tom(home.path()).args(args).output().expect("runs");
    let report = json(&call);
    let greeting = report["transcript"][0]["agent"].as_str().unwrap_or_default();
    assert!(greeting.contains("KI"), "{report:#}");
    assert!(report["transcript"].as_array().is_some_and(|t| t.len() >= 2), "{report:#}");
}

#[test]
fn nobody_at_the_address_is_said_so() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "hello");
    let call = tom(home.path()).args(["call", "--url", "ws://127.0.0.1:9"]).arg(&wav).output().expect("runs");
    assert_eq!(call.status.code(), Some(1));
    assert!(stderr(&call).contains("the call did not take place"), "{}", stderr(&call));
}
