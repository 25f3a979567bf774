//! Layer: pure. Stages that fail, are late or stop: the call goes on, or ends with a word.

use tom_turn::{CallEvent, Cause, EndReason, Expect, Floor, Input, Output, Phrase, Stage, Then};

use crate::script::{Call, e};

fn failed(turn: u32, revision: u32, stage: Stage) -> Output {
    Output::Event(CallEvent::Failed { epoch: e(turn, revision), stage })
}

/// A committed turn at 3.9 s.
fn thinking() -> Call {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table.").until(3_900);
    assert_eq!(call.asked().0, 3_500 - 64 + 270);
    call.clear();
    call
}

#[test]
fn lost_words_are_told_to_the_brain() {
    let mut call = Call::greeted(Expect::YesNo);
    call.voice(3_000).quiet(3_500).fails(3_600, e(1, 0), Stage::Stt).until(5_000);
    assert_eq!(call.asked(), (3_736, e(1, 0), Cause::Failed(Stage::Stt)));

    let mut call = Call::greeted(Expect::YesNo);
    call.voice(3_000).quiet(3_500).until(9_000);
    assert_eq!(call.when(&failed(1, 0, Stage::Stt)), 8_500, "five seconds after the question");
    assert_eq!(call.asked(), (8_500, e(1, 0), Cause::Failed(Stage::Stt)));
}

#[test]
fn a_recogniser_that_fails_early_is_not_asked() {
    let mut call = Call::greeted(Expect::YesNo);
    call.voice(3_000).fails(3_100, e(1, 0), Stage::Stt).quiet(3_500).until(5_000);
    assert!(!call.any(|o| matches!(o, Output::Finish { .. })));
    assert_eq!(call.asked().2, Cause::Failed(Stage::Stt));
}

#[test]
fn a_brain_that_fails_or_is_silent_is_apologised_for() {
    let mut call = thinking();
    call.fails(4_000, e(1, 0), Stage::Llm);
    assert_eq!(call.when(&Output::Say { epoch: e(2, 0), phrase: Phrase::Apology }), 4_000);
    call.at(4_100, Input::PlayoutStarted { epoch: e(2, 0) }).done(6_000, e(2, 0));
    assert_eq!(call.turn.floor(), Floor::Listening);

    let mut call = thinking();
    call.until(20_000);
    assert_eq!(call.when(&failed(1, 0, Stage::Llm)), 13_706);
}

#[test]
fn the_second_failure_in_a_row_ends_the_call_with_a_word() {
    let mut call = thinking();
    call.fails(4_000, e(1, 0), Stage::Llm);
    call.at(4_100, Input::PlayoutStarted { epoch: e(2, 0) }).done(5_000, e(2, 0));
    call.at(6_000, Input::Typed("again".into())).fails(6_100, e(3, 0), Stage::Llm);
    assert_eq!(call.when(&Output::Say { epoch: e(4, 0), phrase: Phrase::Failure }), 6_100);
    call.at(6_200, Input::PlayoutStarted { epoch: e(4, 0) }).voice(6_300).done(8_000, e(4, 0));
    assert_eq!(call.when(&Output::HangUp(EndReason::Failure)), 8_000);

    let mut call = thinking();
    call.fails(4_000, e(1, 0), Stage::Llm);
    call.at(4_100, Input::PlayoutStarted { epoch: e(2, 0) }).done(5_000, e(2, 0));
    call.at(6_000, Input::Typed("again".into()));
    call.reply(6_100, e(3, 0), "", Then::Listen(Expect::Open));
    call.at(7_000, Input::Typed("and again".into())).fails(7_100, e(4, 0), Stage::Llm);
    assert!(call.has(&Output::Say { epoch: e(5, 0), phrase: Phrase::Apology }), "a reply between the two");
}

#[test]
fn a_brain_that_fails_in_the_middle_is_heard_so_far_and_apologised_for() {
    let mut call = thinking();
    call.at(4_000, Input::ReplyText { epoch: e(1, 0), text: "For how many".into() });
    call.at(4_100, Input::PlayoutStarted { epoch: e(1, 0) }).fails(4_200, e(1, 0), Stage::Llm);
    assert!(call.has(&Output::SpeakEnd { epoch: e(1, 0) }));
    call.done(5_000, e(1, 0));
    let end = CallEvent::TurnEnd { epoch: e(1, 0), heard: "For how many".into(), complete: false };
    assert_eq!(call.when(&Output::Event(end)), 5_000);
    assert_eq!(call.when(&Output::Say { epoch: e(2, 0), phrase: Phrase::Apology }), 5_000);
}

#[test]
fn a_brain_that_stops_in_the_middle_is_noticed() {
    let mut call = thinking();
    call.at(4_000, Input::ReplyText { epoch: e(1, 0), text: "Yes".into() });
    call.at(4_100, Input::PlayoutStarted { epoch: e(1, 0) }).heard(4_400, e(1, 0), 300).until(40_000);
    assert_eq!(call.when(&failed(1, 0, Stage::Llm)), 14_400);
}

#[test]
fn without_a_voice_the_text_goes_out_and_the_call_goes_on() {
    let mut call = thinking();
    call.at(4_000, Input::ReplyText { epoch: e(1, 0), text: "For how many?".into() });
    call.fails(4_010, e(1, 0), Stage::Tts);
    call.reply(4_100, e(1, 0), "And when?", Then::Listen(Expect::Open));
    let when = CallEvent::Reply { epoch: e(1, 0), text: "And when?".into() };
    assert!(call.has(&Output::Event(when)), "those who read get all of it");
    assert!(!call.has(&Output::Speak { epoch: e(1, 0), text: "And when?".into() }));
    assert_eq!(call.turn.floor(), Floor::Listening);
    assert!(call.turn.history().iter().all(|s| s.epoch != e(1, 0) || s.text.contains("table")));
}

#[test]
fn a_voice_that_gives_no_sign_in_five_seconds_is_dead() {
    let mut call = thinking();
    call.reply(4_000, e(1, 0), "For how many?", Then::Listen(Expect::YesNo)).until(10_000);
    assert_eq!(call.when(&failed(1, 0, Stage::Tts)), 9_000);
    assert_eq!(call.when(&Output::Cancel { epoch: e(1, 0) }), 9_000);
    assert_eq!(call.turn.floor(), Floor::Listening);
    call.at(10_100, Input::PlayoutStarted { epoch: e(1, 0) });
    assert_eq!(call.turn.floor(), Floor::Listening, "too late");
}

#[test]
fn a_voice_that_stops_in_the_middle_is_noticed() {
    let mut call = thinking();
    call.spoken(4_000, e(1, 0), "Yes", Then::Listen(Expect::Open)).heard(4_100, e(1, 0), 100);
    call.until(40_000);
    let stalled = 4_100 + 10_000 + 3 * 70;
    assert_eq!(call.when(&failed(1, 0, Stage::Tts)), stalled);
    assert_eq!(call.when(&Output::Flush), stalled);

    let mut call = thinking();
    call.spoken(4_000, e(1, 0), "Yes", Then::Listen(Expect::Open)).fails(4_500, e(1, 0), Stage::Tts);
    call.until(6_500);
    assert_eq!(call.turn.floor(), Floor::Listening, "two seconds later");
    let told = call.log.iter().filter(|(_, o)| *o == failed(1, 0, Stage::Tts)).count();
    assert_eq!(told, 1);
}

#[test]
fn no_turn_takes_longer_than_fifteen_seconds_to_be_heard() {
    let mut call = thinking();
    call.at(13_000, Input::ReplyText { epoch: e(1, 0), text: "Yes.".into() }).until(20_000);
    assert_eq!(call.when(&failed(1, 0, Stage::Tts)), 18_000);
    let mut call = thinking();
    call.at(13_700, Input::ReplyText { epoch: e(1, 0), text: "Yes.".into() });
    call.fails(13_710, e(1, 0), Stage::Tts).until(20_000);
    assert_eq!(call.when(&failed(1, 0, Stage::Llm)), 18_706, "nobody says how the reply goes on");
}

#[test]
fn keys_that_wait_for_a_dead_brain_do_not_put_off_the_apology() {
    let mut call = Call::new();
    call.at(0, Input::Answered).keys(1_000, "123").until(10_000);
    assert_eq!(call.when(&Output::Say { epoch: e(1, 0), phrase: Phrase::Apology }), 10_000);
    call.clear().at(10_100, Input::PlayoutStarted { epoch: e(1, 0) });
    assert!(call.actions().is_empty(), "nor stop it");
}

#[test]
fn a_tool_is_waited_for_but_not_for_ever() {
    let mut call = thinking();
    call.spoken(4_000, e(1, 0), "I look.", Then::Tool).done(5_000, e(1, 0));
    assert_eq!(call.turn.floor(), Floor::Thinking);
    call.at(6_000, Input::ToolDone { epoch: e(1, 0) });
    assert_eq!(call.asked(), (6_000, e(2, 0), Cause::Tool));

    let mut call = thinking();
    call.spoken(4_000, e(1, 0), "I look.", Then::Tool).at(4_500, Input::ToolDone { epoch: e(1, 0) });
    call.done(5_000, e(1, 0));
    assert_eq!(call.asked(), (5_000, e(2, 0), Cause::Tool), "faster than its announcement");

    let mut call = thinking();
    call.reply(4_000, e(1, 0), "", Then::Tool).until(20_000);
    assert_eq!(call.when(&Output::Say { epoch: e(2, 0), phrase: Phrase::Apology }), 14_000);
}
