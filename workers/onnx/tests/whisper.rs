//! Layer: real. Callers are understood over the worker protocol while they speak and after, and what is no Whisper is refused.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::os::unix::net::UnixStream;
use std::path::Path;

use tom_base::Epoch;
use tom_tiny::{Whisper, wave};
use tom_worker::child::{Link, serve};
use tom_worker::{Event, FrameBuffer, Hello, Job, Request};
use tom_worker_onnx::whisper::{Ear, load_ear};

fn job(serial: u32) -> Job {
    Job { serial, epoch: Epoch::new(serial, 0), clause: 0 }
}

fn open(options: &str) -> Request {
    Request::Open { options: options.into() }
}

/// An utterance in pieces of 20 ms.
fn said(serial: u32, pcm: &[i16]) -> Vec<Request> {
    let begin = Request::Begin { job: job(serial), context_id: String::new(), context: String::new() };
    let pieces = pcm.chunks(320).map(|piece| Request::Audio { pcm: piece.to_vec() });
    std::iter::once(begin).chain(pieces).chain([Request::Finish { job: job(serial) }]).collect()
}

/// What an ear answers to requests; each batch is written when all that was asked before is answered.
fn talk(ear: &mut Ear, batches: Vec<Vec<(u32, Request)>>) -> Vec<Event> {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut writer = ours.try_clone().unwrap();
    let client = std::thread::spawn(move || {
        let (mut buffer, mut events, mut nonce) = (FrameBuffer::new(), Vec::new(), 0);
        for batch in batches {
            nonce += 1;
            let ping = Request::Ping { nonce }.encode(0).unwrap();
            let bytes: Vec<u8> = batch
                .iter()
                .flat_map(|(stream, request)| request.encode(*stream).unwrap())
                .chain(ping)
                .collect();
            let mut side = writer.try_clone().unwrap();
            let pushing = std::thread::spawn(move || std::io::Write::write_all(&mut side, &bytes).unwrap());
            'answers: loop {
                while let Some(frame) = buffer.next_frame().unwrap() {
                    match Event::decode(frame).unwrap() {
                        Event::Pong { nonce: answered } if answered == nonce => break 'answers,
                        Event::Hello(_) => {}
                        other => events.push(other),
                    }
                }
                assert!(buffer.read_from(&mut ours).unwrap() > 0, "the worker went away");
            }
            pushing.join().unwrap();
        }
        std::io::Write::flush(&mut writer).unwrap();
        writer.shutdown(std::net::Shutdown::Both).unwrap();
        events
    });
    let hello = Hello { engine: "w".into(), version: "1".into(), details: "{}".into() };
    serve(&mut Link::new(theirs), hello, ear).unwrap();
    client.join().unwrap()
}

fn of(stream: u32, requests: Vec<Request>) -> Vec<(u32, Request)> {
    requests.into_iter().map(|request| (stream, request)).collect()
}

fn ear(kind: Whisper) -> (Hello, Ear) {
    let folder = tempfile::tempdir().unwrap();
    kind.write(folder.path()).unwrap();
    load_ear(folder.path(), 1, 5).unwrap()
}

fn finals(events: &[Event]) -> Vec<(u32, String)> {
    let text = |event: &Event| match event {
        Event::Final { job, text, .. } => Some((job.serial, text.clone())),
        Event::Error { job, fault } => panic!("{job:?}: {fault:?}"),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

#[test]
fn calls_share_a_model_and_each_is_answered() {
    let (hello, mut ear) = ear(Whisper::Small);
    assert_eq!(hello.engine, "whisper");
    assert!(hello.details.contains(r#""word_times":"model""#) && hello.details.contains("as long as needed"));
    let one = wave(1, 30_000);
    let mut first = of(1, [vec![open(r#"{"language":"de"}"#)], said(1, &one)].concat());
    first.extend(of(
        2,
        [vec![open(r#"{"language":null,"prompt":"the wonder"}"#)], said(1, &wave(2, 20_000))].concat(),
    ));
    let events = talk(&mut ear, vec![first, of(1, said(2, &one))]);
    let finals = finals(&events);
    assert_eq!(finals.len(), 3);
    assert_eq!(finals[0].1, finals[2].1, "the same again, from the guess that it is the same");
    assert!(!finals[0].1.is_empty());
}

#[test]
fn words_come_with_their_times_before_the_text() {
    let (_, mut ear) = ear(Whisper::Small);
    let requests = [vec![open(r#"{"language":"en","words":true}"#)], said(1, &wave(9, 52_000))].concat();
    let events = talk(&mut ear, vec![of(1, requests)]);
    let Some(Event::Final { text, .. }) = events.last() else { panic!("{events:?}") };
    let words: Vec<(u32, u64)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Word { offset, at, .. } => Some((*offset, *at)),
            _ => None,
        })
        .collect();
    assert!(!words.is_empty() && words.is_sorted() && words[0].0 == 0);
    assert!(
        words.iter().all(|(offset, at)| text.is_char_boundary(*offset as usize) && *at < 52_000),
        "{words:?}"
    );
    // An export without attentions tells none.
    let (hello, mut untold) = self::ear(Whisper::Untimed);
    assert!(hello.details.contains("none: the export has no attentions"));
    let requests = [vec![open(r#"{"language":"en","words":true}"#)], said(1, &wave(9, 52_000))].concat();
    let events = talk(&mut untold, vec![of(1, requests)]);
    assert!(events.iter().all(|event| !matches!(event, Event::Word { .. })));
    assert!(matches!(events.last(), Some(Event::Final { text: other, .. }) if other == text));
}

#[test]
fn silence_says_nothing_and_long_speech_is_understood_in_parts() {
    let (_, mut ear) = ear(Whisper::Small);
    let silence = said(1, &[3; 40_000]);
    let long = wave(4, 16_000 * 62);
    let events =
        talk(&mut ear, vec![of(1, [vec![open(r#"{"language":"fr"}"#)], silence, said(2, &long)].concat())]);
    let finals = finals(&events);
    assert_eq!(finals[0], (1, String::new()));
    assert!(finals[1].1.len() > 20, "{finals:?}");
}

#[test]
fn who_speaks_on_is_looked_at_and_words_settle() {
    let folder = tempfile::tempdir().unwrap();
    Whisper::Small.write(folder.path()).unwrap();
    // It hears words of its own, four a second: the weights know none.
    let mut ear = load_ear(folder.path(), 1, 5).unwrap().1.pacing(4.0);
    let speech = wave(7, 16_000 * 6);
    let mut utterance = said(1, &speech);
    let finish = utterance.pop().unwrap();
    // In real time nothing waits while it looks; here each half second is answered before the next is sent.
    let mut batches = vec![of(1, vec![open(r#"{"language":"en"}"#)])];
    while !utterance.is_empty() {
        let rest = utterance.split_off(utterance.len().min(50));
        batches.push(of(1, std::mem::replace(&mut utterance, rest)));
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    batches.push(of(1, vec![finish]));
    let events = talk(&mut ear, batches);
    assert!(ear.looks() >= 1, "it was never looked at");
    let partials: Vec<&String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Partial { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    let Some(Event::Final { text, .. }) = events.last() else { panic!("{events:?}") };
    for (before, after) in partials.iter().zip(partials.iter().skip(1)) {
        assert!(after.starts_with(before.as_str()), "{before:?} was taken back: {after:?}");
    }
    assert!(partials.iter().all(|partial| text.starts_with(partial.as_str())), "{partials:?} {text:?}");
}

#[test]
fn what_nobody_wants_any_more_is_given_up() {
    let (_, mut ear) = ear(Whisper::Small);
    let mut requests =
        [vec![open(r#"{"language":"de"}"#)], said(1, &wave(1, 30_000)), vec![Request::Cancel]].concat();
    requests.extend(said(2, &wave(1, 30_000)));
    let events = talk(&mut ear, vec![of(1, requests)]);
    let finals = finals(&events);
    assert!(finals.iter().any(|(serial, text)| *serial == 2 && !text.is_empty()), "{finals:?}");
}

#[test]
fn options_that_cannot_be_are_refused() {
    let (_, mut ear) = ear(Whisper::Small);
    for (options, named) in [
        (r#"{"language":"xx"}"#, "does not understand xx"),
        (r#"{"tongue":"de"}"#, "does not know these options"),
        ("null", "does not know these options"),
    ] {
        let events = talk(&mut ear, vec![of(1, [vec![open(options)], said(1, &[0; 320])].concat())]);
        assert!(
            matches!(&events[..], [Event::Error { fault, .. }] if fault.message.contains(named)),
            "{events:?}"
        );
    }
}

#[test]
fn what_is_no_whisper_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    Whisper::Small.write(folder.path()).unwrap();
    let refused = |named: &str| {
        let fault = load_ear(folder.path(), 1, 10).err().map(|fault| fault.message).unwrap_or_default();
        assert!(fault.contains(named) && fault.contains("tom models pull"), "{named}: {fault}");
    };
    let spoil = |name: &str, bytes: &[u8], named: &str| {
        let good = std::fs::read(place(name)).unwrap();
        std::fs::write(place(name), bytes).unwrap();
        refused(named);
        std::fs::write(place(name), good).unwrap();
    };
    for name in ["encoder_model.onnx", "decoder_model_merged.onnx"] {
        let good = std::fs::read(place(name)).unwrap();
        for cut in [0, 1, 100, good.len() / 2, good.len() - 1] {
            spoil(name, &good[..cut], name);
        }
        spoil(name, b"GGUF\x03\0\0\0 and more", name);
        spoil(
            name,
            &tom_tiny::build("in audio float 1,n\nn Relu output audio\nout output float 1,n\n").unwrap(),
            name,
        );
    }
    // The two of another model, whose shapes do not fit.
    let mut config = Whisper::Small.config();
    config["d_model"] = serde_json::json!(48);
    spoil("config.json", config.to_string().as_bytes(), "it again");
    config["d_model"] = serde_json::Value::Null;
    spoil("config.json", config.to_string().as_bytes(), "d_model is missing or null");
    let mut generation = Whisper::Small.generation();
    generation["lang_to_id"] = serde_json::Value::Null;
    spoil("generation_config.json", generation.to_string().as_bytes(), "lang_to_id is missing or null");
    spoil("tokenizer.json", b"{\"model\":null}", "model is missing or null");
    spoil("preprocessor_config.json", b"{\"n_fft\":512}", "n_fft is not 400");
    for name in ["config.json", "tokenizer.json", "encoder_model.onnx", "decoder_model_merged.onnx"] {
        let good = std::fs::read(place(name)).unwrap();
        std::fs::remove_file(place(name)).unwrap();
        refused(name);
        std::fs::write(place(name), good).unwrap();
    }
    assert!(load_ear(folder.path(), 1, 10).is_ok());
    assert!(load_ear(Path::new("/nowhere/whisper-base"), 1, 10).is_err());
}
