//! Layer: real. A made-up Whisper understands calls through its worker, also when that is killed while somebody speaks.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, error::TryRecvError};
use tom_base::Epoch;
use tom_engine::{ErrorKind, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_models::stt::{Hearing, WhisperOptions, WhisperStt};
use tom_tiny::{Whisper, wave};

/// Longest wait for anything.
const LONG: Duration = Duration::from_secs(120);

/// The engine with a model in a folder, or the printed reason why there is none. Where TOM_WORKERS_DIR is set, as in CI, its
/// worker must be there.
fn whisper(folder: &Path, hearing: Hearing) -> Option<WhisperStt> {
    Whisper::Small.write(folder).expect("written");
    let options =
        WhisperOptions { hearing, threads: Some(1), window_s: 5, ..WhisperOptions::new(folder.to_owned()) };
    let stt = WhisperStt::start(options).expect("options are right");
    match stt.wait_ready(LONG) {
        Health::Ok => Some(stt),
        other => {
            assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{other:?}");
            eprintln!("skipped: {other:?}");
            None
        }
    }
}

struct Call {
    stream: Box<dyn SttStream>,
    events: mpsc::Receiver<SttEvent>,
}

impl Call {
    fn open(stt: &WhisperStt, lang: &str) -> Self {
        let (sender, events) = mpsc::channel(256);
        let lang = lang.parse().expect("tag");
        Self { stream: stt.open(SttOptions { lang }, sender).expect("opens"), events }
    }

    fn speak(&mut self, turn: u32, pcm: &[i16]) {
        self.stream.begin(Epoch::new(turn, 0), None).expect("begins");
        pcm.chunks(1_600).for_each(|piece| self.stream.push(piece).expect("has room"));
    }

    fn finish(&mut self, turn: u32) {
        self.stream.finish(Epoch::new(turn, 0)).expect("asked");
    }

    /// The text of a turn.
    fn text(&mut self, turn: u32) -> String {
        let end = Instant::now() + LONG;
        loop {
            match self.events.try_recv() {
                Ok(SttEvent::Final { epoch, text, .. }) if epoch == Epoch::new(turn, 0) => {
                    return text.to_string();
                }
                Ok(SttEvent::Failed { error, .. }) => panic!("{error:?}"),
                Ok(_) => {}
                Err(TryRecvError::Empty) => {
                    assert!(Instant::now() < end, "waited in vain");
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryRecvError::Disconnected) => panic!("the stream is gone"),
            }
        }
    }
}

#[test]
fn calls_are_understood_also_when_the_worker_is_killed_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(stt) = whisper(folder.path(), Hearing::Call) else { return };
    let speaks = |tag: &str| stt.speaks(tag.parse().expect("tag"));
    assert_eq!((speaks("de-at"), speaks("fr"), speaks("it")), (true, true, false));
    assert_eq!((stt.name(), stt.needs_grammar()), ("whisper", false));
    let (sender, _events) = mpsc::channel(1);
    let refused = stt.open(SttOptions { lang: "it".parse().expect("tag") }, sender);
    assert_eq!(refused.err().map(|error| error.kind), Some(ErrorKind::BadRequest));
    let mut calls: Vec<Call> = (0..4).map(|_| Call::open(&stt, "de")).collect();
    for (seed, call) in (1..).zip(&mut calls) {
        call.speak(1, &wave(seed, 30_000));
        call.finish(1);
    }
    let texts: Vec<String> = calls.iter_mut().map(|call| call.text(1)).collect();
    assert!(texts.iter().all(|text| !text.is_empty()), "{texts:?}");
    for (seed, call) in (1..).zip(&mut calls) {
        call.speak(2, &wave(seed, 30_000));
    }
    let pid = stt.status().pids[0];
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.expect("kill runs").success());
    calls.iter_mut().for_each(|call| call.finish(2));
    let again: Vec<String> = calls.iter_mut().map(|call| call.text(2)).collect();
    assert_eq!(again, texts);
    let status = stt.status();
    assert_eq!((status.restarts, status.lost), (1, 0), "{status:?}");
}

#[test]
fn a_smaller_model_with_fewer_threads_takes_calls_while_the_machine_is_spared() {
    let (usual, small) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    Whisper::Small.write(usual.path()).expect("written");
    Whisper::Whole.write(small.path()).expect("written");
    let options = WhisperOptions {
        smaller: Some(small.path().to_owned()),
        threads: Some(2),
        window_s: 5,
        ..WhisperOptions::new(usual.path().to_owned())
    };
    let stt = WhisperStt::start(options.clone()).expect("options are right");
    if stt.wait_ready(LONG) != Health::Ok {
        assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{:?}", stt.health());
        return eprintln!("skipped: {:?}", stt.health());
    }
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let end = Instant::now() + LONG;
        while !holds() {
            assert!(Instant::now() < end, "{what}: {:?} {:?}", stt.health(), stt.status());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let say = |call: &mut Call, turn| {
        call.speak(turn, &wave(1, 30_000));
        call.finish(turn);
        let text = call.text(turn);
        assert!(!text.is_empty());
    };
    let usual_pid = stt.status().pids[0];
    let mut before = Call::open(&stt, "de");
    say(&mut before, 1);

    stt.allow(1);
    until("the smaller model is there", &|| stt.status().pids.len() == 2);
    let mut meanwhile = Call::open(&stt, "de");
    say(&mut meanwhile, 1);
    say(&mut before, 2);
    assert!(stt.status().pids.contains(&usual_pid), "a running call keeps what it has");
    assert!(matches!(stt.health(), Health::Degraded(why) if why.contains("smaller")), "{:?}", stt.health());
    assert_eq!(stt.spared_calls(), 1);
    drop(before);
    until("the usual model is unloaded", &|| !stt.status().pids.contains(&usual_pid));
    let small_pids = stt.status().pids;
    say(&mut meanwhile, 2);

    stt.allow(usize::MAX);
    let mut after = Call::open(&stt, "de");
    say(&mut after, 1);
    say(&mut meanwhile, 3);
    assert_eq!(stt.status().pids.len(), 2, "both have a call");
    drop(meanwhile);
    until("the smaller model is unloaded", &|| stt.status().pids.iter().all(|pid| !small_pids.contains(pid)));
    say(&mut after, 2);
    assert_eq!((stt.health(), stt.spared_calls()), (Health::Ok, 1));
    drop((after, stt));

    // One that cannot be loaded does not take calls.
    std::fs::remove_file(small.path().join("config.json")).expect("removed");
    let stt = WhisperStt::start(options).expect("options are right");
    assert_eq!(stt.wait_ready(LONG), Health::Ok);
    stt.allow(1);
    let end = Instant::now() + LONG;
    while !matches!(stt.health(), Health::Degraded(why) if why.contains("1 of 2 threads")) {
        assert!(Instant::now() < end, "{:?}", stt.health());
        std::thread::sleep(Duration::from_millis(20));
    }
    say(&mut Call::open(&stt, "de"), 1);
}

#[test]
fn the_language_may_be_heard_or_fixed() {
    for hearing in [Hearing::Detected, Hearing::Fixed("fr".parse().expect("tag"))] {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(stt) = whisper(folder.path(), hearing) else { return };
        let mut call = Call::open(&stt, "en");
        call.speak(1, &wave(1, 30_000));
        call.stream.cancel();
        call.speak(2, &wave(1, 30_000));
        call.finish(2);
        assert!(!call.text(2).is_empty());
    }
}

#[test]
fn a_folder_without_a_model_is_down_with_a_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let stt = WhisperStt::start(WhisperOptions::new(folder.path().join("whisper-tiny"))).expect("starts");
    let health = stt.wait_ready(LONG);
    let Health::Down(why) = health else { panic!("{health:?}") };
    let worker = why.contains("tom models pull whisper-tiny") || why.contains("cargo xtask run");
    assert!(worker, "{why}");
}
