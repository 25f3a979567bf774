//! Layer: real. Engines over HTTP through the program: say, transcribe, doctor, whole calls.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tom_loopback::{Fault, Kind, Loopback, Script, speech_like, voiced_second};

use crate::support::{flite, json, rms, stderr, stdout, tom};

/// A server on a runtime of its own.
struct Server {
    _runtime: Runtime,
    loopback: Loopback,
}

impl Server {
    fn start() -> Self {
        let runtime = Runtime::new().expect("threads");
        let mut script = Script { models: vec!["m".into()], key: Some("s3cret".into()), ..Script::default() };
        script.transcription.delay = Duration::from_millis(20);
        script.transcription.hear = Arc::new(|_, fields| match fields.get("language") {
            Some("de") => "Wann haben Sie geöffnet?".into(),
            _ => "what are your opening hours".into(),
        });
        let loopback = runtime.block_on(Loopback::start(script)).expect("a socket");
        Self { _runtime: runtime, loopback }
    }

    /// The program with some engines at this server.
    fn tom(&self, home: &Path, sections: &[&str], args: &[&str]) -> Command {
        let mut command = tom(home);
        for section in sections {
            let name = |setting: &str| format!("TOM_{section}__{setting}").to_uppercase();
            command.env(name("engine"), "openai").env(name("url"), self.loopback.url());
            command.env(name("model"), "m").env(name("api_key"), "s3cret");
        }
        command.args(args);
        command
    }
}

fn said(command: &mut Command) -> Output {
    let output = command.output().expect("runs");
    assert!(!stderr(&output).contains("s3cret") && !stdout(&output).contains("s3cret"));
    output
}

/// Somebody who asks something.
fn question(dir: &Path) -> PathBuf {
    let path = dir.join("q.wav");
    let pcm = voiced_second(16_000).repeat(2);
    std::fs::write(&path, tom_audio::wav::to_bytes(16_000, 1, &pcm)).expect("written");
    path
}

#[test]
fn a_server_speaks_and_understands() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let out = home.path().join("out.wav");
    let text = "Good morning, how are you?";
    let spoken = said(server.tom(home.path(), &["tts"], &["say", text, "--out"]).arg(&out));
    assert_eq!(spoken.status.code(), Some(0), "{}", stderr(&spoken));
    let wav = tom_audio::wav::read(&std::fs::read(&out).expect("written")).expect("a WAV");
    let wanted = speech_like(text, 24_000).len() * 2 / 3;
    assert!(wav.len().abs_diff(wanted) < 200, "{} samples for {wanted}", wav.len());

    let wav = question(home.path());
    let heard = said(server.tom(home.path(), &["stt"], &["transcribe", "--lang", "de"]).arg(&wav));
    assert_eq!(heard.status.code(), Some(0), "{}", stderr(&heard));
    assert_eq!(stdout(&heard), "Wann haben Sie geöffnet?\n");
}

#[test]
fn the_doctor_looks_at_servers_and_says_what_to_do() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let finding = |command: &mut Command, part: &str| {
        let findings = json(&said(command));
        let found = findings.as_array().expect("a list").iter().find(|f| f["part"] == part).cloned();
        found.unwrap_or_default()
    };
    let doctor = || server.tom(home.path(), &["llm"], &["doctor", "--json"]);
    assert_eq!(finding(&mut doctor(), "llm")["grade"], "ok");
    let missing = finding(doctor().env("TOM_LLM__MODEL", "other"), "llm");
    assert_eq!(missing["grade"], "fail");
    assert!(
        missing["fix"].as_str().is_some_and(|fix| fix.contains("set llm.model to one of: m")),
        "{missing}"
    );
    let keyless = finding(doctor().env("TOM_LLM__API_KEY", "wrong"), "llm");
    assert!(keyless["what"].as_str().is_some_and(|what| what.contains("llm.api_key_file")), "{keyless}");
    let mut two = doctor();
    two.env("TOM_LLM_FALLBACK__URL", server.loopback.url()).env("TOM_LLM_FALLBACK__MODEL", "m");
    let second = finding(&mut two, "llm_fallback");
    assert!(second["what"].as_str().is_some_and(|w| w.contains("llm_fallback.api_key_file")), "{second}");
    let nobody = finding(doctor().env("TOM_LLM__URL", "http://127.0.0.1:9"), "llm");
    assert!(nobody["what"].as_str().is_some_and(|what| what.contains("cannot be reached")), "{nobody}");
}

#[test]
fn a_german_call_is_held_with_a_server_and_the_builtin_voice_stands_in() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let wav = question(home.path());
    let out = home.path().join("reply.wav");
    let args = ["call", "--json", "--lang", "de", "--out"];
    let call = |file: &Path| {
        let mut command = server.tom(home.path(), &["stt", "tts"], &args);
        command.env("TOM_TTS__VOICE", "anna");
        let report = json(&said(command.arg(file).arg(&wav)));
        let transcript = report["transcript"].as_array().expect("a list").clone();
        let asked = transcript.iter().any(|t| t["caller"].as_str().is_some_and(|c| c.contains("geöffnet")));
        assert!(asked, "{report:#}");
        let heard = std::fs::read(file).expect("written");
        assert!(rms(&tom_audio::wav::read(&heard).expect("a WAV").to_mono_16k()) > 0.005, "it is audible");
    };
    call(&out);
    let of_voice = server.loopback.stats().of(Kind::Speech);
    assert!(of_voice.finished > 0 && server.loopback.stats().of(Kind::Transcription).finished > 0);
    server.loopback.fault(Kind::Speech, Some(Fault::Status(503)));
    call(&home.path().join("fallback.wav"));
    assert!(server.loopback.stats().of(Kind::Speech).requests > of_voice.requests, "it was asked first");
}

#[test]
fn a_language_model_holds_a_call() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let args = ["call", "--json", "--lang", "en"];
    let mut command = server.tom(home.path(), &["stt", "llm", "tts"], &args);
    let report = json(&said(command.env("TOM_AGENT__MODE", "llm").arg(question(home.path()))));
    let transcript = report["transcript"].as_array().expect("a list");
    let asked = transcript.iter().find(|t| t["caller"].as_str().is_some_and(|c| c.contains("opening hours")));
    let answer = asked.and_then(|turn| turn["agent"].as_str()).unwrap_or_default();
    assert!(answer.contains("I can help you with that"), "{report:#}");
    assert!(server.loopback.stats().of(Kind::Chat).finished > 0);
}

#[test]
fn another_model_answers_where_the_first_one_is_down() {
    let home = tempfile::tempdir().expect("a folder");
    let (server, second) = (Server::start(), Server::start());
    server.loopback.fault(Kind::Chat, Some(Fault::Status(503)));
    let args = ["call", "--json", "--lang", "en"];
    let mut command = server.tom(home.path(), &["stt", "llm", "tts"], &args);
    command.env("TOM_AGENT__MODE", "llm").env("TOM_LLM_FALLBACK__URL", second.loopback.url());
    command.env("TOM_LLM_FALLBACK__MODEL", "m").env("TOM_LLM_FALLBACK__API_KEY", "s3cret");
    let report = json(&said(command.arg(question(home.path()))));
    let transcript = report["transcript"].as_array().expect("a list");
    let asked = transcript.iter().find(|t| t["caller"].as_str().is_some_and(|c| c.contains("opening hours")));
    let answer = asked.and_then(|turn| turn["agent"].as_str()).unwrap_or_default();
    assert!(answer.contains("I can help you with that"), "{report:#}");
    assert!(server.loopback.stats().of(Kind::Chat).requests > 0, "it was asked first");
    assert!(second.loopback.stats().of(Kind::Chat).finished > 0);
}

#[test]
fn pocketsphinx_understands_a_call_whose_recogniser_fails() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    let wav = flite(home.path(), "q.wav", "what are your opening hours");
    for fault in [Fault::Status(500), Fault::Silent] {
        server.loopback.fault(Kind::Transcription, Some(fault.clone()));
        let before = server.loopback.stats().of(Kind::Transcription).requests;
        let mut command = server.tom(home.path(), &["stt"], &["call", "--json", "--lang", "en"]);
        let report = json(&said(command.env("TOM_STT__DEADLINE_MS", "1000").arg(&wav)));
        let transcript = report["transcript"].as_array().expect("a list");
        let asked =
            transcript.iter().find(|t| t["caller"].as_str().is_some_and(|c| c.contains("opening hours")));
        let answered = asked.and_then(|turn| turn["agent"].as_str()).is_some_and(|a| a.contains("open"));
        assert!(answered, "{fault:?}: {report:#}");
        assert!(server.loopback.stats().of(Kind::Transcription).requests > before, "it was asked first");
    }
}
