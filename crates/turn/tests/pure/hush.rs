//! Layer: pure. A hiss or faint speech over the reply pauses it for a moment, until it is clear what it is.

use tom_base::{CallState, Span};
use tom_turn::{CallEvent, Expect, Input, Onset, Output, Then, TurnConfig};

use crate::script::{Call, e};

/// A call whose greeting is heard from 0.1 s on.
fn speaking(config: TurnConfig) -> Call {
    let mut call = Call::with(config);
    call.at(0, Input::Answered);
    let then = Then::Listen(Expect::Open);
    call.spoken(100, e(0, 0), "We are open from nine to five, shall I book?", then);
    call.clear();
    call
}

fn hiss(call: &mut Call, ms: u64) -> &mut Call {
    call.at(ms, Input::Hiss)
}

fn false_ones(call: &Call) -> usize {
    call.events().iter().filter(|e| matches!(e, CallEvent::FalseInterruption { .. })).count()
}

#[test]
fn a_hiss_that_becomes_speech_is_an_interruption_from_its_beginning() {
    let mut call = speaking(TurnConfig::default());
    hiss(&mut call, 1_000);
    assert_eq!(call.actions(), [Output::Pause]);
    assert_eq!(call.turn.state(), CallState::Barred);
    call.voice(1_120);
    assert_eq!(call.actions(), [Output::Pause, Output::Listen { epoch: e(1, 0) }], "paused once");
    call.until(1_700);
    assert!(!call.has(&Output::Resume));
    call.until(1_720);
    assert_eq!(
        call.when(&Output::Cancel { epoch: e(0, 0) }),
        1_720,
        "the time of clear speech counts from there"
    );
}

#[test]
fn a_hiss_that_becomes_nothing_is_over_soon() {
    let mut call = speaking(TurnConfig::default());
    hiss(&mut call, 1_000).until(1_159);
    assert!(!call.has(&Output::Resume));
    call.until(1_200);
    assert_eq!(call.when(&Output::Resume), 1_160);
    assert_eq!(call.turn.state(), CallState::Speaking);
    assert!(call.events().iter().any(|e| matches!(
        e,
        CallEvent::FalseInterruption { paused, backchannel: false, .. } if paused.as_millis() == 160
    )));
}

#[test]
fn faint_speech_pauses_for_a_moment_and_then_ducks() {
    let mut call = speaking(TurnConfig::default());
    call.at(1_000, Input::SpeechStart(Onset::Weak)).until(1_250);
    let listen = Output::Listen { epoch: e(1, 0) };
    assert_eq!(call.actions(), [Output::Pause, listen, Output::Resume, Output::Duck]);
    assert_eq!(call.when(&Output::Duck), 1_160);
    call.voice(1_600);
    assert_eq!(call.actions().last(), Some(&Output::Pause));
}

#[test]
fn faint_speech_that_becomes_clear_in_time_never_lets_the_reply_go_on() {
    let mut call = speaking(TurnConfig::default());
    hiss(&mut call, 980).at(1_000, Input::SpeechStart(Onset::Weak)).voice(1_100).until(1_250);
    assert_eq!(call.actions(), [Output::Pause, Output::Listen { epoch: e(1, 0) }]);
}

#[test]
fn a_line_that_hisses_stops_the_reply_less_and_less() {
    let mut call = speaking(TurnConfig::default());
    for n in 0..6 {
        hiss(&mut call, 1_000 + n * 300);
    }
    call.until(3_000);
    assert_eq!(false_ones(&call), 3);
}

#[test]
fn nothing_is_paused_where_nobody_speaks_or_the_knob_is_0() {
    let mut call = Call::new();
    hiss(call.at(0, Input::Answered).clear(), 50);
    assert!(call.actions().is_empty());
    let mut call = speaking(TurnConfig { hush: Span::ZERO, ..TurnConfig::default() });
    hiss(&mut call, 1_000).at(1_100, Input::SpeechStart(Onset::Weak));
    assert_eq!(call.actions(), [Output::Duck, Output::Listen { epoch: e(1, 0) }]);
}

#[test]
fn a_reply_that_ends_in_that_moment_has_ended() {
    let mut call = speaking(TurnConfig::default());
    hiss(&mut call, 3_000).done(3_050, e(0, 0)).until(4_000);
    assert_eq!(call.turn.state(), CallState::Listening);
    assert_eq!(false_ones(&call), 0);
}

#[test]
fn an_echo_that_was_taken_for_speech_is_forgotten_unheard() {
    let mut call = speaking(TurnConfig::default());
    call.voice(1_000).at(1_100, Input::Echo);
    let (listen, forget) = (Output::Listen { epoch: e(1, 0) }, Output::Forget { epoch: e(1, 0) });
    assert_eq!(
        call.actions(),
        [Output::Pause, listen, Output::Resume, forget],
        "the recogniser is not asked"
    );
    call.says(1_200, e(1, 0), "open from nine").until(2_000);
    assert_eq!(call.turn.state(), CallState::Speaking);
    let mut call = speaking(TurnConfig::default());
    call.voice(1_000).partly(1_300, e(1, 0), "no wait").at(1_400, Input::Echo);
    assert!(call.has(&Output::Finish { epoch: e(1, 0) }), "a caller who has the floor has ended");
}
