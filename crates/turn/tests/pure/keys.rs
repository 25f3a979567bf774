//! Layer: pure. Keys: one is an answer, several are a number, and they win over speech.

use tom_turn::{CallEvent, Cause, Expect, Floor, Input, Output, Then};

use crate::script::{Call, e, said};

fn keyed(keys: &str) -> Cause {
    Cause::Keyed(keys.into())
}

#[test]
fn one_key_answers_a_choice_at_once() {
    for expect in [Expect::Open, Expect::YesNo, Expect::Choice, Expect::Spelling] {
        let mut call = Call::greeted(expect);
        call.keys(3_000, "2");
        assert_eq!(call.asked(), (3_000, e(1, 0), keyed("2")));
        assert!(call.events().iter().any(|e| matches!(e, CallEvent::Dtmf(_))));
    }
}

#[test]
fn digits_are_complete_at_their_number_at_the_hash_or_after_three_seconds() {
    let digits = Expect::Digits { max: 4 };
    let mut call = Call::greeted(digits);
    call.keys(3_000, "12").keys(5_900, "34");
    assert_eq!(call.asked(), (5_900, e(1, 0), keyed("1234")));

    let mut call = Call::greeted(digits);
    call.keys(3_000, "12").keys(4_000, "#");
    assert_eq!(call.asked(), (4_000, e(1, 0), keyed("12")));

    let mut call = Call::greeted(digits);
    call.keys(3_000, "12").until(9_000);
    assert_eq!(call.asked(), (6_000, e(1, 0), keyed("12")));

    let mut call = Call::greeted(digits);
    call.keys(3_000, "12*34#");
    assert_eq!(call.asked(), (3_000, e(1, 0), keyed("34")), "the star begins again");

    let mut call = Call::greeted(digits);
    call.keys(3_000, "#");
    assert_eq!(call.asked(), (3_000, e(1, 0), keyed("#")));

    let mut call = Call::greeted(digits);
    call.keys(3_000, "1*").until(20_000);
    assert_eq!(call.asked(), (11_000, e(1, 0), Cause::Silence(1)), "and then nothing");

    let mut call = Call::greeted(Expect::Digits { max: 0 });
    call.keys(3_000, "123456789012").keys(3_500, "#");
    assert_eq!(call.asked().2, keyed("123456789012"));
}

#[test]
fn a_key_stops_the_reply_and_its_question_says_what_the_key_means() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "Hello.").until(3_900);
    call.spoken(4_000, e(1, 0), "Please key your number.", Then::Listen(Expect::Digits { max: 2 }));
    call.clear().keys(5_000, "1");
    assert_eq!(call.actions(), [Output::Cancel { epoch: e(1, 0) }, Output::Flush]);
    assert_eq!(call.turn.floor(), Floor::Listening);
    call.keys(5_500, "7");
    assert_eq!(call.asked(), (5_500, e(2, 0), keyed("17")));
}

#[test]
fn keys_win_over_speech() {
    let mut call = Call::greeted(Expect::Choice);
    call.voice(3_000).keys(3_300, "1");
    assert!(call.has(&Output::Forget { epoch: e(1, 0) }));
    assert_eq!(call.asked(), (3_300, e(1, 1), keyed("1")));
    call.spoken(3_400, e(1, 1), "That is the workshop.", Then::Listen(Expect::Open));
    assert!(!call.has(&Output::Pause), "the talk that was under way does not stop the answer");

    let mut call = Call::greeted(Expect::Choice);
    call.voice(3_000).quiet(3_300).keys(3_400, "1").says(3_450, e(1, 0), "late").until(5_000);
    assert_eq!(call.asked().2, keyed("1"));

    let mut call = Call::greeted(Expect::Digits { max: 4 });
    call.keys(3_000, "1").voice(3_100).quiet(3_500).keys(3_600, "234");
    assert_eq!(call.asked().2, keyed("1234"), "talk between two keys is not heard");
}

#[test]
fn keys_ahead_of_the_menu_wait_for_it() {
    let mut call = Call::greeted(Expect::Choice);
    call.keys(3_000, "1").keys(3_050, "2");
    assert_eq!(call.asked().2, keyed("1"), "the second key does not drop the first");
    call.reply(3_100, e(1, 0), "For six press one, for eight press two.", Then::Listen(Expect::Choice));
    assert_eq!(call.asked(), (3_100, e(2, 0), keyed("2")));
    assert!(call.has(&Output::Cancel { epoch: e(1, 0) }));
}

#[test]
fn a_key_replaces_what_was_said_before_it() {
    let mut call = Call::greeted(Expect::Choice);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "opening hours").until(4_000);
    assert_eq!(call.asked().2, said("opening hours"));
    call.keys(4_100, "1");
    assert!(call.has(&Output::Cancel { epoch: e(1, 0) }));
    assert_eq!(call.asked(), (4_100, e(2, 0), keyed("1")));
}

#[test]
fn the_hash_ends_a_message_without_losing_it() {
    let mut call = Call::greeted(Expect::Message);
    call.voice(3_000).keys(6_000, "#");
    assert!(call.has(&Output::Finish { epoch: e(1, 0) }));
    call.says(6_100, e(1, 0), "call me back");
    assert_eq!(call.asked(), (6_100, e(1, 0), said("call me back")));
}

#[test]
fn no_key_stops_the_last_words() {
    let mut call = Call::greeted(Expect::Choice);
    call.at(3_000, Input::Drain);
    call.spoken(3_100, e(1, 0), "Goodbye.", Then::HangUp).clear().keys(3_200, "1");
    assert!(call.actions().is_empty());
}
