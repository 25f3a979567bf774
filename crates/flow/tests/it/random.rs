//! Layer: pure. Whatever is loaded, said or keyed: no panic, no dead end, no endless talk.

use std::sync::Arc;

use proptest::prelude::*;
use tom_base::{CallPlan, Lang};
use tom_flow::{Back, Dialogue, Flow, FlowCause, Recognition, Severity, Stage, Then, Why, phrases};

use crate::common::jsgf::Jsgf;

fn cause() -> impl Strategy<Value = FlowCause> {
    let words = prop::sample::select(vec![
        "yes",
        "no",
        "opening hours",
        "the address",
        "appointment",
        "call back",
        "monday",
        "morning",
        "a bill",
        "four five six seven",
        "operator",
        "goodbye",
        "help",
        "repeat",
        "emergency",
        "banana",
        "",
        "ja",
        "nein",
        "termin",
        "notruf",
        "öffnungszeiten",
        "rückruf",
        "vier acht drei eins",
        "tschüss",
        "five",
    ]);
    let keys = prop_oneof![
        "[0-9*#]".prop_map(String::from),
        "[0-9]{3,15}#?".prop_map(String::from),
        "[0-9*#A-D]{0,18}".prop_map(String::from),
    ];
    prop_oneof![
        8 => (words, 0..=1000_u16, proptest::option::of(0..60_000_u32)).prop_map(|(text, confidence, spoken_ms)| {
            FlowCause::Said { text: text.into(), confidence, spoken_ms }
        }),
        2 => (".{0,40}", 0..=1000_u16).prop_map(|(text, confidence)| FlowCause::Said { text, confidence, spoken_ms: None }),
        6 => keys.prop_map(FlowCause::Keyed),
        1 => (0..4_u32).prop_map(FlowCause::Silence),
        1 => Just(FlowCause::Tool),
        1 => prop::sample::select(vec![Stage::Stt, Stage::Llm, Stage::Tts]).prop_map(FlowCause::Failed),
        1 => prop::sample::select(vec![Back::Resumed, Back::Keyed, Back::TimedOut]).prop_map(FlowCause::HoldOver),
        1 => Just(FlowCause::Opening),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_dialogue_always_goes_on_or_ends(
        name in prop::sample::select(vec!["reception", "workshop"]),
        german: bool,
        spoken: bool,
        threshold in 0..7_u8,
        causes in proptest::collection::vec(cause(), 1..60),
    ) {
        let flow = Arc::new(Flow::builtin(name).unwrap());
        let lang = if german { Lang::DE } else { Lang::EN };
        let plan = CallPlan { escalation_threshold: threshold, ..CallPlan::default() };
        let mut dialogue = Dialogue::new(flow, lang, plan, Recognition { spoken, ..Recognition::default() });
        let mut over = false;
        for cause in std::iter::once(&FlowCause::Opening).chain(&causes) {
            let before = dialogue.snapshot();
            let reply = dialogue.reply(cause);
            let length: usize = reply.text.iter().map(String::len).sum();
            prop_assert!(length < 2500, "{length} bytes: {:?}", reply.text);
            if over {
                prop_assert!(reply.actions.is_empty());
                continue;
            }
            prop_assert!(!reply.text.is_empty(), "nothing is said to {cause:?}");
            prop_assert!(reply.text.iter().all(|t| !t.trim().is_empty() && !t.contains(['{', '}'])), "{:?}", reply.text);
            if let Some(grammar) = &reply.grammar {
                Jsgf::read(&grammar.jsgf).map_err(TestCaseError::fail)?;
            }
            over = !matches!(reply.then, Then::Listen(_));
            prop_assert!(!over || reply.grammar.is_none());
            dialogue.restore(&before);
            prop_assert_eq!(dialogue.reply(cause), reply);
        }
        if !over {
            let end = dialogue.reply(&FlowCause::Goodbye(Why::Drain));
            prop_assert_eq!(end.then, Then::HangUp);
        }
    }

    #[test]
    fn any_text_is_loaded_or_refused(text in "(?s).{0,200}") {
        refused_with_a_reason(&text)?;
    }

    #[test]
    fn any_toml_is_loaded_or_refused(lines in proptest::collection::vec(
        prop::sample::select(vec![
            "[flow]", "name = 'x'", "languages = ['en']", "languages = ['en', 'de']", "start = 'a'", "handover = 'b'",
            "[states.a]", "[states.b]", "[[states.a.choice]]", "[states.a.slot]", "disclosure = 'AI'", "say = 'hi {x}'",
            "say.en = 'hi'", "ask = ['a', 'b']", "go = 'b'", "go = 'a'", "hangup = true", "transfer = 'x'", "key = '1'",
            "phrases = ['[a] b']", "phrases = ['(a']", "name.en = 'x'", "kind = 'phone'", "kind = 'digits'", "min = 1",
            "[facts]", "x = 'fact'", "set = { x = '1' }", "message = { a = '{x}' }", "slot = { name = 'x', kind = 'time' }",
            "also = 'a'", "= 'b'", "goodbye = 'b'", "llm = true", "hold = { seconds = 9, key = '1' }", "otherwise = 'a'", "[states.a.hold]", "seconds = 60",
            "seconds = 0", "key = '0'", "pressed = 'b'", "music = false", "say = { default = 'x', calm = ['y'] }",
        ]),
        0..30,
    )) {
        refused_with_a_reason(&lines.join("\n"))?;
    }

    #[test]
    fn a_spoilt_flow_is_loaded_or_refused(from in 0.0..1.0_f64, len in 0..80_usize, put in "[a-z\\[\\]{}='\"\n .]{0,6}") {
        let text = Flow::builtin_text("reception").unwrap();
        let floor = |mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
        let start = floor((text.len() as f64 * from) as usize);
        let end = floor((start + len).min(text.len()));
        refused_with_a_reason(&format!("{}{put}{}", &text[..start], &text[end..]))?;
    }
}

fn refused_with_a_reason(text: &str) -> Result<(), TestCaseError> {
    match Flow::parse("x.toml", text) {
        Ok(flow) => prop_assert!(flow.warnings().iter().all(|w| w.severity == Severity::Warning)),
        Err(errors) => {
            prop_assert!(!errors.is_empty(), "refused without a reason");
            for error in errors {
                prop_assert!(
                    error.severity == Severity::Error && !error.what.is_empty() && !error.remedy.is_empty()
                );
                prop_assert!(error.line as usize <= text.lines().count() + 1);
            }
        }
    }
    Ok(())
}

#[test]
fn every_phrase_is_there_short_and_speakable() {
    for lang in phrases::languages() {
        for phrase in phrases::Phrase::ALL {
            for n in 0..3 {
                let text = phrases::nth(lang, *phrase, n);
                assert!(!text.is_empty(), "{lang} {}", phrase.key());
                assert!(text.split_whitespace().count() <= 30, "{lang} {}: too long", phrase.key());
                assert!(
                    text.chars().all(|c| c.is_alphanumeric() || " .,?!:'’-{}_".contains(c)),
                    "{lang}: {text}"
                );
            }
        }
    }
    assert_eq!(phrases::languages(), [Lang::DE, Lang::EN]);
}
