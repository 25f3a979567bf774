//! Layer: pure. The caller speaks over the reply.

use tom_base::{CallPlan, CallState, Lang, Sensitivity};
use tom_turn::{CallEvent, Expect, Floor, Input, Onset, Output, Then, TurnConfig};

use crate::script::{Call, e, said};

/// A call whose greeting is heard from 0.1 s on: 70 ms a character.
fn speaking(expect: Expect) -> Call {
    let mut call = Call::new();
    greet(&mut call, Then::Listen(expect));
    call
}

fn greet(call: &mut Call, then: Then) {
    call.at(0, Input::Answered);
    call.spoken(100, e(0, 0), "We are open from nine to five, shall I book?", then);
    call.clear();
}

#[test]
fn clear_speech_pauses_at_once_and_no_words_resume() {
    let mut call = speaking(Expect::Open);
    call.voice(1_000);
    assert_eq!(call.actions(), [Output::Pause, Output::Listen { epoch: e(1, 0) }]);
    assert_eq!(call.turn.state(), CallState::Barred);
    call.quiet(1_300).says(1_400, e(1, 0), "");
    assert_eq!(call.when(&Output::Resume), 1_400);
    assert_eq!(call.turn.state(), CallState::Speaking);
    assert!(call.events().iter().any(|e| matches!(
        e,
        CallEvent::FalseInterruption { paused, backchannel: false, .. } if paused.as_millis() == 400
    )));
    call.done(4_000, e(0, 0));
    assert_eq!(call.turn.floor(), Floor::Listening);
    call.voice(5_000);
    assert_eq!(call.turn.epoch(), e(1, 1), "epochs only grow, the turn's number does not");
}

#[test]
fn a_listeners_word_resumes_and_is_told_as_such() {
    let mut call = speaking(Expect::Open);
    call.voice(1_000).quiet(1_300).says(1_350, e(1, 0), "Mhm, okay.");
    assert_eq!(call.when(&Output::Resume), 1_350);
    let backchannel = |e: &CallEvent| matches!(e, CallEvent::FalseInterruption { backchannel: true, .. });
    assert!(call.events().iter().any(backchannel));
    assert!(!call.any(|o| matches!(o, Output::Event(CallEvent::Final { .. }))), "no line of a transcript");
}

#[test]
fn words_take_the_floor_and_begin_the_turn() {
    let mut call = speaking(Expect::Open);
    call.heard(1_000, e(0, 0), 900).voice(1_000).partly(1_250, e(1, 0), "no wait");
    assert_eq!(call.when(&Output::Cancel { epoch: e(0, 0) }), 1_250);
    assert_eq!(call.when(&Output::Flush), 1_250);
    let interrupted = call.events().into_iter().find_map(|e| match e {
        CallEvent::Interrupted { heard, after, .. } => Some((heard.to_string(), after.as_millis())),
        _ => None,
    });
    assert_eq!(interrupted, Some(("We are open".into(), 250)));
    call.quiet(2_000).says(2_050, e(1, 0), "no wait, tomorrow.").until(3_000);
    assert_eq!(call.asked().2, said("no wait, tomorrow."));
}

#[test]
fn long_clear_speech_takes_the_floor_without_words_as_the_plan_says() {
    for (sensitivity, ms) in
        [(Sensitivity::High, 450), (Sensitivity::Normal, 600), (Sensitivity::VeryLow, 900)]
    {
        let plan = CallPlan { barge_in: sensitivity, ..CallPlan::default() };
        let mut call = Call::with(TurnConfig::for_call(Lang::EN, &plan));
        greet(&mut call, Then::Listen(Expect::Open));
        call.voice(1_000).until(3_000);
        assert_eq!(call.when(&Output::Cancel { epoch: e(0, 0) }), 1_000 + ms);
    }
}

#[test]
fn faint_speech_ducks_and_becomes_a_pause_when_it_is_clear() {
    let mut call = speaking(Expect::Open);
    call.at(1_000, Input::SpeechStart(Onset::Weak)).until(1_200);
    assert_eq!(call.when(&Output::Duck), 1_160, "after a moment in which it might have become clear");
    call.clear().voice(1_900);
    assert_eq!(call.when(&Output::Pause), 1_900);
    call.until(2_500);
    assert_eq!(call.when(&Output::Cancel { epoch: e(0, 0) }), 2_500);
}

#[test]
fn without_a_decision_the_reply_goes_on_and_late_words_still_count() {
    let mut call = speaking(Expect::Open);
    call.voice(1_000).quiet(1_300).until(1_900);
    assert_eq!(call.when(&Output::Resume), 1_800, "half a second after the speech");
    call.says(2_200, e(1, 0), "stop.");
    assert_eq!(call.when(&Output::Cancel { epoch: e(0, 0) }), 2_200);
    assert_eq!(call.asked(), (2_200, e(1, 0), said("stop.")), "the pause is over long since");
}

#[test]
fn agreement_is_an_answer_once_half_of_the_question_was_heard() {
    let mut early = speaking(Expect::YesNo);
    early.heard(1_000, e(0, 0), 700).voice(1_000).quiet(1_200).says(1_250, e(1, 0), "yes");
    assert!(early.has(&Output::Resume));
    let mut late = speaking(Expect::YesNo);
    late.heard(2_500, e(0, 0), 2_400).voice(2_500).quiet(2_700).says(2_750, e(1, 0), "yes").until(3_200);
    assert_eq!(late.asked().2, said("yes"));
    let mut open = speaking(Expect::Open);
    open.heard(2_500, e(0, 0), 2_400).voice(2_500).quiet(2_700).says(2_750, e(1, 0), "yes");
    assert!(open.has(&Output::Resume));
}

#[test]
fn speech_right_at_the_beginning_needs_words() {
    let mut call = speaking(Expect::Open);
    call.voice(150).until(2_100);
    assert!(!call.any(|o| matches!(o, Output::Cancel { .. })));
    call.until(2_200);
    assert_eq!(call.when(&Output::Resume), 2_150);
    call.partly(2_300, e(1, 0), "hello I need help");
    assert!(call.has(&Output::Cancel { epoch: e(0, 0) }));
}

#[test]
fn a_noisy_line_stops_the_reply_less_and_less_but_words_always_do() {
    let mut call = speaking(Expect::Open);
    for i in 0..3 {
        let at = 1_000 + u64::from(i) * 1_000;
        call.voice(at).quiet(at + 100).says(at + 150, e(1, i), "");
    }
    call.clear().at(4_000, Input::SpeechStart(Onset::Weak)).quiet(4_100);
    assert!(call.log.is_empty(), "faint noise is ignored now");
    call.voice(5_000).until(7_500);
    assert!(call.has(&Output::Resume), "length takes nothing any more");
    call.partly(7_600, e(1, 3), "I said stop");
    assert!(call.has(&Output::Cancel { epoch: e(0, 0) }));
}

#[test]
fn a_reply_that_ends_under_speech_leaves_the_floor_to_it() {
    let mut call = speaking(Expect::Open);
    call.voice(3_000).done(3_050, e(0, 0));
    assert_eq!(call.turn.floor(), Floor::User);
    call.quiet(3_300).says(3_350, e(1, 0), "okay.").until(4_500);
    assert_eq!(
        call.asked().2,
        said("okay."),
        "over a reply heard to its end, a listener's word is an answer"
    );
}

#[test]
fn wait_stops_a_hang_up_that_is_due() {
    let mut call = Call::new();
    greet(&mut call, Then::HangUp);
    call.voice(3_000).done(3_050, e(0, 0));
    assert_eq!(call.turn.state(), CallState::Barred);
    call.partly(3_200, e(1, 0), "wait one more");
    assert_eq!(call.turn.floor(), Floor::User);
    let end = call.events().into_iter().any(|e| matches!(e, CallEvent::TurnEnd { complete: true, .. }));
    assert!(end, "all of it was heard");

    let mut call = Call::new();
    greet(&mut call, Then::HangUp);
    call.voice(3_000).done(3_050, e(0, 0)).quiet(3_200).says(3_250, e(1, 0), "mhm");
    assert_eq!(call.turn.state(), CallState::Ended);
}

#[test]
fn the_callers_button_stops_the_reply_at_once() {
    let mut call = speaking(Expect::Open);
    call.at(1_000, Input::BargeIn);
    assert_eq!(call.actions(), [Output::Cancel { epoch: e(0, 0) }, Output::Flush]);
    assert_eq!(call.turn.floor(), Floor::Listening);
    call.until(10_000);
    assert_eq!(call.asked().0, 9_000, "and then the silence counts");
}
