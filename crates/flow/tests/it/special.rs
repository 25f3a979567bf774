//! Layer: pure. Emergencies, the rating, free speech, consent, numbers that are corrected.

use std::sync::Arc;

use tom_base::{CallPlan, Lang};
use tom_flow::{
    ActionKind, Dialogue, Expect, Flow, FlowCause, FlowReply, FreeSpeech, Recognition, Then, phrases,
};

use crate::common::{flow, keyed, opened, said, said_with};

fn at(name: &str, lang: Lang, way: &[&str]) -> Dialogue {
    let flow = Arc::new(Flow::builtin(name).expect("the shipped flow loads"));
    let (mut dialogue, _) = opened(&flow, lang, Recognition::default());
    for answer in way {
        dialogue.reply(&said(answer));
    }
    dialogue
}

fn heard(reply: &FlowReply) -> String {
    reply.text.join(" ")
}

fn data(reply: &FlowReply, kind: ActionKind) -> Option<Vec<(String, String)>> {
    reply.actions.iter().find(|a| a.kind == kind).map(|a| a.data.clone())
}

#[test]
fn emergencies_are_never_swallowed() {
    for (name, lang, text) in [
        ("reception", Lang::EN, "emergency"),
        ("reception", Lang::EN, "please this is an emergency I need help"),
        ("reception", Lang::EN, "call an ambulance"),
        ("reception", Lang::EN, "nine one one"),
        ("reception", Lang::EN, "112"),
        ("reception", Lang::DE, "das ist ein Notfall"),
        ("workshop", Lang::DE, "Notruf"),
        ("workshop", Lang::DE, "eins eins zwei"),
        ("workshop", Lang::DE, "hundertzwölf"),
        ("workshop", Lang::DE, "die 110"),
    ] {
        let mut dialogue = at(name, lang, &[]);
        let reply = dialogue.reply(&said(text));
        assert_eq!(reply.then, Then::Transfer, "{text}: {reply:?}");
        assert!(reply.text[0].contains("1 1 2"), "{text}: {reply:?}");
        assert_eq!(data(&reply, ActionKind::Emergency), Some(vec![("number".into(), "112".into())]));
        assert_eq!(data(&reply, ActionKind::Transfer).unwrap()[1].1, "emergency");
        assert!(dialogue.outcome().emergency);
        // Hardly heard: it is asked, and the number to dial is said at once.
        for confidence in [100, 450] {
            let mut dialogue = at(name, lang, &[]);
            let doubt = dialogue.reply(&said_with(text, confidence));
            assert_eq!(doubt.then, Then::Listen(Expect::YesNo), "{text}");
            assert!(doubt.text[0].contains("1 1 2"), "{text}");
            assert_eq!(dialogue.clone().reply(&keyed("1")).then, Then::Transfer);
            assert_eq!(dialogue.reply(&keyed("2")).then, Then::Listen(Expect::Choice));
        }
    }
}

#[test]
fn emergencies_inside_other_questions() {
    // A phone number cannot be 112.
    let number = ["call back", "a bill"];
    assert_eq!(at("reception", Lang::EN, &number).reply(&keyed("112#")).then, Then::Transfer);
    assert_eq!(at("reception", Lang::EN, &number).reply(&said("one one two")).then, Then::Transfer);
    // But it can hold it.
    let inside = at("reception", Lang::EN, &number).reply(&said("oh one one two three four"));
    assert!(heard(&inside).contains("0 1 1, 2 3 4"), "{inside:?}");
    // Also while something is checked back, and at the rating.
    let mut checking = at("reception", Lang::EN, &number);
    checking.reply(&keyed("030123456"));
    assert_eq!(checking.reply(&said("emergency")).then, Then::Transfer);
    let mut rating = at("reception", Lang::EN, &["goodbye"]);
    assert_eq!(rating.reply(&said("emergency")).then, Then::Transfer);
}

/// Asks for three digits, which may be an emergency number, and calls back instead of transferring.
const THREE: &str = "[flow]\nname = 'three'\nlanguages = ['en']\nstart = 'hello'\nhandover = 'back'\n\
    emergency = { number = '999' }\n\
    [states.hello]\ndisclosure = 'An AI speaks.'\ngo = 'ask'\n\
    [states.ask]\nask = 'Which room?'\nslot = { name = 'room', kind = 'digits', min = 3, max = 3 }\ngo = 'done'\n\
    [states.done]\nsay = 'Room {room}.'\nmessage = { room = '{room}' }\ngo = 'bye'\n\
    [states.bye]\nhangup = true\n\
    [states.back]\nask = 'Which number?'\nslot = { name = 'number', kind = 'phone' }\ngo = 'noted'\n\
    [states.noted]\ncallback = { number = '{number}' }\ngo = 'bye'\n";

#[test]
fn a_value_that_looks_like_an_emergency_is_asked_about() {
    for cause in [keyed("112"), said("one one two")] {
        let (mut dialogue, _) = opened(&flow(THREE), Lang::EN, Recognition::default());
        let asked = dialogue.reply(&cause);
        assert!(heard(&asked).contains("9 9 9") && heard(&asked).contains("emergency?"), "{asked:?}");
        let checked = dialogue.clone().reply(&said("no"));
        assert!(heard(&checked).contains("1 1 2. Is that right?"), "{checked:?}");
        // Nobody to transfer to: the call goes on after the hint.
        let hint = dialogue.reply(&said("yes"));
        assert_eq!(hint.then, Then::Listen(Expect::Digits { max: 3 }));
        assert!(data(&hint, ActionKind::Emergency).is_some());
    }
}

#[test]
fn the_rating_comes_last_and_once() {
    let mut dialogue = at("reception", Lang::EN, &["opening hours"]);
    let question = dialogue.reply(&said("no thanks"));
    assert!(heard(&question).contains("one to five"), "{question:?}");
    assert_eq!(question.then, Then::Listen(Expect::Rating));
    for (cause, rating, declined) in [
        (said("four"), Some(4), false),
        (keyed("5"), Some(5), false),
        (said("not bad"), Some(4), false),
        (keyed("0"), None, true),
        (said("no thanks"), None, true),
        (said("goodbye"), None, true),
        (FlowCause::Silence(1), None, false),
    ] {
        let mut dialogue = dialogue.clone();
        let end = dialogue.reply(&cause);
        assert_eq!(end.then, Then::HangUp, "{cause:?}");
        assert!(heard(&end).contains("Goodbye."), "{end:?}");
        assert_eq!(dialogue.outcome().rating, rating, "{cause:?}");
        assert_eq!(data(&end, ActionKind::Rating).is_some(), rating.is_some());
        assert_eq!(data(&end, ActionKind::RatingDeclined).is_some(), declined);
        assert_eq!(data(&end, ActionKind::Resolution).unwrap()[0].1, "true");
    }
    // Asked again once at most.
    for unclear in ["banana", "", "two or three"] {
        let mut dialogue = dialogue.clone();
        let again = dialogue.reply(&said(unclear));
        assert!(heard(&again).contains("Five is very good"), "{again:?}");
        assert_eq!(dialogue.reply(&said(unclear)).then, Then::HangUp);
    }
}

#[test]
fn each_variant_asks_in_its_own_words() {
    let variants = ["v1a", "v1b", "v2a", "v2b", "v3a", "v3b", "v4a", "v4b", "v5a", "v5b", "v6a", "v6b"];
    for lang in [Lang::EN, Lang::DE] {
        let mut texts: Vec<_> = variants.iter().map(|v| phrases::rating_question(lang, v)).collect();
        let (low, high) = if lang == Lang::EN { ("one", "five") } else { ("eins", "fünf") };
        for text in &texts {
            let lower = text.to_lowercase();
            assert!(lower.contains(low) && lower.contains(high), "{text}");
        }
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), variants.len());
        assert_eq!(phrases::rating_question(lang, "v9z"), phrases::rating_question(lang, "v1a"));
        assert_eq!(phrases::rating_question(lang, "keys"), phrases::rating_question(lang, "v1a"));
    }
    let flow = Arc::new(Flow::builtin("reception").unwrap());
    let plan = CallPlan { variant: "v5a".into(), ..CallPlan::default() };
    let mut dialogue = Dialogue::new(flow, Lang::EN, plan, Recognition::default());
    dialogue.reply(&FlowCause::Opening);
    assert!(heard(&dialogue.reply(&said("goodbye"))).contains("makes my day"));
}

#[test]
fn a_number_is_checked_back_and_corrected() {
    let mut dialogue = at("workshop", Lang::DE, &["ist mein Auto fertig"]);
    let checked = dialogue.reply(&said("vier acht drei eins"));
    assert!(heard(&checked).contains("4 8 3, 1"), "{checked:?}");
    let corrected = dialogue.reply(&said("nein, vier acht drei zwei"));
    assert!(heard(&corrected).contains("4 8 3, 2"), "{corrected:?}");
    assert_eq!(dialogue.reply(&said("ja genau")).passed, ["auftrag_nummer"]);
    // Too short, then started over with the star key.
    let short = dialogue.reply(&keyed("12#"));
    assert!(short.passed.is_empty() && short.then == Then::Listen(Expect::Digits { max: 15 }));
    let over = dialogue.reply(&keyed("030*"));
    assert_eq!(over.then, Then::Listen(Expect::Digits { max: 15 }));
    dialogue.reply(&keyed("0301234567#"));
    let noted = dialogue.reply(&keyed("1"));
    let callback = data(&noted, ActionKind::Callback).expect("a callback");
    assert!(callback.contains(&("number".into(), "0301234567".into())), "{callback:?}");
    assert!(callback.contains(&("auftrag".into(), "4832".into())));
}

fn with_free(free: FreeSpeech) -> Dialogue {
    let flow = Arc::new(Flow::builtin("reception").unwrap());
    opened(&flow, Lang::EN, Recognition { free, ..Recognition::default() }).0
}

#[test]
fn free_speech_is_only_asked_for_where_it_is_kept() {
    let mut none = with_free(FreeSpeech::No);
    none.reply(&said("call back"));
    let reply = none.reply(&said("a bill"));
    assert!(heard(&reply).contains("I cannot write down"), "{reply:?}");
    assert_eq!(reply.passed, ["note", "callback_number"]);
    assert!(data(&reply, ActionKind::Note).unwrap().contains(&("kept".into(), "no".into())));

    let mut audio = with_free(FreeSpeech::Audio);
    audio.reply(&said("call back"));
    assert_eq!(audio.reply(&said("a bill")).then, Then::Listen(Expect::Message));
    let spoken = FlowCause::Said { text: String::new(), confidence: 0, spoken_ms: Some(7400) };
    let reply = audio.reply(&spoken);
    let note = data(&reply, ActionKind::Note).unwrap();
    assert!(
        note.contains(&("seconds".into(), "8".into())) && note.contains(&("kept".into(), "audio".into()))
    );
    assert_eq!(reply.passed, ["callback_number"]);

    let mut dictated = with_free(FreeSpeech::Dictation);
    dictated.reply(&said("call back"));
    dictated.reply(&said("a bill"));
    let unheard = dictated.reply(&said(""));
    assert!(unheard.passed.is_empty());
    let reply = dictated.reply(&said("My bill says help, and I do not agree."));
    assert!(
        data(&reply, ActionKind::Note)
            .unwrap()
            .contains(&("text".into(), "My bill says help, and I do not agree.".into()))
    );
    dictated.reply(&keyed("030123456"));
    let noted = dictated.reply(&said("yes"));
    let callback = data(&noted, ActionKind::Callback).unwrap();
    assert!(
        callback.contains(&("note".into(), "My bill says help, and I do not agree.".into())),
        "{callback:?}"
    );
}

#[test]
fn consent_is_a_yes_that_was_asked_for() {
    let text = "[flow]\nname = 'c'\nlanguages = ['en']\nstart = 'a'\nhandover = 'd'\n[states.a]\ndisclosure = 'AI.'\ngo = 'b'\n\
        [states.b]\nask = 'May we record this call?'\nslot = { name = 'ok', kind = 'yes_no', consent = 'recording', yes = 'e', no = 'e' }\n\
        [states.d]\ntransfer = 'x'\n[states.e]\nhangup = true\nresolved = true\n";
    for (cause, given) in
        [(said("yes"), "true"), (keyed("1"), "true"), (said("no"), "false"), (keyed("2"), "false")]
    {
        let (mut dialogue, _) = opened(&flow(text), Lang::EN, Recognition::default());
        let reply = dialogue.reply(&cause);
        let consent = data(&reply, ActionKind::Consent);
        assert_eq!(consent, Some(vec![("what".into(), "recording".into()), ("given".into(), given.into())]));
    }
    // Silence and mumbling agree to nothing.
    for cause in [FlowCause::Silence(1), said("banana"), said_with("yes", 100)] {
        let (mut dialogue, _) = opened(&flow(text), Lang::EN, Recognition::default());
        assert_eq!(data(&dialogue.reply(&cause), ActionKind::Consent), None);
    }
}
