//! Layer: pure. Journals are written, read and replayed; timelines read as they should.

use std::sync::Arc;

use proptest::prelude::*;
use tom_base::{Epoch, Key, MediaTime, Rate, Span};
use tom_turn::journal::{self, Journal, Problem};
use tom_turn::{
    EndReason, Expect, Hold, Input, Onset, Output, Probability, Stage, Then, Timeline, Turn, TurnConfig,
};

fn texts() -> impl Strategy<Value = Arc<str>> {
    prop_oneof!["\\PC{0,20}", "[\"\\\\\n\r\t\u{1}\u{2028}a ]{0,10}", any::<String>()].prop_map(Arc::from)
}

fn epochs() -> impl Strategy<Value = Epoch> {
    (any::<u32>(), any::<u32>()).prop_map(|(turn, revision)| Epoch::new(turn, revision))
}

fn spans() -> impl Strategy<Value = Span> {
    any::<u64>().prop_map(|n| Span::from_samples(n, Rate::Hz48000))
}

fn holds() -> impl Strategy<Value = Hold> {
    let key = (0u8..20).prop_map(Key::from_event);
    (spans(), key, any::<bool>()).prop_map(|(longest, key, music)| Hold { longest, key, music })
}

fn thens() -> impl Strategy<Value = Then> {
    let digits = any::<u8>().prop_map(|max| Then::Listen(Expect::Digits { max }));
    let others = [
        Then::HangUp,
        Then::Transfer,
        Then::Tool,
        Then::Listen(Expect::Open),
        Then::Listen(Expect::YesNo),
        Then::Listen(Expect::Choice),
        Then::Listen(Expect::Rating),
        Then::Listen(Expect::Spelling),
        Then::Listen(Expect::Message),
    ];
    prop_oneof![digits, holds().prop_map(Then::Hold), prop::sample::select(others.to_vec())]
}

fn inputs() -> impl Strategy<Value = Input> {
    let p = || (0u16..=1_000).prop_map(Probability::from_millis);
    let plain = vec![
        Input::Ringing,
        Input::Answered,
        Input::SpeechStart(Onset::Clear),
        Input::SpeechStart(Onset::Weak),
        Input::Hiss,
        Input::Echo,
        Input::SpeechEnd,
        Input::BargeIn,
        Input::Drain,
        Input::Timeout,
    ];
    let reasons = vec![
        EndReason::Caller,
        EndReason::Agent,
        EndReason::Transferred,
        EndReason::Silence,
        EndReason::TooLong,
        EndReason::Unanswered,
        EndReason::Drain,
        EndReason::Failure,
    ];
    let stages = prop::sample::select(vec![Stage::Stt, Stage::Llm, Stage::Tts]);
    prop_oneof![
        prop::sample::select(plain),
        prop::sample::select(reasons).prop_map(Input::HangUp),
        (epochs(), texts()).prop_map(|(epoch, text)| Input::Partial { epoch, text }),
        (epochs(), texts(), p()).prop_map(|(epoch, text, confidence)| Input::Final {
            epoch,
            text,
            confidence
        }),
        (epochs(), p()).prop_map(|(epoch, p)| Input::EndOfTurn { epoch, p }),
        (epochs(), texts()).prop_map(|(epoch, text)| Input::ReplyText { epoch, text }),
        (epochs(), thens()).prop_map(|(epoch, then)| Input::ReplyEnd { epoch, then }),
        (epochs(), stages).prop_map(|(epoch, stage)| Input::Failed { epoch, stage }),
        epochs().prop_map(|epoch| Input::PlayoutStarted { epoch }),
        (epochs(), any::<u32>(), spans()).prop_map(|(epoch, offset, at)| Input::TextMark {
            epoch,
            offset,
            at
        }),
        (epochs(), spans()).prop_map(|(epoch, heard)| Input::PlayoutMark { epoch, heard }),
        epochs().prop_map(|epoch| Input::PlayoutDone { epoch }),
        (0u8..16).prop_map(|k| Input::Dtmf(Key::from_event(k).expect("a key"))),
        texts().prop_map(Input::Typed),
        (0u16..=1_000).prop_map(Input::Speed),
        epochs().prop_map(|epoch| Input::ToolDone { epoch }),
        holds().prop_map(Input::Hold),
        prop::sample::select(vec![Input::NotConnected, Input::Connect, Input::Resume]),
    ]
}

proptest! {
    #[test]
    fn every_input_comes_back_as_it_was(ticks: u64, input in inputs()) {
        let now = MediaTime::from_ticks(ticks);
        let line = journal::write(now, &input);
        prop_assert_eq!(line.lines().count(), 1);
        prop_assert_eq!(journal::parse(&line), Ok((now, input)));
    }

    #[test]
    fn no_text_makes_the_parser_panic(line in "\\PC{0,40}", words in "[0-9]{1,5} (final|end|key|word|over) [0-9. \"a\\\\]{0,20}") {
        let _ = journal::parse(&line);
        let _ = journal::parse(&words);
        let _ = journal::read(&format!("tom-journal 1\n{words}\n{line}"));
    }
}

#[test]
fn the_knobs_and_facts_come_back() {
    let mut config = TurnConfig { lang: "de".parse().expect("a language"), ..TurnConfig::default() };
    for (n, knob) in TurnConfig::KNOBS.iter().enumerate() {
        (knob.set)(&mut config, n as u64 * 7 + 1);
        assert!(knob.doc.len() > 10, "{} is explained", knob.name);
    }
    let mut journal = Journal::new(&config, &[("call", "web \"17\""), ("from", "+49 171 2345678")]);
    journal.input(MediaTime::from_millis(1), &Input::Ringing);
    let kept = journal::read(journal.text()).expect("a journal");
    assert_eq!(kept.config, config);
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(kept.facts, [fact("call", "web \"17\""), fact("from", "+xx xxx xxxxxxx")]);
    assert_eq!(kept.inputs, [(MediaTime::from_millis(1), Input::Ringing)]);
}

#[test]
fn a_wrong_line_is_named_with_its_remedy() {
    let of = |text: &str| journal::read(text).expect_err("a wrong journal");
    for (text, line, problem) in [
        ("", 1, Problem::NoJournal),
        ("tom-journal 2", 1, Problem::NoJournal),
        ("tom-journal 10", 1, Problem::NoJournal),
        ("tom-journal 1 speed=3", 1, Problem::Knob("speed=3".into())),
        ("tom-journal 1\nsoon answered", 2, Problem::Time),
        ("tom-journal 1\n5 answered\n4 timeout", 3, Problem::Backwards),
        ("tom-journal 1\n\n5 sings", 3, Problem::Unknown("sings".into())),
        ("tom-journal 1\n5 typed hello", 2, Problem::Missing("a text in quotation marks")),
        ("tom-journal 1\n5 key 55", 2, Problem::Missing("a key")),
        ("tom-journal 1\n5 answered twice", 2, Problem::TooMuch),
    ] {
        let error = of(text);
        assert_eq!((error.line, &error.problem), (line, &problem), "{text}");
        let message = error.to_string();
        assert!(message.starts_with(&format!("line {line}: ")) && message.len() > 30, "{message}");
    }
}

#[test]
fn a_gap_can_be_read_but_not_replayed() {
    let mut journal = Journal::new(&TurnConfig::default(), &[]);
    journal.input(MediaTime::ZERO, &Input::Answered);
    journal.gap();
    journal.input(MediaTime::from_millis(5), &Input::Timeout);
    let kept = journal::read(journal.text()).expect("it can be read");
    assert_eq!((kept.gap, kept.inputs.len()), (Some(3), 1));
    let error = journal::replay(journal.text()).expect_err("it cannot be replayed");
    assert_eq!((error.line, error.problem), (3, Problem::Gap));
}

/// A call that is recorded as its owner would.
fn record(inputs: &[(u64, Input)]) -> (Journal, Timeline) {
    let config = TurnConfig::default();
    let (mut journal, mut timeline) = (Journal::new(&config, &[]), Timeline::new());
    let mut turn = Turn::new(config);
    for (ms, input) in inputs {
        let now = MediaTime::from_millis(*ms);
        journal.input(now, input);
        timeline.input(now, input);
        turn.handle(now, input.clone());
        loop {
            let output = turn.poll();
            timeline.output(now, &output);
            if matches!(output, Output::Wait(_)) {
                break;
            }
        }
    }
    (journal, timeline)
}

#[test]
fn the_timeline_reads_like_this() {
    let (greeting, answer) = (Epoch::new(0, 0), Epoch::new(1, 0));
    let sure = Probability::from_millis(930);
    let (journal, timeline) = record(&[
        (0, Input::Answered),
        (20, Input::ReplyText { epoch: greeting, text: "Hello. How can I help?".into() }),
        (20, Input::ReplyEnd { epoch: greeting, then: Then::Listen(Expect::Open) }),
        (100, Input::PlayoutStarted { epoch: greeting }),
        (1_240, Input::PlayoutMark { epoch: greeting, heard: Span::from_millis(1_140) }),
        (1_240, Input::SpeechStart(Onset::Clear)),
        (1_600, Input::Partial { epoch: answer, text: "call me on 0171 2345678".into() }),
        (2_400, Input::SpeechEnd),
        (2_450, Input::Final { epoch: answer, text: "Call me on 0171 2345678.".into(), confidence: sure }),
        (2_686, Input::Timeout),
        (2_700, Input::HangUp(EndReason::Caller)),
    ]);
    let expected = "   0.000  call    answered
   0.000  agent   greets
   0.020  agent   \"Hello. How can I help?\"
   0.100  agent   speaks
   1.240  caller  speech
   1.240  agent   paused
   1.600  agent   drops the reply
   1.600  agent   interrupted after 0.360, heard \"Hello. How can I\"
   1.600  caller  heard so far \"call me on xxxx xxxxxxx\"
   2.400  caller  silence
   2.450  caller  heard \"Call me on xxxx xxxxxxx.\" (93 %)
   2.686  caller  said \"Call me on xxxx xxxxxxx.\" (waited 0.350)
   2.686  agent   thinks
   2.700  agent   drops the reply
   2.700  agent   not done, heard \"\"
   2.700  call    over: the caller hung up
";
    assert_eq!(timeline.text(), expected);
    assert_eq!(journal::replay(journal.text()).as_deref(), Ok(expected));
    assert!(!journal.text().contains("0171"));
}

#[test]
fn a_keyed_number_is_hidden_and_short_keys_are_not() {
    let keys = |from: u64, keys: &str| -> Vec<(u64, Input)> {
        let key = |(i, c)| (from + i as u64 * 100, Input::Dtmf(Key::from_char(c).expect("a key")));
        keys.chars().enumerate().map(key).collect()
    };
    let call = |expect: Expect, pressed: &str| {
        let then = Then::Listen(expect);
        let mut inputs = vec![(0, Input::Answered), (10, Input::ReplyEnd { epoch: Epoch::default(), then })];
        inputs.extend(keys(1_000, pressed));
        let (journal, timeline) = record(&inputs);
        assert_eq!(journal::replay(journal.text()).as_deref(), Ok(timeline.text()));
        (journal.text().to_owned(), timeline.text().to_owned())
    };
    let (journal, timeline) = call(Expect::Digits { max: 12 }, "98765#");
    assert_eq!(journal.matches(" key 0\n").count(), 5, "a long number was asked for: all is hidden");
    assert!(timeline.contains("thinks about the keys 00000\n"), "{timeline}");

    let (journal, timeline) = call(Expect::Digits { max: 6 }, "4711#");
    assert!(timeline.contains("presses 7") && timeline.contains("the keys 4711"));
    assert!(journal.contains(" key 7\n"));

    let menus: Vec<_> = (0..9).flat_map(|i| keys(1_000 + i * 16_000, "7")).collect();
    let mut inputs = vec![(0, Input::Answered)];
    inputs.extend(menus);
    assert_eq!(record(&inputs).0.text().matches(" key 7\n").count(), 9, "keys of nine menus are no number");

    let (journal, timeline) = call(Expect::Open, "4711471");
    assert_eq!(journal.matches(" key 0\n").count(), 7, "nobody asked, and it is long");
    assert!(!timeline.contains('7'), "{timeline}");
}

#[test]
fn a_number_dictated_in_pieces_is_hidden_where_it_was_asked_for() {
    let then = |max| Then::Listen(Expect::Digits { max });
    for (max, hidden) in [(11, true), (0, true), (6, false)] {
        let (journal, timeline) = record(&[
            (0, Input::Answered),
            (10, Input::ReplyEnd { epoch: Epoch::default(), then: then(max) }),
            (1_000, Input::SpeechStart(Onset::Clear)),
            (1_500, Input::Partial { epoch: Epoch::new(1, 0), text: "zero one seven one 5".into() }),
        ]);
        for text in [journal.text(), timeline.text()] {
            assert_eq!(text.contains("\"x___ x__ x____ x__ x\""), hidden, "{text}");
            assert_eq!(text.contains("seven"), !hidden, "{text}");
        }
    }
}

#[test]
fn half_a_number_read_back_is_hidden_like_the_whole() {
    let epoch = Epoch::default();
    let number: Arc<str> = "I have one two three four five six seven eight.".into();
    let offset = "I have one two three".len() as u32;
    let (journal, timeline) = record(&[
        (0, Input::Answered),
        (0, Input::ReplyText { epoch, text: number }),
        (0, Input::ReplyEnd { epoch, then: Then::Listen(Expect::YesNo) }),
        (100, Input::PlayoutStarted { epoch }),
        (110, Input::TextMark { epoch, offset, at: Span::from_millis(900) }),
        (1_000, Input::PlayoutMark { epoch, heard: Span::from_millis(900) }),
        (1_000, Input::BargeIn),
        (2_000, Input::HangUp(EndReason::Caller)),
    ]);
    let live = timeline.text();
    assert!(live.contains("interrupted") && live.contains("heard \"I have"), "{live}");
    assert!(!live.contains("two"), "half a number is a number too: {live}");
    assert_eq!(journal::replay(journal.text()).as_deref(), Ok(live));
}
