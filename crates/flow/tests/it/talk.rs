//! Layer: pure. How a dialogue answers: understanding, doubt, failure, repeats, help, silence, revisions.

use std::sync::Arc;

use tom_base::{CallPlan, Lang, Length};
use tom_flow::{ActionKind, Dialogue, Expect, Flow, FlowCause, FlowReply, Recognition, Stage, Then, Why};

use crate::common::{flow, keyed, opened, said, said_with};

fn reception() -> Arc<Flow> {
    Arc::new(Flow::builtin("reception").expect("the shipped flow loads"))
}

fn start(lang: Lang) -> Dialogue {
    opened(&reception(), lang, Recognition::default()).0
}

fn heard(reply: &FlowReply) -> String {
    reply.text.join(" ")
}

/// The data of the only action of a kind.
fn data(reply: &FlowReply, kind: ActionKind) -> Vec<(String, String)> {
    let mut all = reply.actions.iter().filter(|a| a.kind == kind);
    let data = all.next().map(|a| a.data.clone()).unwrap_or_default();
    assert!(all.next().is_none(), "more than one {kind:?}");
    data
}

#[test]
fn the_first_words_say_that_an_ai_speaks() {
    for (lang, word) in [(Lang::EN, "AI assistant"), (Lang::DE, "KI-Assistenten")] {
        let (_, greeting) = opened(&reception(), lang, Recognition::default());
        assert!(greeting.text[0].contains(word), "{:?}", greeting.text);
        assert_eq!(greeting.passed, ["welcome", "menu"]);
    }
}

#[test]
fn a_plan_changes_greeting_tone_and_length_but_not_the_disclosure() {
    let plan = CallPlan { greeting: Some("Hey 😀, TOM here!".into()), ..CallPlan::default() };
    let greeting =
        Dialogue::new(reception(), Lang::EN, plan, Recognition::default()).reply(&FlowCause::Opening);
    assert!(greeting.text[0].contains("AI assistant"), "{:?}", greeting.text);
    assert_eq!(greeting.text[1], "Hey , TOM here!");
    for (tone, length, with, without) in [
        ("friendly", Length::Medium, "How nice of you to call!", "Thank you for calling."),
        ("freundlich", Length::Medium, "How nice of you to call!", "Thank you for calling."),
        ("polite", Length::Medium, "You can ask for", "nice of you"),
        ("polite", Length::VeryShort, "How can I help you?", "You can ask for"),
    ] {
        let plan = CallPlan { tone: tone.into(), length, ..CallPlan::default() };
        let mut dialogue = Dialogue::new(reception(), Lang::EN, plan, Recognition::default());
        let text = heard(&dialogue.reply(&FlowCause::Opening));
        assert!(text.contains(with) && !text.contains(without), "{tone} {length:?}: {text}");
    }
}

#[test]
fn an_unknown_language_becomes_the_first_one() {
    let dialogue =
        Dialogue::new(reception(), "fr".parse().unwrap(), CallPlan::default(), Recognition::default());
    assert_eq!(dialogue.lang(), Lang::EN);
    let swiss =
        Dialogue::new(reception(), "de-ch".parse().unwrap(), CallPlan::default(), Recognition::default());
    assert_eq!(swiss.lang(), Lang::DE);
}

#[test]
fn doubt_is_checked_back() {
    let mut dialogue = start(Lang::EN);
    let doubt = dialogue.reply(&said_with("opening hours", 450));
    assert!(heard(&doubt).contains("our opening hours?"), "{doubt:?}");
    assert_eq!(doubt.then, Then::Listen(Expect::YesNo));
    let mut yes = dialogue.clone();
    assert!(heard(&yes.reply(&said("yes"))).contains("nine to five"));
    let mut no = dialogue.clone();
    assert_eq!(no.reply(&said("no")).then, Then::Listen(Expect::Choice));
    let mut key = dialogue.clone();
    assert!(heard(&key.reply(&keyed("1"))).contains("nine to five"));
    // Another choice corrects at once.
    assert!(heard(&dialogue.reply(&said("no the address"))).contains("Example Street"));
}

#[test]
fn what_is_hardly_heard_counts_as_nothing() {
    let mut dialogue = start(Lang::EN);
    let reply = dialogue.reply(&said_with("opening hours", 200));
    assert_eq!(reply.then, Then::Listen(Expect::Choice));
    assert_eq!(dialogue.outcome().repeats, 1);
    assert!(reply.passed.is_empty());
}

#[test]
fn failures_bring_a_person_with_a_reason() {
    for threshold in [1, 3, 6] {
        let plan = CallPlan { escalation_threshold: threshold, ..CallPlan::default() };
        let mut dialogue = Dialogue::new(reception(), Lang::EN, plan, Recognition::default());
        dialogue.reply(&FlowCause::Opening);
        for _ in 1..threshold {
            assert!(matches!(dialogue.reply(&said("banana")).then, Then::Listen(_)));
        }
        let last = dialogue.reply(&said(""));
        assert_eq!(last.then, Then::Transfer, "threshold {threshold}");
        assert!(last.text[0].contains("did not understand"), "{:?}", last.text);
        assert_eq!(data(&last, ActionKind::Transfer)[1].1, "not_understood");
        let outcome = dialogue.outcome();
        assert!(outcome.handover && outcome.escalation && !outcome.resolution);
    }
}

#[test]
fn a_success_forgives_a_failure() {
    let mut dialogue = start(Lang::EN);
    for _ in 0..5 {
        assert!(matches!(dialogue.reply(&said("banana")).then, Then::Listen(_)));
        assert!(matches!(dialogue.reply(&said("opening hours")).then, Then::Listen(_)));
        assert!(matches!(dialogue.reply(&said("yes")).then, Then::Listen(_)));
    }
}

#[test]
fn a_hand_over_that_fails_as_well_ends_the_call() {
    let text = "[flow]\nname = 'x'\nlanguages = ['en']\nstart = 'a'\nhandover = 'c'\n[states.a]\ndisclosure = 'AI.'\ngo = 'b'\n\
        [states.b]\nask = 'Well?'\nslot = { name = 'ok', kind = 'yes_no', yes = 'd', no = 'c' }\n\
        [states.c]\nask = 'Which number?'\nslot = { name = 'n', kind = 'phone' }\ngo = 'd'\n[states.d]\nhangup = true\nresolved = true\n";
    let (mut dialogue, _) = opened(&flow(text), Lang::EN, Recognition::default());
    for _ in 0..2 {
        dialogue.reply(&said("banana"));
    }
    assert_eq!(dialogue.reply(&said("banana")).passed, ["c"]);
    for _ in 0..2 {
        dialogue.reply(&said("banana"));
    }
    let end = dialogue.reply(&said("banana"));
    assert_eq!(end.then, Then::HangUp);
    assert!(heard(&end).contains("call again later"), "{end:?}");
}

#[test]
fn broken_engines_are_owned_up_to() {
    let mut dialogue = start(Lang::EN);
    let first = dialogue.reply(&FlowCause::Failed(Stage::Stt));
    assert!(heard(&first).contains("press one"), "{first:?}");
    assert!(first.grammar.is_some());
    // The recogniser seems to be gone: on by keys.
    let second = dialogue.reply(&FlowCause::Failed(Stage::Stt));
    assert!(second.grammar.is_none());
    let third = dialogue.reply(&FlowCause::Failed(Stage::Stt));
    assert_eq!(third.then, Then::Transfer);
    assert_eq!(data(&third, ActionKind::Transfer)[1].1, "engine");
    assert!(third.text[0].contains("technical trouble"));
}

#[test]
fn a_lost_answer_is_given_again() {
    let mut dialogue = start(Lang::EN);
    dialogue.reply(&said("opening hours"));
    let again = dialogue.reply(&FlowCause::Failed(Stage::Tts));
    assert!(heard(&again).contains("nine to five"), "{again:?}");
    assert!(!again.text[0].contains("nine"), "it apologises first");
}

#[test]
fn a_question_about_one_day_is_a_question_about_the_hours() {
    for (lang, questions, hours) in [
        (Lang::EN, ["What are your opening hours on Monday?", "Are you open on Saturday?"], "nine to five"),
        (Lang::DE, ["Haben Sie am Samstag geöffnet?", "Wann haben Sie am Montag auf?"], "neun bis siebzehn"),
    ] {
        for question in questions {
            let answer = start(lang).reply(&said(question));
            assert!(heard(&answer).contains(hours), "{question} {answer:?}");
        }
    }
}

#[test]
fn pardon_help_and_a_person_work_everywhere() {
    let mut dialogue = start(Lang::EN);
    let hours = dialogue.reply(&said("opening hours"));
    assert_eq!(dialogue.reply(&said("pardon me")).text, hours.text);
    assert_eq!(dialogue.reply(&keyed("*")).text, hours.text);
    let help = dialogue.reply(&said("help"));
    assert!(heard(&help).contains("1 1 2") && heard(&help).contains("press zero"), "{help:?}");
    for cause in [said("operator"), keyed("0"), said("I want to speak to someone")] {
        let reply = dialogue.clone().reply(&cause);
        assert_eq!(reply.then, Then::Transfer, "{cause:?}");
        let transfer = data(&reply, ActionKind::Transfer);
        assert_eq!(transfer[..2], [("to".into(), "frontdesk".into()), ("reason".into(), "asked".into())]);
        let greets = "Hello, this is the AI assistant. I have a caller for you.";
        assert_eq!(transfer[2], ("summary".into(), greets.into()));
        assert!(!heard(&reply).contains("one to five"), "no rating after a hand-over");
    }
}

#[test]
fn silence_is_asked_about_and_then_the_call_ends() {
    let mut dialogue = start(Lang::EN);
    let first = dialogue.reply(&FlowCause::Silence(1));
    assert!(heard(&first).contains("still"), "{first:?}");
    assert!(!heard(&first).contains("press"));
    let second = dialogue.reply(&FlowCause::Silence(2));
    assert!(heard(&second).contains("press one"), "{second:?}");
    for why in [Why::Silence, Why::TooLong, Why::Drain] {
        let end = dialogue.clone().reply(&FlowCause::Goodbye(why));
        assert_eq!(end.then, Then::HangUp);
        assert!(heard(&end).contains("Goodbye") && !heard(&end).contains("one to five"), "{end:?}");
        assert_eq!(data(&end, ActionKind::Resolution)[0], ("resolved".into(), "false".into()));
    }
}

#[test]
fn a_revision_is_answered_from_before() {
    let mut dialogue = start(Lang::EN);
    let before = dialogue.snapshot();
    let first = dialogue.reply(&said("opening hours"));
    dialogue.restore(&before);
    let second = dialogue.reply(&said("opening hours no wait an appointment"));
    assert_ne!(first.text, second.text);
    dialogue.restore(&before);
    assert_eq!(dialogue.reply(&said("opening hours")), first);
}

#[test]
fn two_choices_at_once_are_none() {
    let mut dialogue = start(Lang::EN);
    let reply = dialogue.reply(&said("opening hours and the address"));
    assert!(reply.passed.is_empty(), "{reply:?}");
}

#[test]
fn without_a_recogniser_keys_lead_and_say_so() {
    let (mut dialogue, greeting) = opened(&reception(), Lang::DE, Recognition::keys_only());
    assert!(greeting.grammar.is_none());
    assert!(heard(&greeting).contains("Bitte antworten Sie mit den Tasten"), "{greeting:?}");
    assert!(heard(&greeting).contains("Für die Öffnungszeiten drücken Sie die Eins."));
    assert!(!heard(&greeting).contains("Fragen Sie nach"));
    let spoken = dialogue.reply(&said(""));
    assert!(spoken.text[0].contains("keine Sprache verstehen"), "{spoken:?}");
    assert!(heard(&spoken).contains("die Null"), "{spoken:?}");
    // Typed words are understood all the same.
    assert_eq!(dialogue.reply(&said("Öffnungszeiten")).passed, ["hours", "more"]);
}

#[test]
fn after_the_end_nothing_more_is_said() {
    let mut dialogue = start(Lang::EN);
    let end = dialogue.reply(&keyed("0"));
    assert_eq!(end.then, Then::Transfer);
    let after = dialogue.reply(&said("hello"));
    assert_eq!((after.then, after.text.len(), after.actions.len()), (Then::Transfer, 0, 0));
    // Except what the caller could not hear, once.
    assert_eq!(dialogue.reply(&FlowCause::Failed(Stage::Tts)).text, end.text);
    assert!(dialogue.reply(&FlowCause::Failed(Stage::Tts)).text.is_empty());
}
