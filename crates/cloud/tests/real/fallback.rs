//! Layer: real. Two recognisers over HTTP: what the first one loses the second one understands, and nothing twice.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::Lang;
use tom_cloud::breaker::BreakerOptions;
use tom_cloud::{FallbackStt, OpenAiStt, ServerOptions, SttSettings};
use tom_engine::{ErrorKind, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_loopback::{Fault, Kind, Loopback};

use crate::common::{EVENTS, LONG, SHORT, epoch, fast, next, options, stt, until_asked, until_dropped};

/// A server that says who it is and how much it heard.
async fn server(name: &'static str) -> Loopback {
    let mut script = fast();
    script.transcription.hear = Arc::new(move |pcm, _| format!("{name} {}", pcm.len()));
    Loopback::start(script).await.unwrap()
}

fn pair(first: ServerOptions, second: &str) -> FallbackStt {
    let second = stt(options("stt", second, LONG));
    FallbackStt::new(Arc::new(stt(first)), Arc::new(second), Handle::current())
}

fn open(engine: &dyn Stt, lang: Lang) -> (Box<dyn SttStream>, mpsc::Receiver<SttEvent>) {
    let (tell, events) = mpsc::channel(EVENTS);
    (engine.open(SttOptions { lang }, tell).unwrap(), events)
}

/// Speaks an utterance of two pieces.
fn speak(ear: &mut dyn SttStream, turn: u32) {
    ear.begin(epoch(turn), None).unwrap();
    ear.push(&[7; 320]).unwrap();
    ear.push(&[9; 480]).unwrap();
    ear.finish(epoch(turn)).unwrap();
}

/// The turn of the next event and what was understood.
async fn understood(events: &mut mpsc::Receiver<SttEvent>) -> (u32, String) {
    match next(events).await {
        SttEvent::Final { epoch, text, .. } => (epoch.turn.0, text.to_string()),
        other => panic!("no result: {other:?}"),
    }
}

#[tokio::test]
async fn the_second_understands_what_the_first_loses_however_it_does() {
    let (first, second) = (server("first").await, server("second").await);
    let engine = pair(options("stt", &first.url(), SHORT), &second.url());
    let (mut ear, mut events) = open(&engine, Lang::DE);
    let faults = [
        Fault::Status(500),
        Fault::Status(401),
        Fault::Silent,
        Fault::StallAfterHead,
        Fault::StallAfter(1),
        Fault::CutAfter(1),
        Fault::Garbage,
        Fault::Drip(Duration::from_millis(50)),
    ];
    let mut turn = 0;
    for fault in &faults {
        first.fault(Kind::Transcription, Some(fault.clone()));
        turn += 1;
        speak(&mut *ear, turn);
        assert_eq!(understood(&mut events).await, (turn, "second 800".into()), "{fault:?}");
        // The next utterance is the first one's again.
        first.fault(Kind::Transcription, None);
        turn += 1;
        speak(&mut *ear, turn);
        assert_eq!(understood(&mut events).await, (turn, "first 800".into()), "{fault:?}");
    }
    assert_eq!(engine.taken(), faults.len() as u64);
    assert_eq!(second.stats().of(Kind::Transcription).requests, faults.len() as u64);
    assert!(events.try_recv().is_err(), "each utterance has one result");
}

#[tokio::test]
async fn a_first_that_rests_is_not_waited_for_and_comes_back() {
    let (first, second) = (server("first").await, server("second").await);
    let breaker = BreakerOptions { run: 1, wait: Duration::from_millis(300), ..BreakerOptions::default() };
    let engine = pair(ServerOptions { breaker, ..options("stt", &first.url(), LONG) }, &second.url());
    let (mut ear, mut events) = open(&engine, Lang::DE);
    assert_eq!(engine.health(), Health::Ok);
    first.fault(Kind::Transcription, Some(Fault::Status(500)));
    for turn in 1..=3 {
        speak(&mut *ear, turn);
        assert_eq!(understood(&mut events).await, (turn, "second 800".into()));
    }
    assert_eq!(
        first.stats().of(Kind::Transcription).requests,
        2,
        "it was asked, asked again, and left alone"
    );
    let Health::Degraded(why) = engine.health() else { panic!("{:?}", engine.health()) };
    assert!(why.contains("openai understands instead (3 utterances so far)") && why.contains("500"), "{why}");

    first.fault(Kind::Transcription, None);
    tokio::time::sleep(Duration::from_millis(350)).await;
    speak(&mut *ear, 4);
    assert_eq!(understood(&mut events).await, (4, "first 800".into()));
    assert_eq!(engine.health(), Health::Ok);
}

#[tokio::test]
async fn who_stands_in_hears_the_utterance_as_it_is_spoken() {
    let (first, second) = (server("first").await, server("second").await);
    let breaker = BreakerOptions { run: 1, ..BreakerOptions::default() };
    let engine = pair(ServerOptions { breaker, ..options("stt", &first.url(), LONG) }, &second.url());
    let (mut ear, mut events) = open(&engine, Lang::DE);
    first.fault(Kind::Transcription, Some(Fault::Status(500)));
    speak(&mut *ear, 1);
    understood(&mut events).await;
    ear.begin(epoch(2), None).unwrap();
    ear.push(&[1; 160]).unwrap();
    ear.peek(epoch(2)).unwrap();
    let SttEvent::Partial { text, .. } = next(&mut events).await else { panic!("a partial") };
    assert_eq!(&*text, "second 160");
    // Spoken anew: nothing of what was given up is in it.
    speak(&mut *ear, 3);
    assert_eq!(understood(&mut events).await, (3, "second 800".into()));
}

#[tokio::test]
async fn when_nobody_is_there_both_are_named() {
    let engine = pair(options("stt", "http://127.0.0.1:9", SHORT), "http://127.0.0.1:9");
    let (mut ear, mut events) = open(&engine, Lang::DE);
    speak(&mut *ear, 1);
    let SttEvent::Failed { epoch: lost, error } = next(&mut events).await else { panic!("it is lost") };
    assert_eq!((lost, error.kind), (epoch(1), ErrorKind::Unavailable));
    assert!(matches!(engine.health(), Health::Degraded(_) | Health::Down(_)), "{:?}", engine.health());
}

#[tokio::test]
async fn cancelling_and_hanging_up_end_both_and_leave_no_task() {
    let (first, second) = (server("first").await, server("second").await);
    let engine = pair(options("stt", &first.url(), LONG), &second.url());
    first.fault(Kind::Transcription, Some(Fault::Silent));
    second.fault(Kind::Transcription, Some(Fault::Silent));
    let (mut ear, mut events) = open(&engine, Lang::DE);
    speak(&mut *ear, 1);
    until_asked(&first, Kind::Transcription, 1).await;
    ear.cancel();
    until_dropped(&first, Kind::Transcription, 1).await;
    // The second one is at it when the call ends.
    first.fault(Kind::Transcription, Some(Fault::Status(401)));
    speak(&mut *ear, 2);
    until_asked(&second, Kind::Transcription, 1).await;
    drop(ear);
    until_dropped(&second, Kind::Transcription, 1).await;
    let rest = tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap();
    assert!(rest.is_none(), "no task holds the call's channel");
}

#[tokio::test]
async fn an_utterance_that_is_too_long_is_lost_and_not_kept() {
    let (first, second) = (server("first").await, server("second").await);
    let engine = pair(options("stt", &first.url(), LONG), &second.url());
    let (mut ear, mut events) = open(&engine, Lang::DE);
    assert_eq!(ear.push(&[0; 320]).unwrap_err().kind, ErrorKind::BadRequest);
    ear.begin(epoch(1), None).unwrap();
    ear.push(&vec![1; 60 * 16_000]).unwrap();
    assert_eq!(ear.push(&[1]).unwrap_err().kind, ErrorKind::BadRequest);
    speak(&mut *ear, 2);
    assert_eq!(understood(&mut events).await, (2, "first 800".into()));
}

#[tokio::test]
async fn each_language_goes_to_whom_it_is_spoken_by() {
    let (first, second) = (server("first").await, server("second").await);
    let of = |url: &str, lang| {
        let settings = SttSettings {
            server: options("stt", url, LONG),
            languages: vec![lang],
            prompt: None,
            verbose: false,
        };
        Arc::new(OpenAiStt::start(settings, &Handle::current()).unwrap())
    };
    let engine = FallbackStt::new(of(&first.url(), Lang::DE), of(&second.url(), Lang::EN), Handle::current());
    assert!(engine.speaks(Lang::DE) && engine.speaks(Lang::EN) && !engine.needs_grammar());
    for (lang, who) in [(Lang::DE, "first 800"), (Lang::EN, "second 800")] {
        let (mut ear, mut events) = open(&engine, lang);
        speak(&mut *ear, 1);
        assert_eq!(understood(&mut events).await, (1, who.into()));
    }
    assert_eq!(engine.taken(), 0, "nobody failed");
    let french = engine.open(SttOptions { lang: "fr".parse().unwrap() }, mpsc::channel(1).0);
    assert!(french.is_err_and(|error| error.kind == ErrorKind::BadRequest));
}
