//! Layer: pure. The circuit breaker: when it opens, how it closes, and what holds whatever happens.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use tom_cloud::breaker::{Breaker, BreakerOptions, BreakerState, Permit};

const SECOND: Duration = Duration::from_secs(1);

fn fail(breaker: &mut Breaker, now: Instant) {
    let permit = breaker.admit(now);
    assert!(permit.is_ok(), "it refuses");
    breaker.bad(permit.unwrap(), now);
}

#[test]
fn five_failures_in_a_row_open_it_and_a_good_trial_closes_it() {
    let start = Instant::now();
    let mut breaker = Breaker::new(BreakerOptions::default());
    for _ in 0..4 {
        fail(&mut breaker, start);
    }
    let permit = breaker.admit(start).unwrap();
    breaker.good(permit);
    for _ in 0..4 {
        fail(&mut breaker, start);
    }
    assert_eq!(breaker.state(start), BreakerState::Closed { failed: 8, of: 9 });
    fail(&mut breaker, start);
    assert_eq!(breaker.admit(start), Err(2 * SECOND));
    let later = start + 2 * SECOND;
    assert_eq!(breaker.state(later), BreakerState::HalfOpen);
    let trial = breaker.admit(later).unwrap();
    assert_eq!(breaker.admit(later), Err(Duration::ZERO), "one trial at a time");
    breaker.good(trial);
    assert_eq!(breaker.state(later), BreakerState::Closed { failed: 0, of: 0 });
}

#[test]
fn half_of_ten_failures_open_it_too() {
    let start = Instant::now();
    let mut breaker = Breaker::new(BreakerOptions::default());
    for n in 0..10 {
        assert!(breaker.refuses(start).is_none(), "after {n}");
        let permit = breaker.admit(start).unwrap();
        if n % 2 == 0 { breaker.good(permit) } else { breaker.bad(permit, start) }
    }
    assert!(breaker.refuses(start).is_some());
}

#[test]
fn each_opening_lasts_longer_until_a_success() {
    let mut now = Instant::now();
    let mut breaker = Breaker::new(BreakerOptions::default());
    for _ in 0..5 {
        fail(&mut breaker, now);
    }
    for wait in [2, 4, 8, 16, 30, 30] {
        assert_eq!(breaker.refuses(now), Some(wait * SECOND));
        now += wait * SECOND;
        fail(&mut breaker, now);
    }
    now += 30 * SECOND;
    let trial = breaker.admit(now).unwrap();
    breaker.good(trial);
    for _ in 0..5 {
        fail(&mut breaker, now);
    }
    assert_eq!(breaker.refuses(now), Some(2 * SECOND));
}

#[test]
fn a_trial_that_nobody_waits_for_makes_room_for_another() {
    let mut now = Instant::now();
    let mut breaker = Breaker::new(BreakerOptions::default());
    for _ in 0..5 {
        fail(&mut breaker, now);
    }
    now += 2 * SECOND;
    let trial = breaker.admit(now).unwrap();
    breaker.void(trial, now);
    assert!(breaker.admit(now).is_ok());
}

#[test]
fn requests_from_before_it_opened_say_nothing_about_after() {
    let mut now = Instant::now();
    let mut breaker = Breaker::new(BreakerOptions::default());
    let old: Vec<Permit> = (0..3).map(|_| breaker.admit(now).unwrap()).collect();
    for _ in 0..5 {
        fail(&mut breaker, now);
    }
    now += 2 * SECOND;
    let trial = breaker.admit(now).unwrap();
    let mut old = old.into_iter();
    breaker.good(old.next().unwrap());
    assert_eq!(breaker.state(now), BreakerState::HalfOpen);
    breaker.bad(old.next().unwrap(), now);
    breaker.good(trial);
    breaker.bad(old.next().unwrap(), now);
    assert_eq!(breaker.state(now), BreakerState::Closed { failed: 0, of: 0 });
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Admit,
    Good(usize),
    Bad(usize),
    Void(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Admit),
        1 => any::<usize>().prop_map(Step::Good),
        3 => any::<usize>().prop_map(Step::Bad),
        1 => any::<usize>().prop_map(Step::Void),
        1 => (0..10_000_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_it_lets_one_trial_through_and_comes_back(steps in vec(step(), 0..300)) {
        let options = BreakerOptions::default();
        let mut now = Instant::now();
        let mut breaker = Breaker::new(options);
        let mut under_way: Vec<Permit> = Vec::new();
        for step in steps {
            let before = breaker.state(now);
            let take = |list: &mut Vec<Permit>, n: usize| {
                (!list.is_empty()).then(|| list.swap_remove(n % list.len()))
            };
            match step {
                Step::Pass(millis) => now += Duration::from_millis(millis),
                Step::Admit => match breaker.admit(now) {
                    Ok(permit) => {
                        prop_assert!(!matches!(before, BreakerState::Open(_)));
                        if before == BreakerState::HalfOpen {
                            prop_assert_eq!(breaker.admit(now), Err(Duration::ZERO));
                        }
                        under_way.push(permit);
                    }
                    Err(wait) => {
                        let closed = matches!(before, BreakerState::Closed { .. });
                        prop_assert!(!closed);
                        prop_assert!(wait <= options.longest);
                    }
                },
                Step::Good(n) => {
                    if let Some(permit) = take(&mut under_way, n) {
                        breaker.good(permit);
                    }
                }
                Step::Bad(n) => {
                    if let Some(permit) = take(&mut under_way, n) {
                        breaker.bad(permit, now);
                    }
                }
                Step::Void(n) => {
                    if let Some(permit) = take(&mut under_way, n) {
                        breaker.void(permit, now);
                        prop_assert!(!matches!(breaker.state(now), BreakerState::Open(_))
                            || matches!(before, BreakerState::Open(_)), "what says nothing opens nothing");
                    }
                }
            }
        }
        // Once all is told and the longest wait is over, a request passes.
        for permit in under_way {
            breaker.void(permit, now);
        }
        prop_assert!(breaker.admit(now + options.longest).is_ok());
    }
}
