//! Layer: pure. From the ringing to the end of the greeting.

use tom_base::CallState;
use tom_turn::{CallEvent, Cause, EndReason, Expect, Floor, Input, Output, Phrase, Stage, Then};

use crate::script::{Call, e};

#[test]
fn an_unanswered_call_ends_after_thirty_seconds() {
    let mut call = Call::new();
    call.at(1_000, Input::Ringing).until(60_000);
    assert_eq!(call.when(&Output::HangUp(EndReason::Unanswered)), 31_000);
    assert_eq!(call.turn.state(), CallState::Ended);
}

#[test]
fn before_the_answer_nothing_is_heard() {
    let mut call = Call::new();
    call.at(0, Input::Ringing).clear().voice(100).quiet(600).keys(700, "1");
    assert!(call.log.is_empty());
    assert_eq!(call.turn.state(), CallState::Ringing);
}

#[test]
fn answering_twice_greets_once() {
    let mut call = Call::new();
    call.at(0, Input::Answered).at(10, Input::Answered).at(20, Input::Ringing);
    let greetings = call.actions().into_iter().filter(|o| matches!(o, Output::Generate { .. }));
    assert_eq!(greetings.count(), 1);
}

#[test]
fn a_greeting_without_audio_for_ten_seconds_becomes_an_apology() {
    let mut call = Call::new();
    call.at(0, Input::Answered);
    call.reply(9_000, e(0, 0), "Hello.", Then::Listen(Expect::Choice)).until(11_000);
    assert_eq!(call.when(&Output::Event(CallEvent::Failed { epoch: e(0, 0), stage: Stage::Tts })), 10_000);
    assert_eq!(call.when(&Output::Say { epoch: e(1, 0), phrase: Phrase::Apology }), 10_000);
}

#[test]
fn a_greeting_that_nobody_makes_becomes_an_apology() {
    let mut call = Call::new();
    call.at(0, Input::Answered).until(30_000);
    assert_eq!(call.when(&Output::Event(CallEvent::Failed { epoch: e(0, 0), stage: Stage::Llm })), 10_000);
    assert_eq!(call.when(&Output::Say { epoch: e(1, 0), phrase: Phrase::Apology }), 10_000);
}

#[test]
fn a_hello_before_the_greeting_does_not_stop_it() {
    let mut call = Call::new();
    call.at(0, Input::Answered).voice(100).quiet(400);
    call.spoken(600, e(0, 0), "Hello, an assistant speaks.", Then::Listen(Expect::Open));
    assert_eq!(call.turn.state(), CallState::Speaking);
    assert!(call.has(&Output::Forget { epoch: e(1, 0) }));
    assert!(!call.any(|o| matches!(o, Output::Cancel { .. } | Output::Pause)));
}

#[test]
fn who_still_speaks_when_the_greeting_begins_is_heard_from_the_first_word() {
    let mut call = Call::new();
    call.at(0, Input::Answered).voice(100).partly(500, e(1, 0), "is somebody");
    call.spoken(600, e(0, 0), "Hello, an assistant speaks.", Then::Listen(Expect::Open));
    assert_eq!(call.when(&Output::Listen { epoch: e(1, 0) }), 100);
    assert_eq!(call.when(&Output::Pause), 600);
    assert_eq!(call.when(&Output::Cancel { epoch: e(0, 0) }), 600);
    assert_eq!(call.turn.floor(), Floor::User);
}

#[test]
fn a_greeting_without_words_listens_at_once() {
    let mut call = Call::new();
    call.at(0, Input::Answered);
    call.at(50, Input::ReplyEnd { epoch: e(0, 0), then: Then::Listen(Expect::Open) });
    assert_eq!(call.turn.state(), CallState::Listening);
    let end = CallEvent::TurnEnd { epoch: e(0, 0), heard: "".into(), complete: true };
    assert!(call.has(&Output::Event(end)));
    call.until(9_000);
    assert_eq!(call.asked().2, Cause::Silence(1));
}
