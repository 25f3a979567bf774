//! Layer: real. One engine at a time: say, transcribe, doctor.

use crate::support::{flite, json, rms, run, stderr, stdout, tom};

#[test]
fn it_says_german_and_english_into_a_file() {
    let home = tempfile::tempdir().expect("a folder");
    for (lang, text) in [("de", "Guten Tag, schön dass Sie anrufen."), ("en", "Good morning, how are you?")]
    {
        let out = home.path().join(format!("{lang}.wav"));
        let said = tom(home.path()).args(["say", text, "--lang", lang, "--json", "--out"]).arg(&out).output();
        let said = said.expect("runs");
        assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
        assert!(json(&said)["seconds"].as_f64().is_some_and(|s| (1.0..5.0).contains(&s)));
        let wav = tom_audio::wav::read(&std::fs::read(&out).expect("written")).expect("a WAV");
        assert!(rms(&wav.to_mono_16k()) > 0.02, "{lang} is audible");
    }
}

#[test]
fn it_understands_what_a_grammar_allows() {
    let home = tempfile::tempdir().expect("a folder");
    let wav = flite(home.path(), "q.wav", "what are your opening hours");
    let grammar = home.path().join("g.jsgf");
    let text = "#JSGF V1.0;\ngrammar g;\npublic <g> = what are your opening hours | i want an appointment | goodbye;\n";
    std::fs::write(&grammar, text).expect("written");
    let heard =
        tom(home.path()).arg("transcribe").arg(&wav).arg("--grammar").arg(&grammar).output().expect("runs");
    assert_eq!(heard.status.code(), Some(0), "{}", stderr(&heard));
    assert_eq!(stdout(&heard), "what are your opening hours\n");
}

#[test]
fn what_is_no_wav_is_said_so() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("not.wav");
    for (bytes, what) in [(&b"hello, I am a text"[..], "not"), (&b""[..], "empty")] {
        std::fs::write(&file, bytes).expect("written");
        let refused = tom(home.path()).arg("transcribe").arg(&file).output().expect("runs");
        assert_eq!(refused.status.code(), Some(1), "{what}");
        assert!(stderr(&refused).contains("not.wav"), "{}", stderr(&refused));
    }
}

#[test]
fn the_doctor_finds_the_engines_well() {
    let home = tempfile::tempdir().expect("a folder");
    let found = run(home.path(), &["doctor", "--json"]);
    let findings = json(&found);
    let grade = |part: &str| {
        let all = findings.as_array().expect("a list");
        all.iter().find(|f| f["part"] == part).map(|f| f["grade"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(grade("stt").as_deref(), Some("ok"), "{findings:#}");
    assert_eq!(grade("tts").as_deref(), Some("ok"), "{findings:#}");
    assert!(findings.to_string().contains("German calls lead by keys"), "{findings:#}");
    assert_eq!(found.status.code(), Some(0));
}
