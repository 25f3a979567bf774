//! Layer: sim. A greeting, a question, an answer: spoken, keyed, typed, or without one of the engines.

use std::sync::Arc;

use tom_base::{CallPlan, Epoch, Lang};
use tom_call::{Control, FlowBrain};
use tom_flow::Flow;
use tom_turn::{Cause, EndReason, Expect, Then};

use crate::desk::{Desk, GREETING, answer};
use crate::phone::Phone;

#[tokio::test(start_paused = true)]
async fn a_greeting_a_question_and_an_answer() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.silence(300).await;
    phone.say("hello").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&[
        "0.0 reply \"Hello, this is a test\"",
        "0.0 text complete",
        "0.0 speaking",
        "0.0 speech complete 42",
        "0.0 turn end \"Hello, this is a test\" all",
        "0.0 state listening",
        "0.0 timing",
        "1.0 partial \"hello\"",
        "1.0 final \"hello\"",
        "1.0 committed \"hello\"",
        "1.0 reply \"You said hello.\"",
        "1.0 speaking",
        "1.0 turn end \"You said hello.\" all",
        "1.0 timing",
        "ended Caller",
        "closed Caller",
    ]);
    assert!(log.audio(Epoch::new(0, 0)) == desk.sound(GREETING), "every sample, in order");
    assert!(!log.has("clear"));
    assert_eq!((report.turns, report.interruptions, report.failures), (2, 0, 0));
    assert_eq!(report.reason, EndReason::Caller);
    assert_eq!((report.media.underruns, report.media.dropped_in, report.media.dropped_out), (0, 0, 0));
    assert!(report.timeline.contains("You said hello."), "{}", report.timeline);
    let replayed = tom_turn::journal::replay(&report.journal).expect("a journal");
    assert_eq!(replayed, *report.timeline);
    let history = desk.clerk.history.lock().unwrap().clone();
    assert_eq!(history, [(GREETING.to_owned(), true)], "without what is answered");
}

#[tokio::test(start_paused = true)]
async fn the_recogniser_is_told_what_may_be_said() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 timing").await;
    phone.hang_up().await;
    assert_eq!(*desk.ears.unwrap().grammars.lock().unwrap(), ["words"]);
}

#[tokio::test(start_paused = true)]
async fn a_soft_beginning_is_not_lost_and_nothing_is_heard_twice() {
    let mut desk = Desk::default();
    desk.turn.plain_wait = tom_base::Span::from_millis(1_500);
    // So that the second is an utterance of its own.
    desk.turn.join = tom_base::Span::ZERO;
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("seven").await;
    // An utterance of its own, that begins within 300 ms of the end of the first.
    phone.silence(40).await;
    phone.say("no").await;
    phone.until("committed").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["1.0 final \"seven\"", "1.1 final \"no\"", "1.1 committed \"seven no\""]);
}

#[tokio::test(start_paused = true)]
async fn the_caller_goes_on_and_the_reply_is_made_again() {
    let mut desk = Desk::default();
    desk.voice.as_mut().unwrap().manner.lock().unwrap().delay = std::time::Duration::from_millis(800);
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("question").await;
    phone.until("1.0 reply").await;
    phone.say("wait").await;
    phone.until("timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 committed \"question\"", "1.1 committed \"question wait\"", "1.1 timing"]);
    assert!(log.frames(Epoch::new(1, 0)).is_empty(), "of the first nothing was heard");
    assert!(report.actions.is_empty(), "what only the first reply promised is not done");
    assert_eq!(report.turns, 2);
}

#[tokio::test(start_paused = true)]
async fn keys_and_typed_words_are_answered() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.key('5').await;
    phone.until("1.0 timing").await;
    phone.typed("good evening").await;
    phone.until("2.0 timing").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&[
        "1.0 key 5",
        "1.0 reply \"You pressed 5\"",
        "2.0 committed \"good evening\"",
        "2.0 reply \"You said good evening.\"",
    ]);
}

#[tokio::test(start_paused = true)]
async fn keys_complete_a_number_and_stop_the_reply() {
    let brain = |cause: &Cause| {
        let mut reply = answer(cause)?;
        reply.then = Then::Listen(Expect::Digits { max: 4 });
        Ok(reply)
    };
    let mut desk = Desk { brain: Some(Box::new(crate::promises::Dialogue(brain))), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 speaking").await;
    for key in ['1', '2', '3', '4'] {
        phone.key(key).await;
        phone.silence(100).await;
    }
    phone.until_since(0, "1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["0.0 interrupted", "0.0 timing", "1.0 reply \"You pressed 1234\"", "1.0 timing"]);
    assert_eq!((log.count("clear"), report.interruptions), (1, 1));
    assert_eq!(log.timing(0).barge_in, None, "a key is no speech");
}

#[tokio::test(start_paused = true)]
async fn without_a_voice_the_text_is_the_reply() {
    let mut desk = Desk { voice: None, ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.silence(100).await;
    phone.say("question").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&[
        "0.0 reply",
        "0.0 text complete",
        "0.0 turn end \"Hello, this is a test\" all",
        "1.0 reply \"I have noted that\"",
        "1.0 text complete",
        "1.0 action message",
        "1.0 turn end \"I have noted that\" all",
    ]);
    assert_eq!(report.media.frames_out, 0);
    assert!(!log.has("speech complete") && !log.has("mark"));
}

#[tokio::test(start_paused = true)]
async fn without_a_recogniser_speech_is_answered_and_keys_work() {
    let mut desk = Desk { ears: None, ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("hello hello").await;
    phone.until("1.0 timing").await;
    phone.key('1').await;
    phone.until("2.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 reply \"Pardon\"", "2.0 reply \"You pressed 1\""]);
    assert_eq!(report.failures, 0, "an engine that is switched off has not failed");
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_text_and_one_without_sound_end_at_once() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("nothing").await;
    phone.until("1.0 timing").await;
    desk.voice.as_ref().unwrap().manner.lock().unwrap().fault = None;
    phone.typed("hi").await;
    phone.until("2.0 timing").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["1.0 turn end \"\" all", "2.0 turn end \"You said hi.\" all"]);
}

#[tokio::test(start_paused = true)]
async fn a_real_flow_holds_a_call_by_voice_and_keys() {
    let flow = Arc::new(Flow::builtin("reception").expect("a flow"));
    let brain = FlowBrain::new(flow, Lang::EN, CallPlan::default(), true);
    let mut desk = Desk { brain: Some(Box::new(brain)), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.key('1').await;
    phone.until("1.0 timing").await;
    phone.say("question").await;
    phone.until("2.0 timing").await;
    phone.tell(Control::Drain).await;
    let (report, log) = phone.ended().await;
    assert!(log.text().contains("AI") || log.text().contains("assistant"), "{}", log.text());
    assert_eq!(report.reason, EndReason::Drain);
    assert!(report.turns >= 4);
}

#[tokio::test(start_paused = true)]
async fn what_was_said_can_be_forgotten() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("hello").await;
    phone.until("1.0 timing").await;
    phone.typed("longer").await;
    phone.until("2.0 speaking").await;
    phone.silence(100).await;
    let told = phone.now();
    phone.tell(Control::ForgetHistory).await;
    phone.until("2.0 timing").await;
    phone.typed("again").await;
    phone.until("3.0 timing").await;
    let (_, log) = phone.hang_up().await;
    assert_eq!(log.at(told, "clear"), Some(told), "the agent stops at once");
    let history = desk.clerk.history.lock().unwrap().clone();
    assert!(history.is_empty(), "nothing older is known: {history:?}");
}

#[tokio::test(start_paused = true)]
async fn forgetting_while_nobody_speaks_changes_nothing_else() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.tell(Control::ForgetHistory).await;
    phone.say("hello").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    assert!(log.has("1.0 reply \"You said hello.\"") && !log.has("clear"));
    assert_eq!(report.interruptions, 0);
    assert_eq!(log.timing(1).barge_in, None);
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_forgets_stands_where_its_greeting_left_it() {
    let flow = Arc::new(Flow::builtin("reception").expect("a flow"));
    let brain = FlowBrain::new(flow, Lang::EN, CallPlan::default(), true);
    let mut desk = Desk { brain: Some(Box::new(brain)), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("appointment").await;
    phone.until("1.0 timing").await;
    phone.tell(Control::ForgetHistory).await;
    phone.typed("opening hours").await;
    phone.until("2.0 timing").await;
    let (_, log) = phone.hang_up().await;
    let text = log.text();
    assert_eq!(text.matches("reply \"Hello, you are").count(), 1, "it does not greet again: {text}");
    let (_, after) = text.split_once("1.0 timing").unwrap();
    assert!(after.contains("nine to five"), "the menu is open again: {text}");
}
