//! Layer: pure. Silence, goodbyes and hang-ups: every call ends.

use tom_base::{Key, Span};
use tom_turn::{
    CallEvent, Cause, EndReason, Expect, Floor, Input, Onset, Output, Phrase, Stage, Then, TurnConfig, Why,
};

use crate::script::{Call, MOMENTS, e, said};

#[test]
fn a_silent_caller_is_asked_twice_and_then_left() {
    let mut call = Call::greeted(Expect::Choice);
    call.until(10_000);
    assert_eq!(call.asked(), (10_000, e(1, 0), Cause::Silence(1)));
    assert!(call.has(&Output::Event(CallEvent::Reprompt(1))));
    call.spoken(10_100, e(1, 0), "Still there?", Then::Listen(Expect::Choice)).done(11_000, e(1, 0));
    call.until(19_000);
    assert_eq!(call.asked(), (19_000, e(2, 0), Cause::Silence(2)));
    call.reply(19_100, e(2, 0), "", Then::Listen(Expect::Choice)).until(27_100);
    assert_eq!(call.asked(), (27_100, e(3, 0), Cause::Goodbye(Why::Silence)));
    // Whatever the brain wants after it: the call ends.
    call.spoken(27_200, e(3, 0), "Goodbye.", Then::Listen(Expect::Open)).done(28_000, e(3, 0));
    assert!(call.has(&Output::HangUp(EndReason::Silence)));
}

#[test]
fn any_answer_begins_the_count_again() {
    let mut call = Call::greeted(Expect::Open);
    call.until(10_000).reply(10_000, e(1, 0), "", Then::Listen(Expect::Open));
    call.voice(11_000).quiet(11_500).says(11_600, e(2, 0), "yes.").until(12_000);
    call.reply(12_000, e(2, 0), "", Then::Listen(Expect::Open)).until(20_000);
    assert_eq!(call.asked().2, Cause::Silence(1));
}

#[test]
fn a_caller_who_wakes_up_at_the_goodbye_goes_on() {
    let mut call = Call::greeted(Expect::Open);
    call.until(10_000).reply(10_000, e(1, 0), "", Then::Listen(Expect::Open));
    call.until(18_000).reply(18_000, e(2, 0), "", Then::Listen(Expect::Open)).until(26_000);
    call.spoken(26_000, e(3, 0), "Nobody seems to be there, goodbye.", Then::HangUp);
    call.voice(27_000).partly(27_300, e(4, 0), "yes I am");
    call.quiet(27_600).says(27_700, e(4, 0), "yes I am here.").until(28_000);
    assert_eq!(call.asked().2, said("yes I am here."));
    call.spoken(28_100, e(4, 0), "Good. Goodbye then.", Then::HangUp).done(29_000, e(4, 0));
    assert!(call.has(&Output::HangUp(EndReason::Agent)), "no longer for silence");
}

#[test]
fn a_call_does_not_last_for_ever() {
    let mut config = TurnConfig::default();
    config.silence = config.longest_call + config.longest_call;
    let mut call = Call::with(config);
    call.at(1_000, Input::Answered);
    call.spoken(1_100, e(0, 0), "Hello.", Then::Listen(Expect::Open)).done(2_000, e(0, 0));
    call.until(3_601_000);
    assert_eq!(call.asked(), (3_601_000, e(1, 0), Cause::Goodbye(Why::TooLong)));
    call.until(4_000_000);
    assert_eq!(call.when(&Output::Say { epoch: e(2, 0), phrase: Phrase::TooLong }), 3_606_000);
    assert_eq!(call.when(&Output::HangUp(EndReason::TooLong)), 3_611_000);
}

#[test]
fn a_stopping_server_says_goodbye_over_everything_within_ten_seconds() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "Hello.").until(4_000);
    call.spoken(4_000, e(1, 0), "A long answer.", Then::Listen(Expect::Open)).clear();
    call.at(5_000, Input::Drain);
    assert!(call.has(&Output::Cancel { epoch: e(1, 0) }) && call.has(&Output::Flush));
    assert_eq!(call.asked(), (5_000, e(2, 0), Cause::Goodbye(Why::Drain)));
    assert!(!call.events().iter().any(|e| matches!(e, CallEvent::Interrupted { .. })));
    call.spoken(5_100, e(2, 0), "The server stops, goodbye.", Then::HangUp);
    call.voice(5_200).at(5_300, Input::BargeIn).at(5_300, Input::Typed("no".into())).at(5_400, Input::Drain);
    assert_eq!(call.turn.floor(), Floor::Agent, "nothing stops it");
    call.until(20_000);
    assert_eq!(call.when(&Output::HangUp(EndReason::Drain)), 15_000);

    let mut call = Call::new();
    call.at(0, Input::Ringing).at(1_000, Input::Drain);
    assert!(call.has(&Output::HangUp(EndReason::Drain)));
}

#[test]
fn a_goodbye_the_brain_cannot_make_is_a_phrase() {
    let mut call = Call::greeted(Expect::Open);
    call.at(3_000, Input::Drain).fails(3_100, e(1, 0), Stage::Llm);
    assert_eq!(call.when(&Output::Say { epoch: e(2, 0), phrase: Phrase::Drain }), 3_100);
    call.at(3_200, Input::PlayoutStarted { epoch: e(2, 0) }).done(4_000, e(2, 0));
    assert_eq!(call.when(&Output::HangUp(EndReason::Drain)), 4_000);
}

#[test]
fn a_transfer_ends_the_call_here() {
    let mut call = Call::greeted(Expect::Open);
    call.at(3_000, Input::Typed("a person".into()));
    call.spoken(3_100, e(1, 0), "I put you through.", Then::Transfer).clear().done(4_000, e(1, 0));
    assert_eq!(call.actions(), [Output::Transfer, Output::HangUp(EndReason::Transferred)]);
}

/// A call that waits until the caller is connected, from 4 s on.
fn connecting() -> Call {
    let mut call = Call::with(TurnConfig { handover: Span::from_millis(30_000), ..TurnConfig::default() });
    call.greet(Expect::Open);
    call.at(3_000, Input::Typed("a person".into()));
    call.spoken(3_100, e(1, 0), "I put you through.", Then::Transfer).clear().done(4_000, e(1, 0));
    assert_eq!(call.actions(), [Output::Transfer]);
    call
}

#[test]
fn a_hand_over_that_succeeds_ends_the_call() {
    let mut call = connecting();
    call.clear().at(6_000, Input::SpeechStart(Onset::Clear)).at(7_000, Input::SpeechEnd);
    call.at(7_500, Input::Dtmf(Key::from_char('1').expect("a key")));
    assert_eq!(call.actions(), [], "nobody listens meanwhile");
    call.at(8_000, Input::HangUp(EndReason::Transferred));
    assert_eq!(call.actions(), [Output::HangUp(EndReason::Transferred)]);
}

#[test]
fn a_hand_over_that_fails_or_takes_too_long_goes_back_to_the_brain() {
    let generate = Output::Generate { epoch: e(2, 0), cause: Cause::NotConnected };
    let mut call = connecting();
    call.clear().at(9_000, Input::NotConnected);
    assert_eq!(call.actions(), std::slice::from_ref(&generate));
    call.spoken(9_100, e(2, 0), "Nobody is there.", Then::Listen(Expect::Open)).done(10_000, e(2, 0));
    assert_eq!(call.turn.floor(), Floor::Listening);
    call.clear().at(10_500, Input::NotConnected);
    assert_eq!(call.actions(), [], "only once");

    let mut call = connecting();
    call.until(40_000);
    assert_eq!(call.when(&generate), 34_000);
}

#[test]
fn a_caller_may_be_connected_from_outside_whatever_is_being_said() {
    let config = || TurnConfig { handover: Span::from_millis(30_000), ..TurnConfig::default() };
    for moment in MOMENTS {
        let mut call = Call::with(config());
        call.greet(Expect::Open);
        moment(&mut call);
        call.clear().at(3_500, Input::Connect);
        assert_eq!(call.actions().last(), Some(&Output::Transfer), "{:?}", call.actions());
        call.clear()
            .at(4_000, Input::Connect)
            .at(4_500, Input::ReplyText { epoch: e(1, 0), text: "Late.".into() });
        assert_eq!(call.actions(), [], "once, and nothing is said");
        call.clear().at(5_000, Input::NotConnected);
        let asked = |output: &Output| matches!(output, Output::Generate { cause: Cause::NotConnected, .. });
        assert!(call.actions().iter().any(asked), "{:?}", call.actions());
    }
    let mut call = Call::with(TurnConfig::default());
    call.greet(Expect::Open);
    call.clear().at(3_000, Input::Connect);
    assert_eq!(call.actions(), [], "this line cannot say how it goes");
}

#[test]
fn a_server_that_stops_calls_a_hand_over_off() {
    let mut call = connecting();
    call.clear().at(5_000, Input::Drain).at(6_000, Input::NotConnected);
    let goodbye = Output::Generate { epoch: e(2, 0), cause: Cause::Goodbye(Why::Drain) };
    assert_eq!(call.actions(), [goodbye]);
}

#[test]
fn a_hang_up_ends_every_state_at_once_and_for_good() {
    type Moment = (&'static str, fn(&mut Call));
    let moments: [Moment; 9] = [
        ("idle", |_| {}),
        ("ringing", |c| {
            c.at(0, Input::Ringing);
        }),
        ("connected", |c| {
            c.at(0, Input::Answered);
        }),
        ("speaking", |c| {
            c.at(0, Input::Answered);
            c.spoken(100, e(0, 0), "Hello.", Then::Listen(Expect::Open));
        }),
        ("barred", |c| {
            c.at(0, Input::Answered);
            c.spoken(100, e(0, 0), "Hello.", Then::Listen(Expect::Open)).voice(800);
        }),
        ("listening", |c| c.greet(Expect::Open)),
        ("listening, the caller speaks", |c| {
            c.greet(Expect::Open);
            c.voice(3_000);
        }),
        ("listening, the caller pauses", |c| {
            c.greet(Expect::Open);
            c.voice(3_000).quiet(3_500);
        }),
        ("thinking", |c| {
            c.greet(Expect::Open);
            c.at(3_000, Input::Typed("hello".into()));
        }),
    ];
    for (name, moment) in moments {
        let mut call = Call::new();
        moment(&mut call);
        assert!(name.starts_with(call.turn.state().as_str()), "{name}: {}", call.turn.state());
        call.at(9_000, Input::HangUp(EndReason::Caller));
        let last: Vec<_> = call.log.iter().rev().take(2).map(|(_, o)| o.clone()).collect();
        let reason = EndReason::Caller;
        assert_eq!(last, [Output::Event(CallEvent::Ended(reason)), Output::HangUp(reason)], "{name}");
        assert_eq!(call.turn.floor(), Floor::Ended);
        call.clear().voice(9_100).keys(9_200, "1").at(9_300, Input::HangUp(EndReason::Agent)).until(99_000);
        assert!(call.log.is_empty(), "{name}: {:?}", call.log);
        assert_eq!(call.turn.poll(), Output::Wait(None));
    }
}
