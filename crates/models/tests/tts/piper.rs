//! Layer: real. A Piper voice with made-up weights speaks through real workers of espeak-ng and the voice, also when one of them
//! is killed.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use tom_engine::{ErrorKind, Health, Tts, TtsEvent, TtsOptions};
use tom_models::tts::{EspeakOptions, EspeakTts, PiperOptions, PiperTts};
use tom_tiny::Voice;

use super::line::{LONG, Line, epoch};

const TEXT: &str = "Grüß Gott, hier spricht Ihr Assistent für Köln. Wie kann ich helfen?";

/// Both engines with a voice in a folder, or the printed reason why there are none. Where TOM_WORKERS_DIR is set, as in
/// CI, the workers must be there.
fn piper(folder: &Path, shards: usize) -> Option<PiperTts> {
    let model = Voice::Two.write(folder, "de").expect("written");
    let espeak =
        EspeakTts::start(EspeakOptions { shards: Some(1), ..EspeakOptions::default() }).expect("starts");
    let options =
        PiperOptions { shards: Some(shards), speaker: Some("bert".into()), ..PiperOptions::new(model) };
    let ready = espeak.wait_ready(LONG);
    let piper = PiperTts::start(options, Arc::new(espeak)).expect("options are right");
    match (ready, piper.wait_ready(LONG)) {
        (Health::Ok, Health::Ok) => Some(piper),
        other => {
            assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{other:?}");
            eprintln!("skipped: {other:?}");
            None
        }
    }
}

#[test]
fn clauses_are_spoken_with_their_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(tts) = piper(folder.path(), 2) else { return };
    let speaks = |tag: &str| tts.speaks(tag.parse().expect("tag"));
    assert_eq!((speaks("de"), speaks("de-at"), speaks("en")), (true, true, false));
    assert_eq!((tts.health(), tts.name()), (Health::Ok, "piper"));
    let mut lines: Vec<Line> = (0..6).map(|_| Line::open(&tts, "de", None, 256)).collect();
    for line in &mut lines {
        for clause in 0..3 {
            line.stream.speak(epoch(1), clause, TEXT.into()).expect("has room");
        }
    }
    for line in &mut lines {
        for clause in 0..3 {
            let heard = line.clause(epoch(1));
            assert_eq!((heard.number, heard.failed), (clause, None));
            let begun =
                heard.words.iter().map(|(offset, _)| TEXT[*offset..].split(' ').next().unwrap_or_default());
            assert!(TEXT.split(' ').eq(begun), "{:?}", heard.words);
            assert!(
                heard.words.is_sorted() && heard.words.iter().all(|(_, at)| *at < heard.pcm.len() as u64)
            );
            assert!(heard.pcm.len() > 16_000 / 2, "{}", heard.pcm.len());
        }
    }
    let mut nobody = Line::open(&tts, "de", Some("carl"), 256);
    nobody.stream.speak(epoch(1), 0, TEXT.into()).expect("has room");
    assert_eq!(nobody.clause(epoch(1)).failed, Some(ErrorKind::BadRequest));
    let (sender, _events) = mpsc::channel(1);
    let options = TtsOptions { lang: "en".parse().expect("tag"), voice: None };
    assert_eq!(tts.open(options, sender).err().map(|e| e.kind), Some(ErrorKind::BadRequest));
}

#[test]
fn what_is_taken_back_is_not_spoken_and_a_killed_worker_costs_no_clause() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(tts) = piper(folder.path(), 1) else { return };
    let mut line = Line::open(&tts, "de", None, 256);
    for clause in 0..20 {
        line.stream.speak(epoch(1), clause, TEXT.into()).expect("has room");
    }
    line.next(epoch(1));
    line.stream.cancel();
    line.stream.speak(epoch(2), 0, "Gut.".into()).expect("has room");
    let heard = line.clause(epoch(2));
    assert!(heard.failed.is_none() && !heard.pcm.is_empty());
    for clause in 0..20 {
        line.stream.speak(epoch(3), clause, TEXT.into()).expect("has room");
    }
    line.clause(epoch(3));
    let pid = tts.status().workers.pids[0];
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.expect("kill runs").success());
    for clause in 1..20 {
        let heard = line.clause(epoch(3));
        assert_eq!((heard.number, heard.failed), (clause, None));
    }
}

#[test]
fn prompts_that_were_spoken_ahead_are_there_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(tts) = piper(folder.path(), 1) else { return };
    assert_eq!(tts.speak_ahead(&[TEXT.into(), "Auf Wiederhören.".into(), TEXT.into()]), 2);
    let before = tts.status().cache;
    let mut line = Line::open(&tts, "de", None, 256);
    line.stream.speak(epoch(1), 4, TEXT.into()).expect("has room");
    // It is in the channel when `speak` returns.
    let mut kinds = Vec::new();
    while let Ok(event) = line.events.try_recv() {
        kinds.push(matches!(event, TtsEvent::Done { clause: 4, .. }));
    }
    assert_eq!(kinds.last(), Some(&true));
    line.stream.speak(epoch(1), 5, "Etwas anderes.".into()).expect("has room");
    line.stream.speak(epoch(1), 6, TEXT.into()).expect("has room");
    for clause in [5, 6] {
        let heard = line.clause(epoch(1));
        assert_eq!((heard.number, heard.failed), (clause, None), "in the order they were asked for");
    }
    let after = tts.status().cache;
    assert_eq!((after.hits - before.hits, after.entries), (1, 2));
    assert!(after.bytes > 16_000);
}

#[test]
fn a_voice_that_cannot_be_loaded_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(tts) = piper(folder.path(), 1) else { return };
    drop(tts);
    let model = folder.path().join("voice.onnx");
    let whole = std::fs::read(&model).expect("is there");
    std::fs::write(&model, &whole[..whole.len() / 2]).expect("cut");
    let espeak =
        EspeakTts::start(EspeakOptions { shards: Some(1), ..EspeakOptions::default() }).expect("starts");
    let options = PiperOptions { shards: Some(1), ..PiperOptions::new(model) };
    let broken = PiperTts::start(options, Arc::new(espeak)).expect("starts");
    let Health::Down(why) = broken.wait_ready(LONG) else { panic!("{:?}", broken.health()) };
    assert!(why.contains("fetch it again"), "{why}");
    let (sender, _events) = mpsc::channel(1);
    let options = TtsOptions { lang: "de".parse().expect("tag"), voice: None };
    assert_eq!(broken.open(options, sender).err().map(|e| e.kind), Some(ErrorKind::Missing));
}
