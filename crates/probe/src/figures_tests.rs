//! Layer: pure. Figures of calls that are written by hand, with the answers known.
use super::*;
use crate::trace::{Heard, Told};
use crate::voice::STEPS;

/// Frames every 20 ms from one moment to another, loud or silent, as a server sends them that runs `lead`
/// ahead.
fn talk(trace: &mut Trace, from: Micros, until: Micros, loud: bool) {
    let rms = [if loud { 2_000 } else { 0 }; STEPS];
    let mut at = from;
    while at < until {
        trace.heard.push(Heard { at, rms });
        at += FRAME_TIME;
    }
}

fn tell(trace: &mut Trace, at: Micros, event: ServerEvent) {
    let frames = trace.heard.len();
    trace.told.push(Told { at, frames, event });
}

fn interrupted() -> ServerEvent {
    ServerEvent::Interrupted { heard: "Hello".into(), after_ms: 90 }
}

const S: Micros = 1_000_000;

#[test]
fn barge_in_is_onset_to_the_last_audible_sample_by_the_schedule() {
    let mut trace = Trace::default();
    // Two frames ahead at once, then one every 20 ms until 1.1 s; the schedule runs 40 ms behind.
    trace.heard.extend([Heard { at: 0, rms: [2_000; STEPS] }; 2]);
    talk(&mut trace, 0, 1_100_000, true);
    tell(&mut trace, 1_105_000, ServerEvent::Paused { ducked: false });
    tell(&mut trace, 1_105_000, ServerEvent::Clear {});
    tell(&mut trace, 1_600_000, interrupted());
    talk(&mut trace, 2 * S, 3 * S, true);
    let measured = Measured::new(&trace);
    let BargeIn::Stopped(stop) = measured.barge_in(S, 2 * S) else { panic!("it stopped") };
    // 57 frames are played one after another from 0 on: the last ends at 1.14 s.
    assert_eq!((stop.stop_ms, stop.cleared_ms, stop.arrival_ms), (140.0, 105.0, 80.0));
}

#[test]
fn a_reply_that_goes_on_after_its_pause_has_not_stopped() {
    let mut trace = Trace::default();
    talk(&mut trace, 0, 1_100_000, true);
    tell(&mut trace, 1_100_000, ServerEvent::Paused { ducked: false });
    tell(&mut trace, 1_500_000, ServerEvent::Resumed { paused_ms: 400, backchannel: false });
    talk(&mut trace, 1_500_000, 2 * S, true);
    tell(&mut trace, 2 * S, interrupted());
    let measured = Measured::new(&trace);
    let BargeIn::Stopped(stop) = measured.barge_in(S, 3 * S) else { panic!("it stopped in the end") };
    assert_eq!(stop.stop_ms, 1_000.0, "the end counts, not the pause");
    assert_eq!(measured.barge_in(S, 1_900_000), BargeIn::Missed);
}

#[test]
fn an_agent_that_was_silent_anyway_is_no_measurement() {
    let mut trace = Trace::default();
    talk(&mut trace, 0, 500_000, true);
    tell(&mut trace, 1_100_000, interrupted());
    assert_eq!(Measured::new(&trace).barge_in(S, 2 * S), BargeIn::WasSilent);
}

#[test]
fn an_answer_counts_from_the_first_audible_sample() {
    let mut trace = Trace::default();
    talk(&mut trace, 1_300_000, 1_400_000, false);
    talk(&mut trace, 1_400_000, 2 * S, true);
    let measured = Measured::new(&trace);
    assert_eq!(measured.answer(S, 5 * S), Answer::After(400.0));
    assert_eq!(measured.answer(S, 1_350_000), Answer::Never);
    assert_eq!(measured.answer(1_500_000, 5 * S), Answer::Early);
}

#[test]
fn a_turn_is_taken_by_a_voice_or_by_a_thought() {
    let mut trace = Trace::default();
    tell(&mut trace, S, ServerEvent::LlmStarted { provider: "x".into() });
    talk(&mut trace, 1_400_000, 2 * S, true);
    let measured = Measured::new(&trace);
    assert!(measured.took_the_turn(900_000, 1_100_000));
    assert!(measured.took_the_turn(1_300_000, 1_500_000));
    assert!(!measured.took_the_turn(1_100_000, 1_300_000));
    assert!(!measured.took_the_turn(0, S));
}

#[test]
fn a_pause_for_nothing_is_told_with_its_length() {
    let mut trace = Trace::default();
    talk(&mut trace, 0, S, true);
    tell(&mut trace, S, ServerEvent::Paused { ducked: false });
    tell(&mut trace, 1_300_000, ServerEvent::Resumed { paused_ms: 300, backchannel: true });
    talk(&mut trace, 1_310_000, 4 * S, true);
    let disturbed = Measured::new(&trace).disturbance(900_000, 4 * S);
    assert_eq!(disturbed, Disturbance { stopped: false, pauses_ms: vec![310.0], ducked: 0 });
}

#[test]
fn a_reply_that_never_goes_on_was_stopped_whatever_is_told() {
    let mut trace = Trace::default();
    talk(&mut trace, 0, S, true);
    tell(&mut trace, S, ServerEvent::Paused { ducked: false });
    assert!(Measured::new(&trace).disturbance(900_000, 5 * S).stopped);
    let mut told = Trace::default();
    talk(&mut told, 0, 5 * S, true);
    tell(&mut told, S, interrupted());
    assert!(Measured::new(&told).disturbance(900_000, 5 * S).stopped, "another reply is no resumption");
}

#[test]
fn by_ear_the_agent_gave_up_the_floor_if_it_was_silent_until_the_caller_had_ended() {
    let mut trace = Trace::default();
    talk(&mut trace, 0, 1_120_000, true);
    talk(&mut trace, 2_100_000, 3 * S, true);
    let measured = Measured::new(&trace);
    let BargeIn::Stopped(stop) = measured.barge_in_by_ear(S, 2 * S) else { panic!("it stopped") };
    assert_eq!((stop.stop_ms, stop.arrival_ms), (120.0, 100.0));
    assert_eq!(measured.barge_in_by_ear(S, 1_150_000), BargeIn::Missed, "too soon to tell");
    assert_eq!(measured.barge_in_by_ear(S, 2_500_000), BargeIn::Missed, "it went on");
    assert_eq!(measured.barge_in_by_ear(1_500_000, 2 * S), BargeIn::WasSilent);
    assert_eq!(measured.barge_in_by_ear(1_500_000, 3 * S), BargeIn::WasSilent);
}
