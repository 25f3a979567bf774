//! Layer: real. PocketSphinx hears through its workers, also when one of them is killed.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../../workers/sphinx/tests/corpus/mod.rs"]
#[expect(dead_code, reason = "shared with the worker's own tests, which need more of it")]
mod corpus;
mod ear;

use tom_engine::{Epoch, ErrorKind, Stt};
use tom_models::stt::{SphinxOptions, SphinxStt};

use corpus::{Around, Line, VOICES, arrives, phrases, read, say, shared};
use ear::{Ear, Heard, sphinx};

const FIRST: Epoch = Epoch::new(1, 0);

#[test]
fn phrases_of_the_grammar_are_heard() {
    let Some(stt) = sphinx(1) else { return };
    let menu = corpus::grammar("menu");
    let mut right = 0;
    for (n, phrase) in phrases()["menu"].iter().step_by(5).enumerate() {
        let mut ear = Ear::open(&stt);
        let pcm = arrives(&say(VOICES[n % VOICES.len()], phrase), Line::Telephone, Around::Quiet, n as u64);
        let heard = ear.hear(FIRST, Some(&menu), &pcm);
        right += usize::from(heard.text == *phrase && heard.confidence >= 0.5);
    }
    assert!(right >= 9, "{right} of 11");
}

#[test]
fn other_speech_is_not_taken_for_a_phrase() {
    let Some(stt) = sphinx(1) else { return };
    let menu = corpus::grammar("menu");
    let mut ear = Ear::open(&stt);
    let phrases = phrases();
    let others = phrases["other"].iter().step_by(6).enumerate();
    let taken = others.filter(|(n, phrase)| {
        let pcm = arrives(&say(VOICES[n % VOICES.len()], phrase), Line::Telephone, Around::Quiet, *n as u64);
        let heard = ear.hear(FIRST, Some(&menu), &pcm);
        !heard.text.is_empty() && heard.confidence >= 0.5
    });
    let taken = taken.count();
    assert!(taken <= 2, "{taken} of 10");
}

/// The digits of recorded people where the shared data is, else of flite's voices.
#[test]
fn digits_are_heard() {
    let Some(stt) = sphinx(1) else { return };
    let digits: Vec<&str> = phrases()["digit"].iter().copied().take(10).collect();
    let grammar = corpus::grammar("digit");
    let (mut right, mut all) = (0, 0);
    for (speaker, voice) in [("jackson", "rms"), ("theo", "awb")] {
        let mut ear = Ear::open(&stt);
        for take in 0..3 {
            for (n, digit) in digits.iter().enumerate() {
                let recorded = shared(&format!("speech/digits/{n}_{speaker}_{take}.wav"));
                let speech = recorded.map_or_else(|| say(voice, digit), |file| read(&file));
                let pcm = arrives(&speech, Line::Telephone, Around::Quiet, take * 10 + n as u64);
                let heard = ear.hear(FIRST, Some(&grammar), &pcm);
                right += usize::from(heard.text == *digit || (n == 0 && heard.text == "oh"));
                all += 1;
            }
        }
    }
    assert!(right * 100 >= all * 80, "{right} of {all}");
}

#[test]
fn what_is_said_shows_while_it_is_said() {
    let Some(stt) = sphinx(1) else { return };
    let mut ear = Ear::open(&stt);
    let pcm = arrives(&say("slt", "what are your opening hours"), Line::Wide, Around::Quiet, 1);
    let heard = ear.hear(FIRST, Some(&corpus::grammar("menu")), &pcm);
    assert_eq!(heard.text, "what are your opening hours");
    assert!(heard.partials.iter().any(|text| text.starts_with("what are")), "{heard:?}");
    assert!(heard.partials.windows(2).all(|pair| pair[0] != pair[1]), "{heard:?}");
}

#[test]
fn a_worker_that_dies_amid_an_utterance_costs_nothing_but_time() {
    let Some(stt) = sphinx(1) else { return };
    let mut ear = Ear::open(&stt);
    let pcm = arrives(&say("rms", "i have a question about my invoice"), Line::Wide, Around::Quiet, 2);
    let (before, after) = pcm.split_at(pcm.len() / 2);
    ear.begin(FIRST, Some(&corpus::grammar("menu")));
    ear.push(before);
    let killed = ear::kill_workers(&stt);
    ear.push(after);
    let heard = ear.finish(FIRST);
    assert_eq!(heard.text, "i have a question about my invoice", "{heard:?}");
    assert!(heard.confidence >= 0.5, "{heard:?}");
    assert!(!stt.status().pids.iter().any(|pid| killed.contains(pid)));
    assert_eq!(stt.status().restarts, 1);
}

#[test]
fn a_broken_grammar_is_refused_with_its_place() {
    let Some(stt) = sphinx(1) else { return };
    let mut ear = Ear::open(&stt);
    for (grammar, hint) in [
        ("public <a> = yes;", "must begin with `#JSGF V1.0;`"),
        ("#JSGF V1.0;\npublic <a> = yes | <no>;", "line 2, column 20: there is no rule <no>"),
        ("#JSGF V1.0;\npublic <a> = [yes];", "make at least one word of it necessary"),
        ("#JSGF V1.0;\npublic <a> = \"...\";", "nobody can say \"...\""),
    ] {
        let heard = ear.hear(FIRST, Some(grammar), &[0; 3200]);
        let error = heard.failed.expect("refused");
        assert_eq!(error.kind, ErrorKind::BadRequest, "{}", error.what);
        assert!(error.what.contains(hint), "{}", error.what);
    }
    // The worker is none the worse for it.
    let pcm = arrives(&say("slt", "support"), Line::Wide, Around::Quiet, 3);
    assert_eq!(ear.hear(Epoch::new(2, 0), Some(&corpus::grammar("menu")), &pcm).text, "support");
}

#[test]
fn words_that_no_dictionary_has_are_heard_by_their_spelling() {
    let Some(stt) = sphinx(1) else { return };
    let grammar = "#JSGF V1.0;\npublic <a> = (call | ask for) (Grebnitz | Tolberon | support);";
    let pcm = arrives(&say("rms", "ask for Tolberon"), Line::Wide, Around::Quiet, 4);
    assert_eq!(Ear::open(&stt).hear(FIRST, Some(grammar), &pcm).text, "ask for Tolberon");
}

#[test]
fn silence_and_nothing_are_no_words() {
    let Some(stt) = sphinx(1) else { return };
    let mut ear = Ear::open(&stt);
    let room = |around| arrives(&[0; 16_000], Line::Telephone, around, 5);
    let noises = [Around::Quiet, Around::Pink(10.0), Around::White(20.0)].map(room);
    for pcm in [vec![], vec![0; 100], vec![0; 32_000]].iter().chain(&noises) {
        let menu = corpus::grammar("menu");
        for grammar in [Some(&*menu), None] {
            let heard = ear.hear(FIRST, grammar, pcm);
            assert!(heard.failed.is_none() && heard.text.is_empty(), "{heard:?}");
        }
    }
}

#[test]
fn speech_that_begins_and_ends_at_once_is_heard() {
    let Some(stt) = sphinx(1) else { return };
    let speech = say("slt", "what are your opening hours");
    let loud = |sample: &i16| sample.unsigned_abs() > 1000;
    let (first, last) = (speech.iter().position(loud), speech.iter().rposition(loud));
    let pcm = &speech[first.expect("speech")..last.expect("speech")];
    let heard = Ear::open(&stt).hear(FIRST, Some(&corpus::grammar("menu")), pcm);
    assert_eq!(heard.text, "what are your opening hours", "{heard:?}");
}

#[test]
fn a_new_utterance_replaces_one_that_is_open() {
    let Some(stt) = sphinx(1) else { return };
    let mut ear = Ear::open(&stt);
    let menu = corpus::grammar("menu");
    let other = arrives(&say("slt", "main menu"), Line::Wide, Around::Quiet, 6);
    let pcm = arrives(&say("slt", "where is my order"), Line::Wide, Around::Quiet, 6);
    ear.begin(FIRST, Some(&menu));
    ear.push(&other);
    assert_eq!(ear.hear(Epoch::new(1, 1), Some(&menu), &pcm).text, "where is my order");
    ear.begin(Epoch::new(2, 0), Some(&menu));
    ear.push(&other);
    ear.cancel();
    assert_eq!(ear.hear(Epoch::new(3, 0), Some(&menu), &pcm).text, "where is my order");
}

#[test]
fn twenty_callers_speak_at_once() {
    let Some(stt) = sphinx(2) else { return };
    let phrases = phrases();
    let calls: Vec<(&str, Vec<i16>)> = (0..20)
        .map(|n| {
            let phrase = phrases["menu"][n * 2 + 1];
            (phrase, arrives(&say(VOICES[n % 4], phrase), Line::Wide, Around::Quiet, n as u64))
        })
        .collect();
    let mut ears: Vec<Ear> = calls.iter().map(|_| Ear::open(&stt)).collect();
    let menu = corpus::grammar("menu");
    ears.iter_mut().for_each(|ear| ear.begin(FIRST, Some(&menu)));
    let longest = calls.iter().map(|(_, pcm)| pcm.len()).max().expect("calls");
    for at in (0..longest).step_by(320) {
        for (ear, (_, pcm)) in ears.iter_mut().zip(&calls) {
            ear.push(pcm.get(at..pcm.len().min(at + 320)).unwrap_or_default());
        }
    }
    let heard: Vec<Heard> = ears.iter_mut().map(|ear| ear.finish(FIRST)).collect();
    let right = heard.iter().zip(&calls).filter(|(heard, (phrase, _))| heard.text == *phrase).count();
    assert!(right >= 18, "{right} of 20: {heard:?}");
}

/// The worker's own tests say how well; here a short word does, as dictation loads a large model and a worker that is
/// busy for five seconds is taken for hung.
#[test]
fn without_a_grammar_it_takes_dictation() {
    let Some(stt) = sphinx(1) else { return };
    let mut ear = Ear::open(&stt);
    ear.begin(FIRST, None);
    ear.push_as_spoken(&arrives(&say("rms", "hello"), Line::Wide, Around::Quiet, 7));
    let heard = ear.finish(FIRST);
    assert!(heard.failed.is_none() && !heard.text.is_empty(), "{heard:?}");
    assert!(heard.confidence > 0.0 && heard.confidence < 0.5, "{heard:?}");
}

#[test]
fn it_understands_english_alone() {
    let stt =
        SphinxStt::start(SphinxOptions { shards: Some(1), ..SphinxOptions::default() }).expect("threads");
    for (tag, spoken) in [("en", true), ("en-gb", true), ("de", false)] {
        let lang = tag.parse().expect("tag");
        assert_eq!(stt.speaks(lang), spoken, "{tag}");
        let (events, _) = tokio::sync::mpsc::channel(1);
        let opened = stt.open(tom_engine::SttOptions { lang }, events);
        if !spoken {
            assert_eq!(opened.err().expect("refused").kind, ErrorKind::BadRequest);
        }
    }
}
