//! Layer: pure. The checker notices what it is there for.

use tom_base::{CallState, MediaTime};
use tom_turn::check::Checker;
use tom_turn::{CallEvent, Cause, EndReason, Floor, Input, Output, TurnConfig};

use crate::script::e;

/// The problems of a call with these outputs, at second 1, after the opening was asked for.
fn problems(outputs: &[Output]) -> Vec<String> {
    problems_at(1_000, outputs)
}

fn problems_at(ms: u64, outputs: &[Output]) -> Vec<String> {
    let mut checker = Checker::new(TurnConfig::default());
    let begin = [
        Output::Generate { epoch: e(0, 0), cause: Cause::Opening },
        Output::Event(CallEvent::Floor(Floor::Thinking)),
        Output::Event(CallEvent::State(CallState::Connected)),
        Output::Wait(Some(MediaTime::from_millis(10_000))),
    ];
    checker.input(MediaTime::ZERO, &Input::Answered);
    for output in begin {
        checker.output(MediaTime::ZERO, &output);
    }
    assert!(checker.problems().is_empty(), "{:?}", checker.problems());
    let now = MediaTime::from_millis(ms);
    checker.input(now, &Input::Timeout);
    for output in outputs {
        checker.output(now, output);
    }
    checker.problems().to_vec()
}

fn speak(turn: u32) -> Output {
    Output::Speak { epoch: e(turn, 0), text: "Hello.".into() }
}

fn reply(text: &str) -> Output {
    Output::Event(CallEvent::Reply { epoch: e(0, 0), text: text.into() })
}

fn turn_end(heard: &str, complete: bool) -> Output {
    Output::Event(CallEvent::TurnEnd { epoch: e(0, 0), heard: heard.into(), complete })
}

fn wait(ms: u64) -> Output {
    Output::Wait(Some(MediaTime::from_millis(ms)))
}

#[test]
fn every_kind_of_broken_promise_is_noticed() {
    let (cancel, end) = (Output::Cancel { epoch: e(0, 0) }, Output::SpeakEnd { epoch: e(0, 0) });
    let listen = |r| Output::Listen { epoch: e(1, r) };
    let floor = |floor| Output::Event(CallEvent::Floor(floor));
    let ended = || Output::Event(CallEvent::Ended(EndReason::Agent));
    let broken: [(&str, Vec<Output>); 24] = [
        ("after the end", vec![floor(Floor::Ended), turn_end("", true), ended(), Output::Flush]),
        ("does not grow", vec![listen(1), Output::Forget { epoch: e(1, 1) }, listen(0)]),
        ("goes back", vec![listen(0), Output::Generate { epoch: e(0, 1), cause: Cause::Opening }]),
        ("waits for", vec![wait(1_000)]),
        ("waits for ever", vec![Output::Wait(None)]),
        ("passes from", vec![floor(Floor::Pause)]),
        ("told twice", vec![Output::Event(CallEvent::State(CallState::Connected))]),
        ("does not go with", vec![floor(Floor::Agent), wait(9_000)]),
        ("ends on the floor", vec![turn_end("", true), ended()]),
        ("without a reply", vec![speak(1)]),
        ("without a reply", vec![cancel.clone(), speak(0)]),
        ("without a reply", vec![Output::Flush, speak(0)]),
        ("without a reply", vec![end.clone(), speak(0)]),
        ("not newer", vec![turn_end("", true), Output::Generate { epoch: e(0, 0), cause: Cause::Opening }]),
        ("before the last has ended", vec![Output::Generate { epoch: e(1, 0), cause: Cause::Opening }]),
        ("nothing is there", vec![cancel.clone(), Output::Pause]),
        ("not paused", vec![Output::Resume]),
        ("not under way", vec![Output::Cancel { epoch: e(1, 0) }]),
        ("but said was", vec![reply("Hello."), turn_end("Hello you", false)]),
        ("complete without", vec![reply("Hello you."), turn_end("Hello", true)]),
        ("told twice", vec![turn_end("", true), turn_end("", true)]),
        ("under way", vec![floor(Floor::Ended), ended()]),
        ("is heard", vec![listen(0), listen(1)]),
        ("nobody", vec![Output::Forget { epoch: e(1, 0) }]),
    ];
    for (what, outputs) in broken {
        let found = problems(&outputs);
        assert!(found.iter().any(|p| p.starts_with("1.000: ") && p.contains(what)), "{what}: {found:?}");
    }
}

#[test]
fn what_takes_too_long_is_noticed() {
    let thinks = problems_at(15_020, &[wait(16_000)]);
    assert!(thinks.iter().any(|p| p.contains("thinks since")), "{thinks:?}");

    let mut checker = Checker::new(TurnConfig::default());
    let generate = Output::Generate { epoch: e(0, 0), cause: Cause::Opening };
    for output in [generate, Output::Pause] {
        checker.output(MediaTime::ZERO, &output);
    }
    checker.output(MediaTime::from_millis(2_001), &wait(3_000));
    assert!(checker.problems().iter().any(|p| p.contains("quiet for 2.001")), "{:?}", checker.problems());
}
