//! Layer: pure. Questions that would come too late, or take the machine away from calls, are refused at once.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::gate::{Gate, Limits, Refusal};

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn limits(share: f64) -> Limits {
    Limits { share, ..Limits::default() }
}

#[test]
fn only_so_many_wait_as_can_be_answered_in_time() {
    let start = Instant::now();
    let mut gate = Gate::new(limits(1.0), ms(60));
    let first = gate.admit(start).unwrap();
    for _ in 0..3 {
        gate.admit(start).unwrap();
    }
    assert_eq!(gate.admit(start), Err(Refusal::Queue));
    assert!(gate.answered(first, start + ms(60), ms(60)));
    // Four at 60 ms are 240 ms; at 100 ms they would be too many.
    gate.admit(start + ms(60)).unwrap();
    let mut slow = Gate::new(limits(1.0), ms(100));
    slow.admit(start).unwrap();
    slow.admit(start).unwrap();
    assert_eq!(slow.admit(start), Err(Refusal::Deadline));
    assert_eq!(slow.counts().refused_deadline, 1);
}

#[test]
fn a_share_of_the_machine_is_not_exceeded() {
    let start = Instant::now();
    let mut gate = Gate::new(limits(0.5), ms(40));
    let mut answered = Vec::new();
    for at in (0..5_000).step_by(20) {
        let now = start + ms(at);
        if let Ok(id) = gate.admit(now) {
            gate.answered(id, now + ms(15), ms(40));
            answered.push(at);
        }
    }
    // 12 of 40 ms are 480 ms.
    for second in 0..5_000 - 1_000 {
        let within = answered.iter().filter(|at| (second..second + 1_000).contains(*at)).count();
        assert!(within <= 13, "{within} from {second} on");
    }
    assert!(answered.len() >= 55, "{}", answered.len());
    assert!(gate.counts().refused_share > 0);
}

#[test]
fn a_share_below_one_answer_gives_one_a_second() {
    let start = Instant::now();
    let mut gate = Gate::new(limits(0.01), ms(40));
    let given = (0..10_000).step_by(50).filter(|at| {
        let now = start + ms(*at);
        gate.admit(now).is_ok_and(|id| gate.answered(id, now + ms(45), ms(40)))
    });
    let given = given.count();
    assert!((9..=10).contains(&given), "{given}");
}

#[test]
fn a_worker_that_became_slow_is_tried_once_a_second_until_it_is_fast_again() {
    let start = Instant::now();
    let mut gate = Gate::new(limits(1.0), ms(40));
    let (mut given, mut at) = (Vec::new(), 0);
    while at < 20_000 {
        let takes = if at < 10_000 { 900 } else { 40 };
        if let Ok(id) = gate.admit(start + ms(at)) {
            given.push(at);
            at += takes;
            gate.answered(id, start + ms(at), ms(40));
        }
        at += 100;
    }
    let slow = given.iter().filter(|at| (2_000..10_000).contains(*at)).count();
    assert!((6..=9).contains(&slow), "{slow}");
    let fast = given.iter().filter(|at| **at >= 17_000).count();
    assert!(fast >= 20, "{fast}");
    assert!(gate.counts().late >= 8);
}

#[test]
fn calls_that_end_free_their_places() {
    let start = Instant::now();
    let mut gate = Gate::new(limits(1.0), ms(10));
    for _ in 0..4 {
        let id = gate.admit(start).unwrap();
        gate.abandon(id);
    }
    assert_eq!(gate.admit(start), Err(Refusal::Queue));
    gate.admit(start + ms(250)).unwrap();
    assert_eq!((gate.counts().abandoned, gate.open()), (4, 1));
}

proptest! {
    #[test]
    fn every_question_is_counted_once(deeds in proptest::collection::vec((0u8..5, 0u64..400), 0..200)) {
        let mut now = Instant::now();
        let (mut gate, mut open) = (Gate::new(limits(0.5), ms(30)), Vec::new());
        for (deed, wait) in deeds {
            now += ms(wait);
            match (deed, open.is_empty()) {
                (0 | 1, _) | (_, true) => open.extend(gate.admit(now)),
                (2, _) => { gate.answered(open.remove(0), now, ms(30)); }
                (3, _) => gate.failed(open.remove(0), now, wait > 200),
                _ => gate.withdraw(open.remove(0)),
            }
            prop_assert!(gate.open() <= 4 && gate.open() == open.len());
        }
        let c = gate.counts();
        let refused = c.refused_queue + c.refused_deadline + c.refused_share;
        prop_assert_eq!(c.asked, c.answered + c.late + c.failed + refused + open.len() as u64);
    }
}
