//! Layer: pure. A caller goes to a person: what that person is told, and what if nobody takes the call.

use tom_base::Lang;
use tom_flow::{ActionKind, Dialogue, Expect, Flow, FlowCause, FlowReply, Recognition, Then};

use crate::common::{flow, keyed, opened, said};

fn given(reply: &FlowReply, kind: ActionKind, name: &str) -> Option<String> {
    let action = reply.actions.iter().rfind(|action| action.kind == kind)?;
    action.data.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// Asks for a number, then hands over; `more` is what the hand-over state says besides.
fn desk(more: &str) -> String {
    format!(
        "[flow]\nname = 'd'\nlanguages = ['en']\nstart = 'a'\nhandover = 'd'\nrating = false\n\
         [states.a]\ndisclosure = 'AI.'\ngo = 'b'\n\
         [states.b]\nask = 'Which room?'\n\
         slot = {{ name = 'room', kind = 'digits', min = 2, max = 2 }}\ngo = 'd'\n\
         [states.d]\nsay = 'One moment.'\ntransfer = 'desk'\n{more}\n\
         [states.e]\nsay = 'Leave a note, then.'\nhangup = true\n"
    )
}

#[test]
fn the_person_is_told_what_the_caller_gave_or_what_the_flow_says() {
    for (more, wanted) in [
        ("otherwise = 'e'", "The caller told me: 4 2."),
        ("otherwise = 'e'\nsummary = 'It is about room {room}.'", "It is about room 4 2."),
    ] {
        let (mut dialogue, _) = opened(&flow(&desk(more)), Lang::EN, Recognition::default());
        dialogue.reply(&keyed("42"));
        let reply = dialogue.reply(&keyed("1"));
        assert_eq!(reply.then, Then::Transfer, "{reply:?}");
        let summary = given(&reply, ActionKind::Transfer, "summary").expect("a summary");
        let (intro, rest) = summary.split_once("caller for you. ").expect("an introduction");
        assert!(intro.contains("AI assistant"), "{summary}");
        assert_eq!(rest, wanted);
    }
}

#[test]
fn the_call_goes_on_where_the_flow_says_or_at_its_start() {
    let (mut dialogue, _) = opened(&flow(&desk("otherwise = 'e'")), Lang::EN, Recognition::default());
    dialogue.reply(&keyed("42"));
    assert_eq!(dialogue.reply(&keyed("1")).then, Then::Transfer);
    let reply = dialogue.reply(&FlowCause::NotConnected);
    assert_eq!(reply.text, ["I am sorry, nobody can take your call right now.", "Leave a note, then."]);
    assert_eq!((reply.then, dialogue.outcome().handover), (Then::HangUp, false));
    assert_eq!(given(&reply, ActionKind::Resolution, "handover").as_deref(), Some("false"));

    let start = desk("").replace("[states.e]\nsay = 'Leave a note, then.'\nhangup = true\n", "");
    let (mut dialogue, _) = opened(&flow(&start), Lang::EN, Recognition::default());
    dialogue.reply(&keyed("42"));
    assert_eq!(dialogue.reply(&keyed("1")).then, Then::Transfer);
    let reply = dialogue.reply(&FlowCause::NotConnected);
    assert!(reply.text.join(" ").contains("Which room?"), "{reply:?}");
    assert_eq!(reply.then, Then::Listen(Expect::Digits { max: 2 }));
    dialogue.reply(&keyed("43"));
    assert_eq!(dialogue.reply(&keyed("1")).then, Then::Transfer, "it may be tried again");
}

/// Whoever was not understood, found nobody and is not understood any better is let go; whoever was understood since is
/// not hung up on, but may find somebody this time.
#[test]
fn a_caller_who_was_understood_since_is_put_through_again() {
    for understood in [true, false] {
        let flow = std::sync::Arc::new(Flow::builtin("reception").expect("the shipped flow loads"));
        let (mut dialogue, _) = opened(&flow, Lang::EN, Recognition::default());
        let fails = |dialogue: &mut Dialogue| {
            (0..3).map(|_| dialogue.reply(&said("banana"))).last().expect("three replies")
        };
        assert_eq!(fails(&mut dialogue).then, Then::Transfer);
        assert!(matches!(dialogue.reply(&FlowCause::NotConnected).then, Then::Listen(_)));
        if understood {
            assert!(matches!(dialogue.reply(&said("a bill")).then, Then::Listen(_)));
        }
        let last = fails(&mut dialogue);
        assert_eq!(last.then, if understood { Then::Transfer } else { Then::HangUp }, "{last:?}");
        assert_eq!(last.text.join(" ").contains("call again later"), !understood, "{last:?}");
        assert!(dialogue.outcome().escalation);
    }
}

/// Somebody outside of the dialogue sent the caller to a person, who does not take the call.
#[test]
fn whoever_was_sent_on_from_outside_and_comes_back_hears_why_and_is_asked_again() {
    let (mut dialogue, _) = opened(&flow(&desk("otherwise = 'e'")), Lang::EN, Recognition::default());
    let reply = dialogue.reply(&FlowCause::NotConnected);
    assert!(reply.text[0].contains("nobody can take your call"), "{reply:?}");
    assert!(matches!(reply.then, Then::Listen(_)), "{reply:?}");
}

#[test]
fn an_emergency_whose_person_does_not_answer_names_the_number_again() {
    let flow = std::sync::Arc::new(Flow::builtin("reception").expect("the shipped flow loads"));
    for (lang, words) in [(Lang::EN, "emergency"), (Lang::DE, "Notfall")] {
        let (mut dialogue, _) = opened(&flow, lang, Recognition::default());
        assert_eq!(dialogue.reply(&said(words)).then, Then::Transfer);
        let reply = dialogue.reply(&FlowCause::NotConnected);
        assert!(reply.text.join(" ").contains("1 1 2"), "{reply:?}");
        assert!(matches!(reply.then, Then::Listen(_)), "{reply:?}");
    }
}

#[test]
fn people_who_call_each_other_for_ever_are_a_mistake() {
    for more in ["otherwise = 'd'", "otherwise = 'nowhere'"] {
        let text = desk(more).replace("[states.e]\nsay = 'Leave a note, then.'\nhangup = true\n", "");
        assert!(Flow::parse("t.toml", &text).is_err(), "{more}");
    }
    for key in ["summary", "otherwise"] {
        let text = desk("").replace("hangup = true", &format!("hangup = true\n{key} = 'a'"));
        let errors = Flow::parse("t.toml", &text).expect_err("nobody to hand over to");
        assert!(errors.iter().any(|error| error.to_string().contains("hands over to nobody")), "{errors:?}");
    }
}

#[test]
fn keys_are_pressed_as_written_and_what_is_no_key_is_refused() {
    let with = |keys: &str| desk(&format!("press = '{keys}'"));
    let pressed = flow(&with("12#").replace("[states.e]\nsay = 'Leave a note, then.'\nhangup = true\n", ""));
    let (mut dialogue, _) = opened(&pressed, Lang::EN, Recognition::default());
    dialogue.reply(&keyed("42"));
    let reply = dialogue.reply(&keyed("1"));
    assert_eq!(given(&reply, ActionKind::SendKeys, "keys").as_deref(), Some("12#"));
    assert!(!dialogue.outcome().resolution, "keys help nobody yet");
    for keys in ["1 2", "x", "1-2"] {
        let errors = Flow::parse("t.toml", &with(keys)).expect_err("no keys");
        assert!(
            errors.iter().any(|error| error.to_string().contains("no keys of a telephone")),
            "{errors:?}"
        );
    }
}
