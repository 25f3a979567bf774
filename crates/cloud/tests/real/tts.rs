//! Layer: real. Speech over HTTP: its samples, the order of clauses, cancelling, stalls, cuts and garbage.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{
    EVENTS, KEY, LONG, PATIENCE, SHORT, clause, epoch, fast, next, options, tts, until_asked, until_dropped,
};
use tokio::sync::mpsc;
use tom_audio::Resampler;
use tom_base::Lang;
use tom_cloud::AudioFormat;
use tom_engine::{ErrorKind, Health, Tts, TtsEvent, TtsOptions, TtsStream};
use tom_loopback::{Fault, Kind, Loopback, speech_like};

fn open(engine: &dyn Tts) -> (Box<dyn TtsStream>, mpsc::Receiver<TtsEvent>) {
    let (tell, events) = mpsc::channel(EVENTS);
    (engine.open(TtsOptions { lang: Lang::EN, voice: None }, tell).unwrap(), events)
}

/// What is to be heard of a text.
fn wanted(text: &str, rate_hz: u32) -> Vec<i16> {
    let mut resampler = Resampler::new(rate_hz, 16_000);
    let mut out = Vec::new();
    resampler.push(&speech_like(text, rate_hz), &mut out);
    resampler.flush(&mut out);
    out
}

#[tokio::test]
async fn clauses_sound_as_the_server_made_them_whatever_the_format() {
    let text = "A clause that takes some seconds to say, so that it comes in several pieces.";
    for (format, rate, knows) in [
        (AudioFormat::Pcm, 24_000, false),
        (AudioFormat::Wav, 22_050, false),
        (AudioFormat::Wav, 16_000, true),
    ] {
        let mut script = fast();
        script.key = Some(KEY.into());
        script.speech.rate_hz = rate;
        script.speech.wav_knows_length = knows;
        let server = Loopback::start(script).await.unwrap();
        let engine = tts(options("tts", &server.url(), LONG), format);
        let (mut voice, mut events) = open(&engine);
        for number in 0..5 {
            voice.speak(epoch(1), number, text.into()).unwrap();
            let (pcm, end) = clause(&mut events, number).await;
            assert!(end.is_ok());
            assert_eq!(pcm, wanted(text, rate));
        }
        assert!(server.stats().connections() <= 3, "connections are kept");
        assert_eq!(engine.health(), Health::Ok);
    }
}

#[tokio::test]
async fn the_first_sound_does_not_wait_for_the_rest() {
    let mut script = fast();
    script.speech.speed = 2.0;
    let server = Loopback::start(script).await.unwrap();
    server.fault(Kind::Speech, Some(Fault::StallAfter(1)));
    let engine = tts(options("tts", &server.url(), LONG), AudioFormat::Pcm);
    let (mut voice, mut events) = open(&engine);
    voice.speak(epoch(1), 0, "Some words to say.".into()).unwrap();
    let TtsEvent::Audio { pcm, .. } = next(&mut events).await else { panic!("audio") };
    assert!((320..=1_600).contains(&pcm.len()), "{}", pcm.len());
}

#[tokio::test]
async fn clauses_come_in_order_though_two_are_asked_for_at_once() {
    let mut script = fast();
    // The second is there long before the first.
    script.speech.say = Some(Arc::new(|text| {
        if text.starts_with("long") {
            std::thread::sleep(Duration::from_millis(150));
        }
        speech_like(text, 24_000)
    }));
    let server = Loopback::start(script).await.unwrap();
    let engine = tts(options("tts", &server.url(), LONG), AudioFormat::Pcm);
    let (mut voice, mut events) = open(&engine);
    let texts = ["long and slow", "short", "...", "long again", "end"];
    for (number, text) in texts.iter().enumerate() {
        voice.speak(epoch(1), number as u32, (*text).into()).unwrap();
    }
    for (number, text) in texts.iter().enumerate() {
        let (pcm, end) = clause(&mut events, number as u32).await;
        assert!(end.is_ok());
        assert_eq!(pcm, if *text == "..." { Vec::new() } else { wanted(text, 24_000) }, "{text}");
    }
    assert_eq!(server.stats().of(Kind::Speech).requests, 4, "nothing to say is not asked for");
}

#[tokio::test]
async fn two_requests_are_under_way_at_most_and_too_many_clauses_are_refused() {
    let server = Loopback::start(fast()).await.unwrap();
    server.fault(Kind::Speech, Some(Fault::Silent));
    let engine = tts(options("tts", &server.url(), LONG), AudioFormat::Pcm);
    let (mut voice, _events) = open(&engine);
    let refused = (0..100).find_map(|number| voice.speak(epoch(1), number, "words".into()).err());
    assert_eq!(refused.unwrap().kind, ErrorKind::Overload);
    until_asked(&server, Kind::Speech, 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.stats().of(Kind::Speech).requests, 2);
}

#[tokio::test]
async fn cancelling_closes_all_streams_and_so_does_another_reply() {
    let server = Loopback::start(fast()).await.unwrap();
    server.fault_for(Kind::Speech, Fault::StallAfter(1), 4);
    let engine = tts(options("tts", &server.url(), LONG), AudioFormat::Pcm);
    let (mut voice, mut events) = open(&engine);
    for turn in 1..=2 {
        voice.speak(epoch(turn), 0, "first".into()).unwrap();
        voice.speak(epoch(turn), 1, "second".into()).unwrap();
        until_asked(&server, Kind::Speech, u64::from(turn) * 2).await;
        if turn == 1 {
            voice.cancel();
            until_dropped(&server, Kind::Speech, 2).await;
        }
    }
    voice.speak(epoch(3), 0, "third".into()).unwrap();
    until_dropped(&server, Kind::Speech, 4).await;
    let done = async {
        loop {
            if let TtsEvent::Done { epoch: done, .. } = next(&mut events).await {
                return done;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, done).await.unwrap(), epoch(3));
    assert_eq!(engine.health(), Health::Ok, "what is cancelled has not failed");
}

#[tokio::test]
async fn a_call_that_reads_slowly_loses_nothing() {
    let server = Loopback::start(fast()).await.unwrap();
    let engine = tts(options("tts", &server.url(), LONG), AudioFormat::Pcm);
    let (tell, mut events) = mpsc::channel(1);
    let mut voice = engine.open(TtsOptions { lang: Lang::EN, voice: None }, tell).unwrap();
    let text = "many words ".repeat(60);
    voice.speak(epoch(1), 0, text.as_str().into()).unwrap();
    voice.speak(epoch(1), 1, text.as_str().into()).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    for number in 0..2 {
        let (pcm, end) = clause(&mut events, number).await;
        assert!(end.is_ok());
        assert_eq!(pcm, wanted(&text, 24_000));
    }
}

#[tokio::test]
async fn what_fails_before_the_first_sound_is_asked_again_and_what_fails_after_it_is_not() {
    let server = Loopback::start(fast()).await.unwrap();
    let engine = tts(options("tts", &server.url(), LONG), AudioFormat::Pcm);
    let (mut voice, mut events) = open(&engine);
    server.fault_for(Kind::Speech, Fault::CutAfter(0), 1);
    voice.speak(epoch(1), 0, "some words".into()).unwrap();
    assert!(clause(&mut events, 0).await.1.is_ok());
    server.fault_for(Kind::Speech, Fault::CutAfter(2), 1);
    voice.speak(epoch(1), 1, "some more words".into()).unwrap();
    // A clause that fails does not take the next one with it.
    voice.speak(epoch(1), 2, "the rest".into()).unwrap();
    let (pcm, end) = clause(&mut events, 1).await;
    assert_eq!(end.unwrap_err().kind, ErrorKind::Crashed);
    assert!(!pcm.is_empty());
    assert!(clause(&mut events, 2).await.1.is_ok());
    assert_eq!(server.stats().of(Kind::Speech).requests, 4);
}

#[tokio::test]
async fn every_failure_says_what_to_do_and_neither_the_key_nor_what_was_to_be_said() {
    let server = Loopback::start(fast()).await.unwrap();
    let engine = tts(options("tts", &server.url(), SHORT), AudioFormat::Pcm);
    let (mut voice, mut events) = open(&engine);
    let answer = |status, content_type: &str, body: String| Fault::Answer {
        status,
        content_type: content_type.into(),
        headers: Vec::new(),
        body: body.into(),
    };
    let json = "application/json";
    let echo = format!("{{\"error\": {{\"message\": \"no voice for 'Mr Quill' {KEY}\"}}}}");
    let wait = Duration::from_millis(20);
    for (fault, kind, told) in [
        (answer(403, json, echo.clone()), ErrorKind::Missing, "tts.api_key"),
        (answer(400, json, echo.clone()), ErrorKind::BadRequest, "no voice for '...' ..."),
        (answer(200, json, echo), ErrorKind::Protocol, "no audio"),
        (answer(200, "audio/mpeg", "....".into()), ErrorKind::Protocol, "tts.format"),
        (answer(200, "audio/pcm", "OggS............".into()), ErrorKind::Protocol, "tts.format"),
        (answer(200, "audio/pcm", String::new()), ErrorKind::Protocol, "tts.voice"),
        (Fault::Garbage, ErrorKind::Protocol, "web page"),
        (Fault::Silent, ErrorKind::Timeout, "no sound within"),
        (Fault::StallAfterHead, ErrorKind::Timeout, "no sound within"),
        // 960 bytes make 20 ms: at 50 a second it takes far too long.
        (Fault::Drip(wait), ErrorKind::Timeout, "no sound within"),
        (Fault::StallAfter(2), ErrorKind::Timeout, "fell silent"),
    ] {
        server.fault(Kind::Speech, Some(fault.clone()));
        voice.speak(epoch(1), 0, "Mr Quill".into()).unwrap();
        let error = clause(&mut events, 0).await.1.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert!(error.what.contains(told), "{fault:?}: {error}");
        let all = format!("{error:?}");
        assert!(!all.contains(KEY) && !all.contains("Quill"), "{all}");
    }
    let other = engine.open(TtsOptions { lang: Lang::DE, voice: None }, mpsc::channel(1).0);
    assert_eq!(other.err().unwrap().kind, ErrorKind::BadRequest);
}
