//! Layer: pure. A caller on hold: how a flow writes it, what counts meanwhile, and where the call goes on.

use std::sync::Arc;

use expect_test::expect;
use proptest::prelude::*;
use tom_base::Lang;
use tom_flow::{Back, Dialogue, Expect, Flow, FlowCause, Recognition, Stage, Then};

use crate::common::spoil::spoilt;
use crate::common::{flow, keyed, opened, said};

/// Greets, then keeps the caller on hold; `more` is what the state says besides.
fn waiting(hold: &str, more: &str) -> String {
    format!(
        "[flow]\nname = 'w'\nlanguages = ['en']\nstart = 'a'\nhandover = 'd'\nrating = false\n\
         [states.a]\ndisclosure = 'AI.'\ngo = 'w'\n\
         [states.w]\nsay = 'One moment.'\nhold = {{ {hold} }}\ngo = 'back'\n{more}\n\
         [states.back]\nsay = 'Your car is ready.'\ngo = 'more'\n\
         [states.more]\nask = 'Anything else?'\n\
         slot = {{ name = 'm', kind = 'yes_no', yes = 'late', no = 'end' }}\n\
         [states.late]\nsay = 'Nobody was free.'\ngo = 'more'\n\
         [states.note]\nsay = 'I note it.'\ngo = 'more'\n\
         [states.d]\nsay = 'I put you through.'\ntransfer = 'desk'\n\
         [states.end]\nhangup = true\n"
    )
}

const ALL: &str = "seconds = 90, key = '#', pressed = 'note', music = false";

fn on_hold(hold: &str, more: &str) -> Dialogue {
    let (dialogue, reply) = opened(&flow(&waiting(hold, more)), Lang::EN, Recognition::default());
    assert_eq!(reply.text, ["AI.", "One moment."]);
    assert!(matches!(reply.then, Then::Hold { .. }), "{reply:?}");
    assert!(reply.grammar.is_none(), "nobody listens");
    dialogue
}

#[test]
fn each_end_of_a_hold_has_its_own_way_on() {
    let more = "otherwise = 'late'";
    for (back, heard) in [
        (Back::Resumed, "Your car is ready."),
        (Back::Keyed, "I note it."),
        (Back::TimedOut, "Nobody was free."),
    ] {
        let mut dialogue = on_hold(ALL, more);
        let reply = dialogue.reply(&FlowCause::HoldOver(back));
        assert_eq!(reply.text, [heard, "Anything else?"]);
        assert_eq!(reply.then, Then::Listen(Expect::YesNo));
    }
    // Without ways of their own they go where the state goes.
    let plain = waiting("seconds = 90, key = '#'", "")
        .replace("[states.late]\nsay = 'Nobody was free.'\ngo = 'more'\n", "")
        .replace("[states.note]\nsay = 'I note it.'\ngo = 'more'\n", "")
        .replace("yes = 'late'", "yes = 'w'");
    for back in [Back::Resumed, Back::Keyed, Back::TimedOut] {
        let (mut dialogue, reply) = opened(&flow(&plain), Lang::EN, Recognition::default());
        assert_eq!(reply.then, Then::Hold { seconds: 90, key: Some('#'), music: true });
        assert_eq!(dialogue.reply(&FlowCause::HoldOver(back)).text[0], "Your car is ready.");
        let again = dialogue.reply(&said("yes"));
        assert!(matches!(again.then, Then::Hold { .. }), "as often as need be: {again:?}");
    }
}

#[test]
fn a_state_that_is_its_own_otherwise_says_again_what_it_says() {
    let text = waiting("seconds = 30", "otherwise = 'w'")
        .replace("[states.late]\nsay = 'Nobody was free.'\ngo = 'more'\n", "")
        .replace("[states.note]\nsay = 'I note it.'\ngo = 'more'\n", "")
        .replace("yes = 'late'", "yes = 'w'");
    let (mut dialogue, _) = opened(&flow(&text), Lang::EN, Recognition::default());
    for _ in 0..20 {
        let reply = dialogue.reply(&FlowCause::HoldOver(Back::TimedOut));
        assert_eq!(reply.text, ["One moment."]);
        assert!(matches!(reply.then, Then::Hold { seconds: 30, .. }));
    }
}

/// While it is said that there will be a hold, only what cannot wait is answered.
#[test]
fn what_is_said_before_a_hold_begins_puts_nothing_off_but_a_person_and_help() {
    let begins = |cause: &FlowCause| on_hold(ALL, "otherwise = 'late'").reply(cause);
    for cause in [said("my car is blue"), said(""), keyed("5"), keyed("*"), FlowCause::Silence(1)] {
        let reply = begins(&cause);
        assert_eq!((reply.text.len(), reply.actions.len()), (0, 0), "{cause:?}: {reply:?}");
        assert!(matches!(reply.then, Then::Hold { .. }), "{cause:?}: {reply:?}");
    }
    let lost = begins(&FlowCause::Failed(Stage::Tts));
    assert_eq!(lost.text, ["AI.", "One moment."], "what was lost is said again");
    assert!(matches!(lost.then, Then::Hold { .. }));
    for cause in [said("operator"), keyed("0"), said("emergency"), keyed("112#")] {
        assert_eq!(begins(&cause).then, Then::Transfer, "{cause:?}");
    }
    assert_eq!(begins(&keyed("#")).then, Then::Hold { seconds: 90, key: Some('#'), music: false });
    let person = begins(&FlowCause::NotConnected);
    assert!(person.text[0].contains("nobody can take your call"), "{person:?}");
    assert_eq!(person.text[1..], ["Nobody was free.", "Anything else?"]);
}

/// Somebody outside of the dialogue kept the caller on hold.
#[test]
fn whoever_was_held_from_outside_hears_thanks_or_an_apology_and_the_question_again() {
    let (opening, ask) = ("How can I help?", FlowCause::HoldOver(Back::Resumed));
    let flow = flow(crate::common::spoil::RIGHT);
    for (cause, first) in [
        (&ask, "Thank you for waiting."),
        (&FlowCause::HoldOver(Back::TimedOut), "I am sorry to have kept you waiting."),
    ] {
        let (mut dialogue, _) = opened(&flow, Lang::EN, Recognition::default());
        let reply = dialogue.reply(cause);
        assert_eq!(reply.text[..2], [first, opening]);
        assert_eq!(reply.then, Then::Listen(Expect::Choice));
        assert_eq!(dialogue.state(), "menu");
    }
    // Who has said goodbye, or was to go to a person, goes on with that.
    let (mut dialogue, _) = opened(&flow, Lang::EN, Recognition::default());
    assert_eq!(dialogue.reply(&keyed("0")).then, Then::Transfer);
    assert_eq!(dialogue.reply(&ask).then, Then::Transfer);
}

#[test]
fn what_is_wrong_with_a_hold_is_named() {
    let hours = "say = \"Nine to five.\"\nresolved = true\ngo = \"menu\"";
    let held = |hold: &str| format!("say = \"One moment.\"\nhold = {{ {hold} }}\ngo = \"menu\"");
    spoilt(
        &[(hours, &held("key = \"0\", tune = 1"))],
        expect![[r#"
        shop.toml:31:1: error: A hold has no "seconds". Say for how long at most, such as seconds = 120.
        shop.toml:31:16: error: The key of a hold is "0". Use one of 1 to 9, or #: 0 leads to a person, * says the last thing again.
        shop.toml:31:21: error: A hold has an unknown key "tune". Known are: seconds, music, key, pressed.
    "#]],
    );
    spoilt(
        &[(hours, &held("seconds = 0, pressed = \"menu\""))],
        expect![[r#"
        shop.toml:31:20: error: "seconds" must be a whole number from 1 to 3600. Write it without quotes.
        shop.toml:31:23: error: "pressed" is for a hold with a key. Add key = "1", or take it out.
    "#]],
    );
    spoilt(
        &[(hours, &held("seconds = 3601"))],
        expect![[r#"
        shop.toml:31:20: error: "seconds" must be a whole number from 1 to 3600. Write it without quotes.
    "#]],
    );
    spoilt(
        &[(hours, "hold = { seconds = 9 }\nsummary = \"x\"")],
        expect![[r#"
        shop.toml:30:1: error: A hold does not say where the call goes on. Add go = "STATE" to the state.
        shop.toml:31:1: error: The state "hours" has "summary" but hands over to nobody. Take it out.
    "#]],
    );
    spoilt(
        &[(hours, "hold = 9\ngo = \"menu\"\nhangup = true")],
        expect![[r#"
        shop.toml:29:9: error: The state "hours" has several ways on: hold, hangup. Keep one of them.
        shop.toml:30:8: error: "hold" must be a table, and this is a number. Write [hold] on a line of its own.
    "#]],
    );
    spoilt(
        &[(hours, "hold = { seconds = 9 }\ngo = \"menu\"\notherwise = \"nowhere\"")],
        expect![[r#"
        shop.toml:32:13: error: There is no state "nowhere". Known are: hello, menu, hours, order, noted, bye, desk.
    "#]],
    );
}

proptest! {
    #[test]
    fn whatever_a_hold_is_given_it_is_loaded_or_refused_with_a_reason(
        seconds in prop_oneof!["-?[0-9]{1,6}", "[0-9]{2}\\.5", "'9'", "0x[0-9a-f]{1,4}"],
        key in "'[0-9#*A-D]{0,2}'",
        pressed in prop::sample::select(vec!["'w'", "'note'", "'nowhere'", "1"]),
        music in prop::sample::select(vec!["true", "false", "1"]),
    ) {
        let hold = format!("seconds = {seconds}, key = {key}, pressed = {pressed}, music = {music}");
        match Flow::parse("x.toml", &waiting(&hold, "otherwise = 'late'")) {
            Ok(flow) => {
                let (_, reply) = opened(&Arc::new(flow), Lang::EN, Recognition::default());
                let Then::Hold { seconds: for_so_long, .. } = reply.then else { panic!("{reply:?}") };
                prop_assert!((1..=3_600).contains(&for_so_long));
            }
            Err(errors) => prop_assert!(errors.iter().all(|e| !e.what.is_empty() && !e.remedy.is_empty())),
        }
    }
}
