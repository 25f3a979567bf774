//! Layer: pure. A caller who goes on after less than a pause is heard as one utterance.

use tom_turn::{Expect, Output};

use crate::script::{Call, e, said};

#[test]
fn both_parts_are_heard_as_one_and_only_that_result_counts() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "What does the smaller one").voice(3_600);
    assert!(call.has(&Output::ListenOn { epoch: e(1, 1), after: e(1, 0) }));
    call.quiet(3_700).says(3_750, e(1, 1), "What does the smaller one cost?").until(5_000);
    assert_eq!(call.asked(), (3_700 - 64 + 270, e(1, 1), said("What does the smaller one cost?")));
}

#[test]
fn a_result_of_the_first_part_alone_is_stale() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).voice(3_600).says(3_620, e(1, 0), "What does").quiet(3_700);
    call.until(5_000);
    assert!(!call.any(|o| matches!(o, Output::Generate { .. })), "the whole is awaited");
    call.says(5_100, e(1, 1), "What does it cost?");
    assert_eq!(call.asked().2, said("What does it cost?"));
}

#[test]
fn it_happens_twice_in_a_turn_and_not_after_a_pause() {
    let mut call = Call::greeted(Expect::Open);
    for n in 0..4 {
        call.voice(3_000 + n * 300).quiet(3_150 + n * 300);
    }
    let joined = call.log.iter().filter(|(_, o)| matches!(o, Output::ListenOn { .. })).count();
    assert_eq!(joined, 2, "{:?}", call.actions());

    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).voice(3_800);
    assert!(call.has(&Output::Listen { epoch: e(1, 1) }), "a pause parts utterances");
}
