//! Layer: real. Voices speak through their workers, also when one of them is killed: here espeak-ng.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod line;
mod piper;

use tokio::sync::mpsc;
use tom_audio::level;
use tom_engine::{ErrorKind, Health, Tts, TtsEvent, TtsOptions};
use tom_models::tts::{EspeakOptions, EspeakTts};

use line::{Clause, LONG, Line, epoch, epoch_of};

const EN: &str = "Hello, this is your assistant. How can I help you today?";
const DE: &str = "Grüß Gott, hier spricht Ihr Assistent für Köln.";

/// espeak-ng's workers, or the printed reason why there are none. Where TOM_WORKERS_DIR is set, as in CI, they
/// must be there.
fn espeak(shards: usize) -> Option<EspeakTts> {
    let tts = EspeakTts::start(EspeakOptions { shards: Some(shards), ..EspeakOptions::default() });
    let tts = tts.expect("options are right");
    match tts.wait_ready(LONG) {
        Health::Ok => Some(tts),
        other => {
            assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{other:?}");
            eprintln!("skipped: {other:?}");
            None
        }
    }
}

/// Checks that a clause is speech of a length, with words in order on the text's characters.
fn assert_spoken(heard: &Clause, text: &str, seconds: std::ops::Range<f64>) {
    assert_eq!(heard.failed, None);
    let lasts = heard.pcm.len() as f64 / 16_000.0;
    assert!(seconds.contains(&lasts), "{text:?} lasts {lasts} s");
    assert!(level::rms_dbfs(&heard.pcm) > -35.0, "{text:?} is hardly audible");
    assert!(heard.words.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{:?}", heard.words);
    assert!(heard.words.iter().all(|(offset, _)| text.is_char_boundary(*offset) && *offset < text.len()));
    assert!(heard.words.iter().all(|(_, at)| *at <= heard.pcm.len() as u64));
}

/// The word at a place of a text.
fn word(text: &str, offset: usize) -> &str {
    text[offset..].split(' ').next().unwrap_or_default()
}

#[test]
fn english_and_german_are_spoken_with_their_words() {
    let Some(tts) = espeak(2) else { return };
    for (lang, text, count) in [("en", EN, 11), ("de", DE, 8)] {
        let mut line = Line::open(&tts, lang, None, 256);
        line.speak(epoch(1), 3, text);
        let heard = line.clause(epoch(1));
        assert_eq!(heard.number, 3);
        assert_spoken(&heard, text, 2.0..6.0);
        assert_eq!(heard.words.len(), count);
        assert!(text.split(' ').eq(heard.words.iter().map(|(offset, _)| word(text, *offset))));
    }
    assert_eq!((tts.health(), tts.name()), (Health::Ok, "espeak-ng"));
}

#[test]
fn languages_come_from_the_workers() {
    let Some(tts) = espeak(1) else { return };
    for (lang, spoken) in [("de", true), ("de-at", true), ("cmn", true), ("fr", true), ("xx", false)] {
        assert_eq!(tts.speaks(lang.parse().expect("tag")), spoken, "{lang}");
    }
    let (sender, _events) = mpsc::channel(1);
    let refused = tts.open(TtsOptions { lang: "xx".parse().expect("tag"), voice: None }, sender);
    assert_eq!(refused.err().map(|e| e.kind), Some(ErrorKind::BadRequest));
}

#[test]
fn a_voice_that_is_not_there_fails_the_clause() {
    let Some(tts) = espeak(1) else { return };
    for (voice, failed) in [("de+f2", None), ("../../etc/passwd", Some(ErrorKind::BadRequest))] {
        let (sender, events) = mpsc::channel(64);
        let options = TtsOptions { lang: "de".parse().expect("tag"), voice: Some(voice.into()) };
        let mut line = Line { stream: tts.open(options, sender).expect("opens"), events };
        line.speak(epoch(1), 0, DE);
        assert_eq!(line.clause(epoch(1)).failed, failed, "{voice}");
    }
}

#[test]
fn what_is_cancelled_is_not_spoken() {
    let Some(tts) = espeak(1) else { return };
    // Little room, so that most of the reply has not left the engine when it is cancelled.
    let mut line = Line::open(&tts, "en", None, 4);
    for clause in 0..20 {
        line.speak(epoch(1), clause, EN);
    }
    line.next(epoch(1));
    line.stream.cancel();
    line.speak(epoch(2), 0, "Sorry.");
    let mut stale = 0;
    while let Ok(event) = line.events.try_recv() {
        stale += usize::from(epoch_of(&event) == epoch(1));
    }
    assert!(stale <= 5, "{stale} events after the cancellation");
    line.speak(epoch(3), 0, "Go on, please.");
    let heard = line.clause(epoch(3));
    assert_spoken(&heard, "Go on, please.", 0.5..2.5);
    // The same number once more is a new request.
    line.stream.cancel();
    line.speak(epoch(3), 0, "Again.");
    assert_spoken(&line.clause(epoch(3)), "Again.", 0.2..1.5);
}

#[test]
fn a_reply_is_whole_although_its_worker_is_killed() {
    let Some(tts) = espeak(1) else { return };
    let mut line = Line::open(&tts, "de", None, 512);
    let text = DE.repeat(4);
    line.speak(epoch(1), 0, DE);
    let usual = line.clause(epoch(1)).pcm.len();
    for clause in 0..20 {
        line.speak(epoch(2), clause, &text);
    }
    // It speaks; whichever clause that hits is spoken again.
    let TtsEvent::Word { .. } = line.next(epoch(2)) else { panic!("a word comes first") };
    let pid = tts.status().pids[0];
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.expect("kill runs").success());
    for clause in 0..20 {
        let heard = line.clause(epoch(2));
        assert_eq!((heard.number, heard.failed), (clause, None));
        // The first one lacks the word that was taken above; none lacks a second of speech.
        let length = heard.pcm.len();
        assert!((usual * 3..usual * 5).contains(&length), "clause {clause}: {length}, one {usual}");
        assert_eq!(heard.words.len(), if clause == 0 { 31 } else { 32 });
    }
    let status = tts.status();
    assert_eq!((status.restarts, status.lost), (1, 0), "{status:?}");
}

#[test]
fn fifty_calls_get_their_clauses_in_order() {
    let Some(tts) = espeak(2) else { return };
    let mut lines: Vec<Line> =
        (0..50).map(|n| Line::open(&tts, if n % 2 == 0 { "en" } else { "de" }, None, 16)).collect();
    for clause in 0..4 {
        for (n, line) in lines.iter_mut().enumerate() {
            line.speak(epoch(1), clause, &format!("Call {n}, clause {clause}."));
        }
    }
    for (n, line) in lines.iter_mut().enumerate() {
        for clause in 0..4 {
            let heard = line.clause(epoch(1));
            assert_eq!(heard.number, clause);
            assert_spoken(&heard, &format!("Call {n}, clause {clause}."), 0.7..4.0);
        }
    }
    assert_eq!(tts.status().overloads, 0);
}
