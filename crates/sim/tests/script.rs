//! Layer: pure. Scripts and suites are read as written; what is wrong is told with place and remedy.

use proptest::prelude::*;
use tom_base::{MediaTime, Span};
use tom_sim::{Script, Step, Suite};

fn parse(text: &str) -> Result<Script, String> {
    Script::parse(text, "a.md", 10).map_err(|error| error.to_string())
}

#[test]
fn a_number_with_pauses_inside() {
    let script = parse(
        "# A comment, then a blank line.\n\nat 0 answer\nat 1.2 caller says \"zero three\" pause 0.7 \"one\" for 0.35 sure 0.5 # so so\n",
    )
    .unwrap();
    let (at, step) = &script.steps[1];
    let Step::Speech(speech) = step else { panic!("{step:?}") };
    assert_eq!(*at, MediaTime::from_millis(1200));
    assert_eq!(speech.pieces.len(), 2);
    assert_eq!(speech.pieces[0].length, Span::from_millis(650));
    assert_eq!(speech.pieces[1].pause, Span::from_millis(700));
    assert_eq!(speech.pieces[1].sure.millis(), 500);
    assert_eq!(speech.length(), Span::from_millis(650 + 700 + 350));
}

#[test]
fn times_can_be_relative_to_the_step_before() {
    let script = parse("at 1 answer\nat +0.25 key 5\nat +0 key #\n").unwrap();
    let times: Vec<_> = script.steps.iter().map(|(at, _)| at.as_millis()).collect();
    assert_eq!(times, [1000, 1250, 1250]);
}

#[test]
fn what_is_wrong_has_a_place_and_a_remedy() {
    for (text, says) in [
        (
            "at 0 answer\nfrobnicate",
            "a.md:11: a line cannot begin with `frobnicate`. Begin it with one of: lang,",
        ),
        ("at 2 answer\nat 1 hangup", "a.md:11: 1.000 lies before the step above it, at 2.000. Put the lines"),
        ("at 0 answer\nat x hangup", "a.md:11: `x` is no time. Write seconds"),
        ("at 0 caller says \"hi", "a.md:10: a quoted text does not end. Close it"),
        (
            "at 0 caller says hi",
            "a.md:10: what the caller says is missing. Write what the caller says in double quotes.",
        ),
        ("at 0 caller coughs", "a.md:10: a sound of the caller has no length. Write `for`"),
        (
            "at 0 caller coughs for 1\nat 0.5 caller says \"hi\"",
            "a.md:11: the caller is still speaking until 1.000.",
        ),
        ("at 0 key 5x", "a.md:10: `x` is no key of a telephone. Use 0 to 9"),
        ("at 0 caller says \"hi\" sure 2", "a.md:10: `2` is no probability. Write a number from 0 to 1"),
        ("at 0 answer twice", "a.md:10: `twice` is not understood here. Remove it"),
        ("reply", "a.md:10: this reply says nothing. Write its text"),
        ("reply \"Hi.\" then sleep", "a.md:10: `sleep` cannot follow a reply. Write one of: listen"),
        ("at 1 answer\nstt delay 1", "a.md:11: `stt` without a time stands after things that happen later."),
        ("stt delay 1", "a.md:10: nothing happens in this call. Say at least when it is answered"),
        ("turn bogus 1\nat 0 answer", "a.md:10: the turn core has no setting `bogus`. Write one of:"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.starts_with(says), "{text}\n  says {error}\n  not  {says}");
    }
}

#[test]
fn a_suite_is_cases_with_headings() {
    let markdown = "# Suite\n\nWhat for.\n\n## One\n\nMust be so.\n\n```call\nat 0 answer\n```\n\n```timeline\n0.000 x\n```\n\n## Two\n\n```journal\nj\n```\nend\n";
    let suite = Suite::parse(markdown, "s.md").unwrap();
    assert_eq!(suite.cases.len(), 2);
    assert_eq!(suite.cases[0].name, "One");
    assert_eq!(suite.cases[0].prose, "Must be so.");
    assert_eq!(suite.cases[0].line, 10);
    assert_eq!(suite.cases[0].timeline.as_deref(), Some("0.000 x"));
    assert_eq!(suite.cases[1].timeline, None);

    let updated = suite.with_timelines(markdown, &["a\nb".into(), "c".into()]);
    assert!(updated.contains("```timeline\na\nb\n```\n\n## Two"), "{updated}");
    assert!(updated.contains("j\n```\n\n```timeline\nc\n```\nend\n"), "{updated}");
    let again = Suite::parse(&updated, "s.md").unwrap();
    assert_eq!(again.with_timelines(&updated, &["a\nb".into(), "c".into()]), updated);
}

#[test]
fn a_broken_suite_says_what_to_do() {
    for (markdown, says) in [
        ("```call\nat 0 answer\n```\n", "s.md:1: this call has no name. Write a heading above it."),
        ("# A\n```call\nat 0 answer\n", "s.md:2: this block does not end. Close it"),
        ("# A\n```timeline\n```\n", "s.md:2: this timeline belongs to no call. Write a block"),
        ("# A\n```call\n```\n# A\n```call\n```\n", "s.md:5: a second case is called \"A\". Give each"),
    ] {
        let error = Suite::parse(markdown, "s.md").unwrap_err().to_string();
        assert!(error.starts_with(says), "{error}");
    }
}

/// Lines made of the language's own words in any order: far more of them get deep into the parser than of
/// random bytes.
fn line() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "at", "+0.5", "1", "0.35", "99999999", "caller", "weakly", "says", "coughs", "types", "for", "pause",
        "sure", "eot", "\"mhm\"", "\"\"", "\"", "reply", "to", "then", "listen", "digits", "6", "open",
        "hangup", "tool", "done", "key", "12#", "every", "#", "# x", "line", "drops", "stt", "llm", "tts",
        "fails", "hangs", "delay", "ignores", "cancel", "partials", "off", "turn", "lang", "de", "until",
        "answer", "ring", "drain", "silence", "é", "\u{2028}",
    ]);
    prop::collection::vec(word, 0..10).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_script_panics(lines in prop::collection::vec(line(), 0..6)) {
        let _ = parse(&lines.join("\n"));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text);
        let _ = Suite::parse(&text, "s.md");
    }

    #[test]
    fn no_suite_panics(parts in prop::collection::vec(
        prop::sample::select(vec!["# A", "## B", "```call", "```", "```timeline", "```journal", "x", "", "````"]), 0..12)) {
        let markdown = parts.join("\n");
        if let Ok(suite) = Suite::parse(&markdown, "s.md") {
            let timelines: Vec<_> = suite.cases.iter().map(|_| "t".to_owned()).collect();
            let updated = suite.with_timelines(&markdown, &timelines);
            let again = Suite::parse(&updated, "s.md").unwrap();
            prop_assert!(again.cases.iter().all(|case| case.timeline.as_deref() == Some("t")));
        }
    }
}
