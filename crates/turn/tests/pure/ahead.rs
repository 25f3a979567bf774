//! Layer: pure. What is begun before it is sure: replies in the caller's pause, and a look at an interruption.

use tom_turn::{Cause, Expect, Input, Output, Probability, Then};

use crate::script::{Call, e, said};

fn prepared(call: &Call) -> Vec<(u64, Cause)> {
    let of = |(at, output): &(u64, Output)| match output {
        Output::Prepare { cause, .. } => Some((*at, cause.clone())),
        _ => None,
    };
    call.log.iter().filter_map(of).collect()
}

#[test]
fn the_reply_is_begun_when_the_words_are_in() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table for two");
    assert_eq!(prepared(&call), [(3_550, said("A table for two"))]);
    call.until(5_000);
    assert_eq!(call.asked(), (3_500 - 64 + 700, e(1, 0), said("A table for two")), "and wanted at the end");
    assert!(!call.any(|o| matches!(o, Output::Discard { .. })));
}

#[test]
fn a_caller_who_goes_on_makes_it_worthless() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table").voice(3_800);
    assert_eq!(call.when(&Output::Discard { epoch: e(1, 0) }), 3_800);
    call.quiet(4_200).says(4_250, e(1, 1), "for two");
    assert_eq!(prepared(&call).last(), Some(&(4_250, said("A table for two"))));
}

#[test]
fn nothing_is_begun_where_the_caller_will_go_on() {
    for (expect, text) in [
        (Expect::Open, "A table and"),
        (Expect::Open, "A table,"),
        (Expect::Digits { max: 8 }, "one two"),
        (Expect::Spelling, "M I L"),
        (Expect::Message, "Call me back."),
    ] {
        let mut call = Call::greeted(expect);
        call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), text).until(3_700);
        assert_eq!(prepared(&call), [], "{text}");
    }
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500);
    call.at(3_520, Input::EndOfTurn { epoch: e(1, 0), p: Probability::from_millis(100) });
    call.says(3_550, e(1, 0), "A table").until(4_000);
    assert_eq!(prepared(&call), [], "it does not sound like an end");
}

#[test]
fn an_interruption_is_looked_at_twice_unless_it_is_over() {
    let peeks = |call: &Call| -> Vec<u64> {
        call.log.iter().filter(|(_, o)| matches!(o, Output::Peek { .. })).map(|(at, _)| *at).collect()
    };
    let mut call = Call::new();
    call.at(0, Input::Answered);
    call.spoken(100, e(0, 0), "We are open from nine to five.", Then::Listen(Expect::Open));
    call.clear().voice(1_000).until(1_590);
    assert_eq!(peeks(&call), [1_280, 1_560]);

    let mut call = Call::new();
    call.at(0, Input::Answered);
    call.spoken(100, e(0, 0), "We are open from nine to five.", Then::Listen(Expect::Open));
    call.clear().voice(1_000).quiet(1_200).until(3_000);
    assert_eq!(peeks(&call), [], "its result is asked for anyway");
}

#[test]
fn sound_without_words_takes_the_floor_later_or_not_at_all() {
    let takes_floor = |looks: &[u64]| {
        let mut call = Call::new();
        call.at(0, Input::Answered);
        call.spoken(100, e(0, 0), "We are open from nine to five.", Then::Listen(Expect::Open));
        call.clear().voice(1_000);
        for at in looks {
            call.partly(*at, e(1, 0), "");
        }
        call.until(3_500);
        call.any(|o| matches!(o, Output::Cancel { .. }))
            .then(|| call.when(&Output::Cancel { epoch: e(0, 0) }))
    };
    assert_eq!(takes_floor(&[]), Some(1_600));
    assert_eq!(takes_floor(&[1_330]), Some(2_200), "not at once");
    assert_eq!(takes_floor(&[1_330, 1_610]), None, "music");
}
