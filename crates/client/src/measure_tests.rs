//! Layer: pure. Latency and barge-in from tracks whose answers are known.

use super::*;

/// A track with a voice in these milliseconds.
fn track(voiced: &[(u64, u64)], end: u64) -> Vec<i16> {
    let mut pcm = vec![0; (end * MS) as usize];
    for (from, to) in voiced {
        pcm[(from * MS) as usize..(to * MS) as usize].fill(6_000);
    }
    pcm
}

fn spoken(first: u64, last: u64) -> Spoken {
    Spoken {
        name: "x".into(),
        began: first * MS,
        first_voiced: Some(first * MS),
        last_voiced: Some(last * MS),
    }
}

fn measured(
    voiced: &[(u64, u64)],
    all: &[Spoken],
    arrivals: &[Moment],
    turnings: &[(Moment, Turning)],
) -> Vec<TurnReport> {
    let end = 10_000;
    let voice = Voice::new(&track(voiced, end));
    turns(all, &Heard { voice: &voice, arrivals, turnings, end: end * MS })
}

#[test]
fn latency_runs_from_the_last_voiced_frame_to_the_first_audible_sample() {
    let turns = measured(&[(0, 1_000), (2_750, 4_000)], &[spoken(1_500, 2_400)], &[], &[]);
    assert_eq!(turns[0].latency_ms, Some(350));
    assert_eq!(turns[0].barge_in, None);
}

#[test]
fn no_answer_has_no_latency() {
    let turns = measured(&[(0, 1_000)], &[spoken(1_500, 2_400)], &[], &[]);
    assert_eq!(turns[0].latency_ms, None);
}

#[test]
fn an_answer_after_the_next_words_belongs_to_those() {
    let all = [spoken(1_500, 2_000), spoken(4_000, 4_500)];
    let turns = measured(&[(0, 1_000), (5_000, 6_000)], &all, &[], &[]);
    assert_eq!(turns[0].latency_ms, None);
    assert_eq!(turns[1].latency_ms, Some(500));
}

#[test]
fn a_barge_in_is_measured_to_the_silence() {
    // The agent speaks with a short pause, the caller begins at 2000, the agent stops at 2110.
    let voiced = [(0, 1_800), (1_900, 2_110), (4_000, 5_000)];
    let turning = [(2_115 * MS, Turning::Interrupted)];
    let arrivals = [1_900 * MS, 2_060 * MS, 4_000 * MS];
    let turns = measured(&voiced, &[spoken(2_000, 3_000)], &arrivals, &turning);
    let barge_in = turns[0].barge_in.unwrap();
    assert_eq!(
        barge_in,
        BargeIn { onset_ms: 2_000, stop_ms: 110, last_frame_ms: Some(60), outcome: Outcome::Interrupted }
    );
    assert_eq!(turns[0].latency_ms, Some(1_000));
}

#[test]
fn an_agent_that_never_stops_is_measured_to_its_end_and_not_taken_for_the_answer() {
    let voiced = [(0, 4_000), (4_500, 5_000)];
    let turning = [(2_300 * MS, Turning::Resumed)];
    let turns = measured(&voiced, &[spoken(2_000, 3_000)], &[], &turning);
    let barge_in = turns[0].barge_in.unwrap();
    assert_eq!((barge_in.stop_ms, barge_in.outcome), (2_000, Outcome::Resumed));
    assert_eq!(turns[0].latency_ms, Some(1_500));
}

#[test]
fn a_loud_click_is_audible() {
    let turns = measured(&[(3_000, 3_001), (3_500, 4_000)], &[spoken(1_500, 2_400)], &[], &[]);
    // One millisecond at this level is -28 dBFS over 20 ms.
    assert_eq!(turns[0].latency_ms, Some(600));
}
