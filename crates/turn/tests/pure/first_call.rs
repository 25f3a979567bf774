//! Layer: pure. One call from the ringing to the hang-up, with an interruption.

use crate::script::{Call, e, said};
use tom_base::CallState;
use tom_turn::{CallEvent, Cause, EndReason, Expect, Floor, Input, Output, Then, Who};

#[test]
fn a_call_is_answered_held_and_interrupted() {
    let mut call = Call::new();
    call.at(0, Input::Ringing);
    assert_eq!(call.turn.state(), CallState::Ringing);
    call.at(1_000, Input::Answered);
    assert_eq!(call.asked(), (1_000, e(0, 0), Cause::Opening));
    assert_eq!(call.turn.state(), CallState::Connected);
    call.spoken(1_100, e(0, 0), "Hello, an assistant speaks.", Then::Listen(Expect::Open));
    assert_eq!(call.turn.state(), CallState::Speaking);
    call.done(3_000, e(0, 0));
    assert_eq!(call.turn.floor(), Floor::Listening);

    call.voice(4_000).quiet(5_000).says(5_050, e(1, 0), "I need a table.");
    call.until(6_000);
    let wait = 270 - 64;
    assert_eq!(call.asked(), (5_000 + wait, e(1, 0), said("I need a table.")));
    call.clear();

    call.spoken(6_000, e(1, 0), "We have tables at six and at eight.", Then::Listen(Expect::Open));
    call.heard(7_000, e(1, 0), 1_000).voice(7_000);
    assert!(call.has(&Output::Pause));
    assert_eq!(call.turn.state(), CallState::Barred);
    call.partly(7_300, e(2, 0), "no stop");
    assert_eq!(call.when(&Output::Cancel { epoch: e(1, 0) }), 7_300);
    assert_eq!(call.when(&Output::Flush), 7_300);
    assert_eq!(call.turn.floor(), Floor::User);
    call.quiet(7_800).says(7_900, e(2, 0), "no stop, goodbye.").until(9_000);
    assert_eq!(call.asked().2, said("no stop, goodbye."));
    let history: Vec<_> = call.turn.history().iter().map(|s| (s.who, &*s.text, s.complete)).collect();
    assert_eq!(
        history,
        [
            (Who::Agent, "Hello, an assistant speaks.", true),
            (Who::Caller, "I need a table.", true),
            (Who::Agent, "We have tables", false),
            (Who::Caller, "no stop, goodbye.", true),
        ]
    );

    call.spoken(9_000, e(2, 0), "Goodbye.", Then::HangUp).done(10_000, e(2, 0));
    assert_eq!(call.turn.state(), CallState::Ended);
    let end = [Output::HangUp(EndReason::Agent), Output::Event(CallEvent::Ended(EndReason::Agent))];
    let last: Vec<_> = call.log.iter().rev().take(2).rev().map(|(_, o)| o.clone()).collect();
    assert_eq!(last, end);
    call.clear().voice(10_100).at(10_200, Input::Answered).until(99_000);
    assert!(call.log.is_empty());
}
