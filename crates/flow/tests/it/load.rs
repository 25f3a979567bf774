//! Layer: pure. Mistakes in the build of a flow file: each is found, with its line and what to do about it.

use expect_test::expect;
use tom_flow::{Flow, Options};

use crate::common::spoil::{RIGHT, findings, spoilt};

#[test]
fn the_right_flow_is_right() {
    assert_eq!(findings(RIGHT), "");
}

#[test]
fn not_toml() {
    spoilt(
        &[("name = \"test\"", "name = \"test"), ("key = \"2\"", "key 2")],
        expect![[r#"
        shop.toml:5:13: error: This is not TOML: invalid basic string, expected `"`. Check quotes, brackets and equals signs here.
        shop.toml:26:5: error: This is not TOML: key with no value, expected `=`. Check quotes, brackets and equals signs here.
    "#]],
    );
}

#[test]
fn nothing_at_all() {
    expect![[r#"
        shop.toml: error: There is no [flow] table. Begin the file with [flow], name, title, languages and start.
        shop.toml: error: There are no states. Add at least one [states.NAME].
    "#]].assert_eq(&findings(""));
    expect![[r#"
        shop.toml:3:13: error: "languages" must be a list, and this is a text. Write languages = ["en", "de"].
    "#]]
    .assert_eq(&findings("[flow]\nname = 3\nlanguages = 'en'\n[states.a]\n"));
}

#[test]
fn unknown_keys() {
    spoilt(
        &[
            ("handover = \"desk\"", "handover = \"desk\"\nhandovr = \"x\"\nzzz = 1"),
            ("resolved = true", "resolvd = true"),
            ("kind = \"digits\", min", "kind = \"digits\", minimum = 3, min"),
            ("key = \"1\"", "key = \"1\"\nphrase = \"x\""),
            ("[facts]", "[fact]\nx = 1\n[facts]"),
        ],
        expect![[r#"
            shop.toml:1:2: error: The file has an unknown key "fact". Did you mean "facts"?
            shop.toml:11:1: error: [flow] has an unknown key "handovr". Did you mean "handover"?
            shop.toml:12:1: error: [flow] has an unknown key "zzz". Known are: languages, name, title, start, handover, goodbye, rating, emergency, hints.
            shop.toml:25:1: error: A choice has an unknown key "phrase". Did you mean "phrases"?
            shop.toml:36:1: error: The state "hours" has an unknown key "resolvd". Did you mean "resolved"?
            shop.toml:41:43: error: A slot has an unknown key "minimum". Did you mean "min"?
        "#]],
    );
}

#[test]
fn unknown_states_and_kinds() {
    spoilt(
        &[
            ("go = \"hours\"", "go = \"houres\""),
            ("handover = \"desk\"", "handover = \"dask\""),
            ("kind = \"digits\"", "kind = \"digit\""),
        ],
        expect![[r#"
            shop.toml:8:12: error: There is no state "dask". Did you mean "desk"?
            shop.toml:21:6: error: There is no state "houres". Did you mean "hours"?
            shop.toml:36:33: error: There is no kind of slot "digit". Did you mean "digits"?
        "#]],
    );
}

#[test]
fn ways() {
    spoilt(
        &[("go = \"menu\"\n\n[states.order]", "\n[states.order]")],
        expect![[r#"
        shop.toml:29:9: error: The state "hours" leads nowhere. Add one of go, choice, slot, transfer, hold, hangup or llm.
    "#]],
    );
    spoilt(
        &[("transfer = \"desk\"", "transfer = \"desk\"\nhangup = true")],
        expect![[r#"
        shop.toml:47:9: error: The state "desk" has several ways on: transfer, hangup. Keep one of them.
    "#]],
    );
    spoilt(
        &[("[states.bye]", "[states.lonely]\nhangup = true\n\n[states.bye]")],
        expect![[r#"
        shop.toml:44:9: error: No way leads to the state "lonely". Let a choice, a slot or another state go to it, or take it out.
    "#]],
    );
    spoilt(
        &[("hangup = true", "go = \"noted\"")],
        expect![[r#"
            shop.toml:10:9: error: No way leads to an end from: hello, menu, hours, order, noted, bye. Let one of them lead to a state with hangup = true or transfer.
            shop.toml:39:9: error: The state "noted" comes back to itself without asking anything. Let one of the states on the way ask something or end.
            shop.toml:44:9: error: The state "bye" comes back to itself without asking anything. Let one of the states on the way ask something or end.
        "#]],
    );
    spoilt(
        &[("hangup = true", "go = \"menu\"")],
        expect![[r#"
            shop.toml:10:9: error: No way leads to an end from: hello, menu, hours, order, noted, bye. Let one of them lead to a state with hangup = true or transfer.
        "#]],
    );
    spoilt(
        &[("start = \"hello\"", "start = \"hello\"\ngoodbye = \"menu\"")],
        expect![[r#"
        shop.toml:15:9: error: The goodbye state "menu" does not hang up. Give it hangup = true, or let goodbye name a state that has it.
    "#]],
    );
    spoilt(
        &[("ask = \"Which order?\"", "ask = \"Which order?\"\nalso = \"bye\"")],
        expect![[r#"
        shop.toml:34:9: error: "also" of "order" names "bye", which has no choices. Let it name a state with choices.
    "#]],
    );
}

#[test]
fn an_end_is_reached_from_everywhere() {
    spoilt(
        &[
            ("go = \"noted\"", "go = \"again\""),
            (
                "[states.noted]\nsay = \"I noted {order}.\"",
                "[states.again]\nask = \"Again?\"\nslot = { name = \"again\", kind = \"yes_no\", yes = \"again\", no = \"again\" }\n\n[states.noted]",
            ),
        ],
        expect![[r#"
            shop.toml:10:9: error: No way leads to an end from: hello, menu, hours, order, again. Let one of them lead to a state with hangup = true or transfer.
            shop.toml:43:9: error: No way leads to the state "noted". Let a choice, a slot or another state go to it, or take it out.
            shop.toml:47:9: error: No way leads to the state "bye". Let a choice, a slot or another state go to it, or take it out.
        "#]],
    );
}

#[test]
fn disclosure() {
    spoilt(
        &[("disclosure = \"You are speaking with the AI assistant of {shop}.\"", "say = \"Hello, {shop}.\"")],
        expect![[r#"
            shop.toml:10:9: error: The start state "hello" does not say that an AI assistant speaks. Add disclosure = "You are speaking with the AI assistant of …"; the law asks for it.
        "#]],
    );
    spoilt(
        &[("the AI assistant", "the assistant")],
        expect![[r#"
        shop.toml:11:1: error: The disclosure in "en" does not say that an AI speaks. Use a word such as "AI assistant".
    "#]],
    );
    spoilt(
        &[("say = \"Nine to five.\"", "disclosure = \"I am an AI.\"")],
        expect![[r#"
        shop.toml:30:1: error: "hours" is not the start state, so nobody hears its disclosure. Move it to the start state.
    "#]],
    );
    spoilt(
        &[("start = \"hello\"", "start = \"menu\"")],
        expect![[r#"
        shop.toml:10:9: error: No way leads to the state "hello". Let a choice, a slot or another state go to it, or take it out.
        shop.toml:11:1: error: "hello" is not the start state, so nobody hears its disclosure. Move it to the start state.
        shop.toml:14:9: error: The start state "menu" does not say that an AI assistant speaks. Add disclosure = "You are speaking with the AI assistant of …"; the law asks for it.
        shop.toml:14:9: error: The start state "menu" asks something. Let it greet and go on: add go = "STATE" and ask there. Callers who come back are not greeted again.
    "#]],
    );
}

#[test]
fn a_language_model_must_be_set_up() {
    let text = RIGHT.replace("hangup = true", "llm = true");
    expect![[r#"
        shop.toml:45:1: error: This flow hands over to a language model, and none is set up. Set up a language model in the configuration, or use transfer instead.
    "#]].assert_eq(&findings(&text));
    let flow = Flow::parse_with("shop.toml", &text, Options { llm: true }).expect("a flow");
    assert!(flow.facts(tom_base::Lang::EN).next().is_some(), "the model may know the facts");
}

#[test]
fn nobody_is_ever_helped() {
    spoilt(
        &[("resolved = true\n", ""), ("message = { order = \"{order}\" }\n", "")],
        expect![[r#"
        shop.toml:10:9: warning: No state says that a caller was helped, so every call counts as not resolved. Add resolved = true to the states that answer what callers want.
    "#]],
    );
}

#[test]
fn files() {
    let missing = Flow::load(std::path::Path::new("/nowhere/shop.toml"), Options::default()).unwrap_err();
    let text = missing[0].to_string();
    assert!(text.starts_with("/nowhere/shop.toml: error: The file cannot be read: "), "{text}");
}

#[test]
fn windows_line_ends_and_umlauts_do_not_shift_positions() {
    let text = RIGHT.replace("ask = \"Which order?\"", "ask = \"Wäs?\"\nask2 = \"Ü\"").replace('\n', "\r\n");
    expect![[r#"
        shop.toml:36:1: error: The state "order" has an unknown key "ask2". Did you mean "ask"?
    "#]]
    .assert_eq(&findings(&text));
}
