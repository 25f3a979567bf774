//! Layer: pure. When the caller's turn is over, and what it consists of.

use tom_turn::{CallEvent, Cause, Expect, Floor, Input, Onset, Output, Probability, Stage, Then};

use crate::script::{Call, e, said};

#[test]
fn the_turn_waits_for_the_pause_and_for_the_words() {
    let mut call = Call::greeted(Expect::YesNo);
    call.voice(3_000).quiet(3_500).until(4_500);
    assert!(!call.any(|o| matches!(o, Output::Generate { .. })), "no words yet");
    call.says(4_600, e(1, 0), "yes");
    assert_eq!(call.asked(), (4_600, e(1, 0), said("yes")));

    let mut call = Call::greeted(Expect::YesNo);
    call.voice(3_000).quiet(3_500).says(3_510, e(1, 0), "yes").until(4_500);
    assert_eq!(call.asked().0, 3_500 - 64 + 300);
    let committed = call.events().into_iter().find_map(|e| match e {
        CallEvent::Committed { wait, .. } => Some(wait.as_millis()),
        _ => None,
    });
    assert_eq!(committed, Some(300));
}

#[test]
fn speech_in_the_pause_goes_on_with_the_turn() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).voice(3_900).quiet(4_400);
    assert_eq!(
        call.actions(),
        [
            Output::Listen { epoch: e(1, 0) },
            Output::Finish { epoch: e(1, 0) },
            Output::Listen { epoch: e(1, 1) },
            Output::Finish { epoch: e(1, 1) },
        ]
    );
    // The first result is late, and still counts as the first part.
    call.says(4_450, e(1, 1), "for two.").until(5_500);
    assert_eq!(call.turn.floor(), Floor::Pause);
    call.says(5_600, e(1, 0), "A table");
    assert_eq!(call.asked(), (5_600, e(1, 1), said("A table for two.")));
}

#[test]
fn speech_while_the_reply_is_made_revises_the_turn() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table.").until(3_900);
    call.reply(3_950, e(1, 0), "For how many?", Then::Listen(Expect::Open));
    call.clear().voice(4_000);
    assert_eq!(
        call.actions(),
        [Output::Cancel { epoch: e(1, 0) }, Output::Flush, Output::Listen { epoch: e(1, 1) }]
    );
    call.at(4_010, Input::PlayoutStarted { epoch: e(1, 0) });
    assert_eq!(call.turn.floor(), Floor::User, "the cancelled reply is not heard any more");
    call.quiet(4_500).says(4_600, e(1, 1), "For two.").until(6_000);
    assert_eq!(call.asked().2, said("A table. For two."));
    let callers: Vec<_> = call.turn.history().iter().map(|s| &*s.text).collect();
    assert_eq!(callers, ["Hello. How can I help?", "A table. For two."]);
}

#[test]
fn a_cough_while_the_reply_is_made_only_costs_a_revision() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table.").until(3_900);
    call.voice(4_000).quiet(4_150).says(4_160, e(1, 1), "").until(6_000);
    assert_eq!((call.asked().1, call.asked().2), (e(1, 1), said("A table.")));
}

#[test]
fn faint_noise_does_not_disturb_the_making_of_a_reply() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table.").until(3_900);
    call.clear().at(4_000, Input::SpeechStart(Onset::Weak)).quiet(4_200);
    assert!(call.log.is_empty());
}

#[test]
fn a_cough_is_no_turn_but_long_speech_without_words_is() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_300).says(3_310, e(1, 0), "").until(5_000);
    assert_eq!(call.turn.floor(), Floor::Listening);
    assert!(!call.any(|o| matches!(o, Output::Generate { .. })));
    call.voice(5_000).quiet(5_500).says(5_510, e(1, 1), "").until(7_000);
    let nothing = Cause::Said { text: "".into(), confidence: Probability::default() };
    assert_eq!((call.asked().1, call.asked().2), (e(1, 1), nothing));
}

#[test]
fn coughs_do_not_put_off_the_question_whether_somebody_is_there() {
    let mut call = Call::greeted(Expect::Open);
    for i in 0..6 {
        let at = 3_000 + i * 1_200;
        call.voice(at).quiet(at + 250).says(at + 260, e(1, i as u32), "");
    }
    call.until(12_000);
    assert_eq!(call.asked().2, Cause::Silence(1));
    assert!((10_000..11_100).contains(&call.asked().0), "{}", call.asked().0);
}

/// How long after 3.5 s a sentence without an end is waited for, and the call.
fn waits(call: &mut Call, turn: u32) -> u64 {
    let from = call.now.max(3_000) + 1_000;
    let epoch = e(turn, 0);
    call.voice(from).quiet(from + 500).says(from + 510, epoch, "yes").until(from + 3_000);
    let (at, asked, _) = call.asked();
    assert_eq!(asked, epoch);
    call.reply(from + 3_000, epoch, "", Then::Listen(Expect::YesNo));
    at - (from + 500) + 64
}

#[test]
fn the_wait_grows_with_the_callers_pauses() {
    let mut call = Call::greeted(Expect::YesNo);
    assert_eq!(waits(&mut call, 1), 300);
    // Twenty pauses of 450 ms inside one turn, each after words that trail off.
    let from = call.now + 1_000;
    for i in 0..20 {
        let at = from + i * 950;
        call.voice(at).quiet(at + 500 + 64).says(at + 570, e(2, i as u32), "yes and");
    }
    let at = from + 20 * 950;
    call.voice(at).quiet(at + 564).says(at + 570, e(2, 20), "yes").until(at + 3_000);
    let last = call.turn.epoch();
    call.reply(at + 3_000, last, "", Then::Listen(Expect::YesNo));
    let wait = waits(&mut call, 3);
    assert!((400..=450).contains(&wait), "{wait}");
}

#[test]
fn who_was_cut_off_is_given_more_time() {
    let mut call = Call::greeted(Expect::YesNo);
    // A pause of 550 ms, longer than the wait: the reply is being made when the caller goes on.
    call.voice(3_000).quiet(3_564).says(3_570, e(1, 0), "yes").until(4_000);
    call.voice(4_050).quiet(4_564).says(4_570, e(1, 1), "please").until(7_000);
    call.reply(7_000, e(1, 1), "", Then::Listen(Expect::YesNo));
    assert_eq!(waits(&mut call, 2), 550);
}

#[test]
fn time_never_goes_back() {
    let mut call = Call::greeted(Expect::YesNo);
    call.voice(3_000).quiet(3_500);
    let text = "yes".into();
    let late = Input::Final { epoch: e(1, 0), text, confidence: Probability::ONE };
    call.until(5_000).at(10, late);
    let waited = |e: CallEvent| match e {
        CallEvent::Committed { wait, .. } => Some(wait.as_millis()),
        _ => None,
    };
    assert_eq!(call.events().into_iter().find_map(waited), Some(300));
}

#[test]
fn an_utterance_that_never_ends_is_taken_as_it_is() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).until(62_900);
    assert_eq!(call.turn.floor(), Floor::User);
    call.until(63_000);
    assert_eq!(call.when(&Output::Finish { epoch: e(1, 0) }), 63_000);
}

#[test]
fn the_last_view_counts_when_the_recogniser_dies() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).partly(3_400, e(1, 0), "a table for").quiet(3_500).fails(3_510, e(1, 0), Stage::Stt);
    call.until(6_000);
    let Cause::Said { text, confidence } = call.asked().2 else { panic!("nothing said") };
    assert_eq!(&*text, "a table for");
    assert!(confidence < Probability::from_millis(500), "nobody confirmed it");
}

#[test]
fn typed_text_is_a_turn_at_once_and_the_caller_may_go_on_by_voice() {
    let mut call = Call::greeted(Expect::Open);
    call.at(3_000, Input::Typed("  A table ".into()));
    let Cause::Said { text, confidence } = call.asked().2 else { panic!("nothing said") };
    assert_eq!((&*text, confidence), ("A table", Probability::ONE));
    call.voice(3_100).quiet(3_600).says(3_700, e(1, 1), "for two.").until(5_000);
    assert_eq!(call.asked().2, said("A table for two."));
    call.at(5_100, Input::Typed(" ".into()));
    assert_eq!(call.asked().1, e(1, 1), "a blank is nothing");
}

#[test]
fn stale_results_change_nothing() {
    let mut call = Call::greeted(Expect::Open);
    call.voice(3_000).quiet(3_500).says(3_550, e(1, 0), "A table.").until(3_900);
    call.spoken(4_000, e(1, 0), "For how many?", Then::Listen(Expect::Open)).done(5_000, e(1, 0));
    call.clear();
    call.says(5_100, e(1, 0), "late").partly(5_100, e(0, 0), "later");
    call.reply(5_100, e(1, 0), "Late text.", Then::HangUp);
    call.done(5_100, e(1, 0)).heard(5_100, e(0, 0), 9_000).fails(5_100, e(1, 0), Stage::Llm);
    call.at(5_100, Input::ToolDone { epoch: e(1, 0) });
    assert!(call.log.is_empty(), "{:#?}", call.log);
}
