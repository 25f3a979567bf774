//! Layer: real. espeak-ng itself: voices, languages, and what must not get through to it.

use std::os::unix::net::UnixStream;

use tom_audio::level;
use tom_worker::child::{Handler, Link, serve};
use tom_worker::{Event, Fault, FaultKind, FrameBuffer, Hello, Job, Request};

use crate::load;
use crate::speaker::Speaker;
use crate::voices::{Voice, for_language};

/// What came of a clause.
#[derive(Default)]
struct Heard {
    pcm: Vec<i16>,
    words: Vec<(usize, u64)>,
    sounds: Vec<(u32, String)>,
    fault: Option<Fault>,
}

/// Speaks clauses with the same options.
fn speak(options: &str, clauses: &[&str]) -> Vec<Heard> {
    let requests: Vec<_> = clauses.iter().map(|text| (options.to_owned(), *text)).collect();
    speak_all(&requests)
}

/// Speaks clauses, each on a stream with its options, over a real link as the worker's process does.
fn speak_all(requests: &[(String, &str)]) -> Vec<Heard> {
    let (_, mut speaker) = load().unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut bytes = Vec::new();
    for (stream, (options, text)) in (1..).zip(requests) {
        let job = Job { serial: 1, epoch: "1.0".parse().unwrap(), clause: stream };
        bytes.extend(Request::Open { options: options.clone() }.encode(stream).unwrap());
        bytes.extend(Request::Speak { job, text: (*text).into() }.encode(stream).unwrap());
    }
    let mut writer = ours.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        std::io::Write::write_all(&mut writer, &bytes).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let reader = std::thread::spawn(move || read(&mut ours));
    let hello = Hello { engine: "e".into(), version: "1".into(), details: "{}".into() };
    serve(&mut Link::new(theirs), hello, &mut speaker).unwrap();
    writer.join().unwrap();
    reader.join().unwrap()
}

fn read(mut socket: &mut UnixStream) -> Vec<Heard> {
    let mut buffer = FrameBuffer::new();
    let mut heard = vec![Heard::default()];
    while buffer.read_from(&mut socket).unwrap() > 0 {
        while let Some(frame) = buffer.next_frame().unwrap() {
            let clause = heard.last_mut().unwrap();
            match Event::decode(frame).unwrap() {
                Event::Pcm { samples, .. } => clause.pcm.extend(samples),
                Event::Word { offset, at, .. } => clause.words.push((offset as usize, at)),
                Event::Phonemes { words, .. } => clause.sounds = words,
                Event::Done { .. } => heard.push(Heard::default()),
                Event::Error { fault, .. } => {
                    clause.fault = Some(fault);
                    heard.push(Heard::default());
                }
                _ => {}
            }
        }
    }
    heard.pop();
    heard
}

fn seconds(heard: &Heard) -> f64 {
    heard.pcm.len() as f64 / 16_000.0
}

/// Whether it is the same speech: the engine's own noise changes some samples each time.
fn alike(a: &Heard, b: &Heard) -> bool {
    a.pcm.len().abs_diff(b.pcm.len()) < 160
}

/// The words at the offsets.
fn words<'t>(text: &'t str, heard: &Heard) -> Vec<&'t str> {
    let end = |from: usize| text[from..].find(' ').map_or(text.len(), |n| from + n);
    heard.words.iter().map(|(at, _)| &text[*at..end(*at)]).collect()
}

#[test]
fn german_words_are_found_at_their_bytes() {
    let text = "Grüße aus Köln 👍🏽 für 1234 schöne Bäume, ja?";
    let heard = &speak(r#"{"lang":"de"}"#, &[text])[0];
    assert!((2.5..9.0).contains(&seconds(heard)), "{} s", seconds(heard));
    let found = words(text, heard);
    for word in ["Grüße", "aus", "Köln", "👍🏽", "für", "1234", "schöne", "Bäume,", "ja?"] {
        assert_eq!(found.iter().filter(|w| **w == word).count(), 1, "{word} in {found:?}");
    }
    assert!(heard.words.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{:?}", heard.words);
    assert!(heard.words.iter().all(|(_, at)| *at <= heard.pcm.len() as u64));
}

#[test]
fn speech_is_loud_and_clean_and_begins_at_once() {
    let text = "Hello, this is your assistant. How can I help you today?";
    for heard in speak(r#"{"lang":"en"}"#, &[text, text]) {
        assert!((2.5..5.0).contains(&seconds(&heard)), "{} s", seconds(&heard));
        let level = level::rms_dbfs(&heard.pcm);
        assert!((-32.0..-16.0).contains(&level), "{level} dBFS");
        assert_eq!(level::clipped(&heard.pcm), 0);
        assert!(heard.pcm[..320].iter().any(|s| s.unsigned_abs() > 128), "20 ms of silence first");
        assert_eq!(words(text, &heard).len(), 11);
        assert_eq!(heard.words[0], (0, 0));
    }
}

#[test]
fn every_voice_speaks() {
    let (_, speaker) = load().unwrap();
    let voices = speaker.engine().voices().to_vec();
    drop(speaker);
    assert!(voices.len() > 100, "{} voices", voices.len());
    let options = |v: &Voice| serde_json::json!({ "lang": v.languages[0].1, "voice": v.file }).to_string();
    let requests: Vec<_> = voices.iter().map(|v| (options(v), "1 2 3 hello")).collect();
    for (voice, heard) in voices.iter().zip(speak_all(&requests)) {
        assert!(heard.fault.is_none(), "{voice:?}: {:?}", heard.fault);
        assert!(seconds(&heard) > 0.2, "{voice:?} speaks {} s", seconds(&heard));
    }
}

#[test]
fn languages_find_their_usual_voice() {
    let (_, speaker) = load().unwrap();
    let voices = speaker.engine().voices();
    for (tag, file) in [
        ("en", "gmw/en-US"),
        ("en-gb", "gmw/en"),
        ("en_GB", "gmw/en"),
        ("en-au", "gmw/en-US"),
        ("de", "gmw/de"),
        ("de-at", "gmw/de"),
        ("fr", "roa/fr"),
        ("pt-br", "roa/pt-BR"),
        ("zh", "sit/cmn"),
    ] {
        assert_eq!(for_language(voices, tag).map(|v| v.file.as_str()), Some(file), "{tag}");
    }
    assert_eq!(for_language(voices, "xx"), None);
}

#[test]
fn options_that_cannot_be_met_are_refused() {
    for options in [
        "",
        r#"{"lang":"xx"}"#,
        r#"{"lang":"de","speed":3}"#,
        r#"{"lang":"de","rate":1000}"#,
        r#"{"lang":"de","voice":"nobody"}"#,
        r#"{"lang":"de","voice":"de+nobody"}"#,
        r#"{"lang":"de","voice":"de+../../../../../../etc/passwd"}"#,
        r#"{"lang":"de","voice":"../../etc/passwd"}"#,
    ] {
        let heard = &speak(options, &["hallo"])[0];
        assert!(heard.pcm.is_empty());
        let kind = heard.fault.as_ref().map(|fault| fault.kind);
        assert_eq!(kind, Some(FaultKind::BadRequest), "{options}");
    }
}

#[test]
fn voice_and_rate_are_heard() {
    let text = "This sentence is spoken in several ways.";
    let usual = &speak(r#"{"lang":"en"}"#, &[text])[0];
    let fast = &speak(r#"{"lang":"en","rate":300}"#, &[text])[0];
    assert!(seconds(fast) < seconds(usual) * 0.75);
    let other = &speak(r#"{"lang":"en","voice":"+f3"}"#, &[text])[0];
    assert!(other.fault.is_none() && other.pcm != usual.pcm);
    // Streams do not change each other's voice.
    assert!(alike(&speak(r#"{"lang":"en"}"#, &[text])[0], usual));
    assert!(!alike(fast, usual));
}

#[test]
fn commands_in_a_text_change_nothing() {
    let plain = &speak(r#"{"lang":"en"}"#, &["one two three"])[0];
    let both =
        speak(r#"{"lang":"en"}"#, &["\u{1}450Sone", "one two three", "<prosody rate='400%'>one</prosody>"]);
    assert!(alike(&both[1], plain));
    // The marks are spoken or passed over, but obeyed they are not: that would be faster than one word.
    assert!(both[2].pcm.len() > plain.pcm.len());
}

#[test]
fn odd_texts_end_well() {
    let long_word = "Donaudampfschifffahrt".repeat(40);
    let long = "A sentence of a long text, spoken in pieces. ".repeat(20);
    let heard =
        speak(r#"{"lang":"de"}"#, &["", "  ", "...", "—", "?!?!", "\u{1}\u{2}", &long_word, &long, "gut"]);
    let faults: Vec<bool> = heard.iter().map(|h| h.fault.is_some()).collect();
    assert_eq!(faults, [true, true, false, false, false, false, false, false, false]);
    assert!(seconds(&heard[6]) > 20.0 && seconds(&heard[7]) > 40.0);
    // The engine takes some pairs of small words as one.
    let found = words(&long, &heard[7]).len();
    assert!((7 * 20..=9 * 20).contains(&found), "{found} words");
    assert!(seconds(&heard[8]) > 0.2);
}

#[test]
fn a_closed_stream_is_forgotten() {
    let (_, mut speaker): (_, Speaker) = load().unwrap();
    speaker.open(7, r#"{"lang":"de"}"#).unwrap();
    speaker.close(7);
    assert_eq!(speaker.streams(), 0);
}

#[test]
fn clauses_are_pronounced_with_stress_and_marks_whatever_came_before() {
    let de = r#"{"lang":"de","phonemes":true}"#.to_owned();
    let en = r#"{"lang":"en","phonemes":true}"#.to_owned();
    let hello = (en, "Hello, this is one of the best. Ten a.m.?");
    let gruss = (de, "Grüß Gott! Ich bin’s (wirklich) – aus Köln, mit Gin");
    let spoken = (r#"{"lang":"en"}"#.to_owned(), "In between, something is spoken");
    let heard = speak_all(&[hello.clone(), gruss.clone(), spoken, hello.clone(), gruss.clone()]);
    let text = |heard: &Heard| heard.sounds.iter().map(|(_, sound)| sound.as_str()).collect::<String>();
    assert_eq!((text(&heard[0]), text(&heard[1])), (text(&heard[3]), text(&heard[4])), "the same each time");
    assert!(heard[0].pcm.is_empty() && heard[2].sounds.is_empty() && !heard[2].pcm.is_empty());
    let (en, de) = (text(&heard[0]), text(&heard[1]));
    assert!(en.starts_with("həlˈoʊ, ð") && en.contains("bˈɛst. ") && en.ends_with("ˈɛm?"), "{en}");
    assert!(de.starts_with("ɡʁˈyːs ɡˈɔt! ") || de.starts_with("ɡɾˈyːs ɡˈɔt! "), "{de}");
    assert!(!de.contains(['(', ')']), "{de}");
    for (heard, (_, text)) in heard.iter().zip([&hello, &gruss]) {
        assert!(heard.sounds.iter().all(|(at, _)| text.is_char_boundary(*at as usize)));
        assert!(heard.sounds.is_sorted_by_key(|(at, _)| *at));
    }
    assert_eq!(
        heard[1].sounds.iter().find(|(_, sound)| sound.starts_with("kˈœln")).map(|(at, _)| *at as usize),
        gruss.1.find("Köln")
    );
}
